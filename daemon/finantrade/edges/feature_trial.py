"""Kernels of a user's own are tried out as plain Python, fenced in, before their compiled form runs unguarded.

The bars are made, so that there are always some, and as bad as bars can be: a walk with spans without movement and
without trades, jumps of 10 000 times, holes, and columns that are missing. They last for the warm-up and a while after.
What features rest on beside bars is made as well: of any size, at times missing, at times nothing where that may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from finantrade.domain.units import Millis
from finantrade.features.composition import compose
from finantrade.features.declaration import Column, Feature
from finantrade.features.fence import KernelFault, fenced_rows
from finantrade.features.graph import in_order, warmups
from finantrade.features.lookup import foreign
from finantrade.features.series import columns_beside
from finantrade.market.bars import bars_of
from finantrade.market.candles import Candles

ROUND = 600
"""Bars in which everything bad happens once."""
MORE, MOST = ROUND + 100, 20_000
"""Bars after the warm-up, and how many there are at most."""
SIGNED = (Column.FUNDING_RATE, Column.FUNDING_ESTIMATE, Column.PREMIUM)
"""What may be below zero, of all that is known beside bars."""
POSITIVE = (
    *(Column.MARK, Column.INDEX, Column.FUNDING_TIME, Column.FUNDING_INTERVAL),
    *(Column.OPEN_INTEREST_TIME, Column.MOOD_TIME),
)
"""What is never zero."""
OPTIONAL = ("quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume")


def try_out(features: Iterable[Feature], timeframe: Millis, first: Iterable[Candles] = ()) -> None:
    """Run those features that are not the catalogue's over made bars, and over the ``first`` of given ones.

    Raises KernelFault naming file, line and feature.
    """
    own = foreign(dict.fromkeys(features))
    if not own:
        return
    if fault := _fault(_Trial(compose(own, timeframe).digest, own, timeframe)):
        raise KernelFault(f"{fault} (tried out over made bars)")
    for one in first:
        _run(own, timeframe, one.slice(0, min(len(one), _enough(own, timeframe))))


def trial_candles(bars: int, timeframe: Millis, seed: int = 1) -> Candles:
    """Return made candles that are as bad as candles may be."""
    rng = np.random.default_rng(seed)
    phase = np.arange(bars) % ROUND
    still, silent, missing = (np.isin(phase // 30, spans) for spans in ((4, 8), (6, 8), (10, 12)))
    scale = 10.0 ** np.select([phase // 15 == 5, phase // 45 == 10], [4.0, -4.0], 0.0)
    close = np.where(still, 1.0, np.exp(np.cumsum(rng.normal(0.0, 3e-3, bars)))) * 1_000.0 * scale
    opened = np.concatenate((close[:1], close[:-1]))
    wick = np.where(still, 0.0, rng.exponential(1e-3, bars))
    volume = np.where(silent, 0.0, rng.lognormal(3.0, 1.0, bars))
    bought = volume * rng.random(bars)
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) * (1.0 + wick),
        "low": np.minimum(opened, close) * (1.0 - wick),
        "close": close,
        "volume": volume,
        "quote_volume": volume * close,
        "trades": np.where(silent, 0.0, rng.integers(1, 500, bars).astype(np.float64)),
        "taker_buy_volume": bought,
        "taker_buy_quote_volume": bought * close,
    }
    columns |= {name: np.where(missing, np.nan, columns[name]) for name in OPTIONAL}
    ahead = np.select([phase == 40, phase == 550], [2, 60], 1)
    return Candles.of("TRIAL", timeframe, (np.cumsum(ahead) - ahead[0]) * timeframe, columns)


@dataclass(frozen=True)
class _Trial:
    """Features by what they are; a file that is read again gives others that are the same."""

    digest: str
    own: Sequence[Feature] = field(compare=False)
    timeframe: Millis


@lru_cache(maxsize=64)
def _fault(trial: _Trial) -> str | None:
    try:
        _run(trial.own, trial.timeframe, trial_candles(_enough(trial.own, trial.timeframe), trial.timeframe))
    except KernelFault as fault:
        return str(fault)
    return None


def _run(own: Sequence[Feature], timeframe: Millis, candles: Candles) -> None:
    for _ in fenced_rows(own, timeframe, bars_of(candles), _beside(columns_beside(own), len(candles))):
        pass


def _beside(columns: Sequence[Column], bars: int) -> Iterator[tuple[float, ...]]:
    rng = np.random.default_rng(1)
    shape = bars, len(columns)
    values = rng.normal(0.0, 1.0, shape) * 10.0 ** rng.integers(-6, 7, shape)
    values = np.where(np.array([one in SIGNED for one in columns], np.bool_), values, abs(values))
    span = np.arange(bars)[:, None] % ROUND // 30
    values = np.where((span == 16) & np.array([one not in POSITIVE for one in columns], np.bool_), 0.0, values)
    return map(tuple, np.where(span == 14, np.nan, values).tolist())


def _enough(own: Sequence[Feature], timeframe: Millis) -> int:
    return min(max(warmups(in_order(own), timeframe).values()) + MORE, MOST)
