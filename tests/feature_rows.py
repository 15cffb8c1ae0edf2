"""Rows of features by each of the drivers, and bars to drive them with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.market import Bar
from finantrade.domain.units import MINUTE
from finantrade.features.catalogue import CATALOGUE, resolve
from finantrade.features.compile import Program, plain
from finantrade.features.composition import Composition, compose
from finantrade.features.declaration import Feature, Group, Memory
from finantrade.features.feature_line import FeatureLine
from finantrade.features.parts import FIRST_OUTPUT
from finantrade.features.series import columns_beside
from finantrade.market.candles import VALUES, Candles

QUARTER = 15 * MINUTE
Rows = list[tuple[float, ...]]
OF_BARS = tuple(name for name in CATALOGUE.examples() if not columns_beside([resolve(name)]))
"""An example of every kind that bars are enough for."""
BESIDE_BARS = tuple(name for name in CATALOGUE.examples() if name not in OF_BARS)
"""One of every kind that rests on what is known beside them."""


def at_times_missing(feature: Feature) -> bool:
    """Whether there may be nothing to tell after the warm-up: no swing yet, no level on that side."""
    return feature.group is Group.STRUCTURE and feature.reach is Memory.EVENT


def resolved(names: Iterable[str]) -> list[Feature]:
    """Return the declarations of these names."""
    return [resolve(name) for name in names]


def walk(bars: int, seed: int = 7) -> Candles:
    """Return a seeded random walk of sane 15-minute bars without holes, all columns there."""
    rng = np.random.default_rng(seed)
    close = 30_000.0 * np.exp(np.cumsum(rng.normal(0.0, 3e-3, bars)))
    opened = np.concatenate(([30_000.0], close[:-1])) * (1.0 + rng.normal(0.0, 2e-4, bars))
    columns = {"open": opened, "close": close, "volume": rng.lognormal(3.0, 1.0, bars)}
    columns["high"] = np.maximum(opened, close) * (1.0 + rng.exponential(1e-3, bars))
    columns["low"] = np.minimum(opened, close) * (1.0 - rng.exponential(1e-3, bars))
    columns["quote_volume"] = columns["volume"] * close
    columns["trades"] = rng.integers(1, 500, bars).astype(np.float64)
    columns["taker_buy_volume"] = columns["volume"] * rng.random(bars)
    columns["taker_buy_quote_volume"] = columns["taker_buy_volume"] * close
    return Candles.of("BTCUSDT", QUARTER, np.arange(bars) * QUARTER, columns)


def bars_of(candles: Candles) -> list[Bar]:
    """Return candles as bars."""
    columns = [column.tolist() for column in candles.columns().values()]
    rows = zip(candles.open_time.tolist(), *columns, strict=True)
    return [Bar(candles.symbol, time, time + candles.timeframe - 1, *values) for time, *values in rows]


def candles_of(bars: Sequence[Bar]) -> Candles:
    """Return bars as candles."""
    columns = {name: [getattr(bar, name) for bar in bars] for name in VALUES}
    return Candles.of("BTCUSDT", QUARTER, [bar.open_time for bar in bars], columns)


def plain_rows(features: Sequence[Feature], bars: Iterable[Bar], timeframe: int = QUARTER) -> Rows:
    """Return the rows that the step gives as plain Python, its state a list."""
    composition, program = _plain(tuple(features), timeframe)
    state = [0.0] * composition.size
    for slot in composition.missing:
        state[slot] = math.nan
    outputs = slice(FIRST_OUTPUT, FIRST_OUTPUT + composition.outputs)
    update = program.bind(program.step, state, lambda state: tuple(state[outputs]), state)
    return [update(bar) for bar in bars]


@lru_cache(maxsize=4)
def _plain(features: tuple[Feature, ...], timeframe: int) -> tuple[Composition, Program]:
    composition = compose(features, timeframe)
    return composition, plain(composition)


def incremental_rows(line: FeatureLine, bars: Iterable[Bar]) -> Rows:
    """Return the rows of a line, bar by bar."""
    return [line.update(bar) for bar in bars]


def bits(rows: Rows | NDArray[np.float64]) -> bytes:
    """Return rows as bytes: equal only if every value is the same to the bit."""
    return np.array(rows, dtype="<f8").tobytes()
