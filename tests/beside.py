"""What is known beside a walk of 15-minute bars: frames for oracles, and the same as facts for lines to hear.

Every frame has ``time`` and ``known`` in ms, by which it is ordered. Open interest has a hole of five hours, the stream
of liquidations falls silent for two days, a day of the mood is missing, and in the end settlements come twice as often.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from tests.feature_rows import QUARTER, Rows

from finantrade.domain.context import (
    Crowd,
    FundingEstimate,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.features.compile import plain
from finantrade.features.composition import compose
from finantrade.features.declaration import Feature
from finantrade.features.parts import FIRST_OUTPUT
from finantrade.features.standing import Standing
from finantrade.market.fact_order import Fact

DAYS = 40
SYMBOL = "BTCUSDT"
CROWDS = {"all_accounts": 1, "top_accounts": 2, "top_positions": 3}


def _ticks(step: int, offset: int = 0) -> np.ndarray:
    return np.arange(offset or step, DAYS * DAY, step, dtype=np.int64)


def _drift(rng: np.random.Generator, rows: int, size: float) -> np.ndarray:
    return np.exp(np.cumsum(rng.normal(0.0, size, rows)))


@cache
def frames() -> dict[str, pd.DataFrame]:
    """Return every series by name; nobody changes them."""
    rng = np.random.default_rng(5)
    settled = np.concatenate((_ticks(8 * HOUR)[: 3 * (DAYS - 10) - 1], _ticks(4 * HOUR, (DAYS - 10) * DAY)))
    interval = np.where(settled > (DAYS - 10) * DAY, 4, 8) * HOUR
    counted = _ticks(5 * MINUTE)
    counted = counted[(counted < 12 * DAY) | (counted >= 12 * DAY + 5 * HOUR)]
    often, minutes = _ticks(15 * MINUTE), _ticks(10 * MINUTE, 7_000)
    days = np.delete(_ticks(DAY), 20)
    forced = np.sort(rng.integers(0, DAYS * DAY, 3_000))
    forced = forced[(forced < 25 * DAY) | (forced >= 27 * DAY)]
    index = 30_000 * _drift(rng, len(minutes), 1e-3)
    made = {
        "funding": {"time": settled, "rate": rng.normal(1e-4, 2e-4, len(settled)), "interval": interval},
        "estimate": {"time": minutes, "rate": rng.normal(1e-4, 1e-5, len(minutes))},
        "mark": {"time": minutes, "mark": index * (1 + rng.normal(0, 1e-4, len(minutes))), "index_": index},
        "premium": {"time": often, "value": rng.normal(0, 1e-4, len(often))},
        "interest": {"time": counted, "qty": 9e4 * _drift(rng, len(counted), 2e-3)},
        "takers": {"time": often, "value": rng.lognormal(0, 0.3, len(often))},
        "forced": {
            "time": forced,
            "long": rng.random(len(forced)) < 0.6,
            "price": np.round(30_000 * rng.uniform(0.9, 1.1, len(forced)), 1),
            "qty": np.round(rng.lognormal(-3, 1, len(forced)), 3),
        },
        "mood": {"time": days, "value": rng.integers(5, 95, len(days)).astype(float)},
        **{name: {"time": counted, "value": rng.lognormal(0, 0.2, len(counted)) * by} for name, by in CROWDS.items()},
    }
    made["interest"]["value"] = made["interest"]["qty"] * 30_000
    lags = {"interest": 5, "takers": 10, "mood": 60, **dict.fromkeys(CROWDS, 5)}
    found = {name: pd.DataFrame(columns) for name, columns in made.items()}
    return {name: one.assign(known=one.time + lags.get(name, 0) * MINUTE) for name, one in found.items()}


def facts() -> list[Fact]:
    """Return all of it in the order in which it becomes known."""
    made = ((known, fact) for name, frame in frames().items() for known, fact in _facts(name, frame))
    return sorted(made, key=itemgetter(0))


def _facts(name: str, frame: pd.DataFrame) -> Iterator[Fact]:
    for known, row in zip(frame.known.tolist(), frame.to_dict("records"), strict=True):
        yield known, MAKERS[name](int(row["time"]), row)


def _forced(time: int, row: dict[str, Any]) -> Message:
    return Liquidation(SYMBOL, time, Side.SELL if row["long"] else Side.BUY, row["price"], row["qty"])


def _crowd(name: str) -> Callable[[int, dict[str, Any]], Message]:
    return lambda time, row: LongShortRatio(SYMBOL, time, Crowd(name), row["value"])


MAKERS: dict[str, Callable[[int, dict[str, Any]], Message]] = {
    "funding": lambda time, row: FundingRate(SYMBOL, time, row["rate"], int(row["interval"])),
    "estimate": lambda time, row: FundingEstimate(SYMBOL, time, row["rate"], time + HOUR),
    "mark": lambda time, row: MarkPrice(SYMBOL, time, row["mark"], row["index_"]),
    "premium": lambda time, row: Premium(SYMBOL, time, row["value"]),
    "interest": lambda time, row: OpenInterest(SYMBOL, time, row["qty"], row["value"]),
    "takers": lambda time, row: TakerRatio(SYMBOL, time, row["value"]),
    "forced": _forced,
    "mood": lambda time, row: Sentiment("fear_greed", time, row["value"]),
    **{name: _crowd(name) for name in CROWDS},
}


def heard_rows(
    features: Sequence[Feature], bars: Iterable[Bar], told: Iterable[Fact], timeframe: int = QUARTER
) -> Rows:
    """Return the rows that the step gives as plain Python, what stands beside the bars heard fact by fact."""
    composition = compose(features, timeframe)
    state = [0.0] * composition.size
    for slot in composition.missing:
        state[slot] = math.nan
    outputs = slice(FIRST_OUTPUT, FIRST_OUTPUT + composition.outputs)
    program = plain(composition)
    update = program.bind(program.step, state, lambda state: tuple(state[outputs]), state)
    standing, waiting, rows = Standing(composition.beside, timeframe), iter(told), []
    upcoming = next(waiting, None)
    for bar in bars:
        while upcoming is not None and upcoming[0] <= bar.close_time:
            standing.hear(upcoming[1], upcoming[0])
            upcoming = next(waiting, None)
        standing.close(bar.close_time, backfilled=bar.backfilled)
        state[composition.beside_at : composition.beside_at + len(composition.beside)] = standing.values
        rows.append(update(bar))
    return rows
