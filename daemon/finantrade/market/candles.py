"""Candles of one symbol as columns, and the holes in them.

Bad bars are refused whole (``checks``) and never repaired: whoever repairs data silently tests a strategy on a market
that never was. Holes are no fault, they are facts (``gaps``), and become ``FeedGap`` messages on replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from finantrade.domain.units import Millis

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

PRICES = ("open", "high", "low", "close")
REQUIRED = (*PRICES, "volume")
OPTIONAL = ("quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume")
VALUES = (*REQUIRED, *OPTIONAL)
"""The value columns, in the order of the fields of ``Bar`` after its times."""


class BadBars(ValueError):
    """Bars that cannot be traded on: the text says what was expected, what was found, and in which row."""


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``bars`` bars with open times from ``start`` to ``end``, both inclusive, are not there."""

    start: Millis
    end: Millis
    bars: int


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Closed bars of one symbol: C-contiguous columns of equal length, NaN throughout where the source has none."""

    symbol: str
    timeframe: Millis
    open_time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    quote_volume: Floats
    trades: Floats
    taker_buy_volume: Floats
    taker_buy_quote_volume: Floats

    @classmethod
    def of(cls, symbol: str, timeframe: Millis, open_time: ArrayLike, columns: Mapping[str, ArrayLike]) -> Candles:
        """Lay out columns by name; those of ``OPTIONAL`` may be absent. Raises BadBars on missing or unequal ones."""
        times = np.ascontiguousarray(open_time, dtype=np.int64)
        _check_columns(symbol, len(times), columns)
        absent = np.full(len(times), np.nan)
        values = (np.ascontiguousarray(columns.get(name, absent), dtype=np.float64) for name in VALUES)
        return cls(symbol, timeframe, times, *values)

    def __len__(self) -> int:
        return len(self.open_time)

    def columns(self) -> dict[str, Floats]:
        """Return the value columns by name, in the order of ``VALUES``."""
        return {name: self.column(name) for name in VALUES}

    def column(self, name: str) -> Floats:
        """Return one of the columns of ``VALUES``."""
        return getattr(self, name)

    def slice(self, start: int, stop: int) -> Candles:
        """Return the rows ``start`` to ``stop`` (exclusive) as views of the same memory."""
        values = (column[start:stop] for column in self.columns().values())
        return Candles(self.symbol, self.timeframe, self.open_time[start:stop], *values)

    def between(self, start_ms: Millis, end_ms: Millis) -> Candles:
        """Return the bars that open at or after ``start_ms`` and before ``end_ms``."""
        start, stop = np.searchsorted(self.open_time, (start_ms, end_ms))
        return self.slice(int(start), int(stop))


def gaps(candles: Candles) -> tuple[Gap, ...]:
    """Return the holes between the first bar and the last, in order of time."""
    timeframe = candles.timeframe
    before = np.flatnonzero(np.diff(candles.open_time) > timeframe)
    edges = zip(candles.open_time[before].tolist(), candles.open_time[before + 1].tolist(), strict=True)
    return tuple(Gap(last + timeframe, then - timeframe, (then - last) // timeframe - 1) for last, then in edges)


def _check_columns(symbol: str, rows: int, columns: Mapping[str, Any]) -> None:
    for name in REQUIRED:
        if name not in columns:
            raise BadBars(f"{symbol}: expected the columns {', '.join(REQUIRED)}, found no {name}")
    for name, column in columns.items():
        if name not in VALUES:
            raise BadBars(f"{symbol}: expected columns out of {', '.join(VALUES)}, found {name}")
        if np.shape(column) != (rows,):
            found = "x".join(map(str, np.shape(column)))
            raise BadBars(f"{symbol}: expected {rows} rows in column {name} as in open_time, found {found}")
