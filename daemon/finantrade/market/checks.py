"""What makes bars acceptable. Columnar, in this order; the first row that fails the first failing check is named.

1. times can be read: milliseconds, not seconds gone negative or microseconds;
2. values: prices finite and above zero, high and low enclosing open and close, volumes finite and not negative
   (NaN is allowed in the columns that a source may not have: those of ``OPTIONAL``);
3. times: ascending, each once (a repeated row is said to be identical or conflicting), on the grid of the timeframe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import iso, timeframe_text
from finantrade.market.candles import OPTIONAL, PRICES, BadBars, Candles, Floats

Mask = NDArray[np.bool_]
END_OF_CALENDAR = 253_402_300_800_000
"""The year 10 000: a time in microseconds lies far beyond."""


def check(candles: Candles) -> Candles:
    """Return the same candles, or raise BadBars naming what was expected, what was found, and where."""
    for each in _checks(candles):
        if each.failing.any():
            raise BadBars(_refusal(candles, each))
    return candles


@dataclass(frozen=True, slots=True)
class _Check:
    failing: Mask
    expected: str
    found: Callable[[int], str]


def _checks(candles: Candles) -> Iterator[_Check]:
    yield _readable(candles)
    yield from _price_checks(candles)
    yield from _volume_checks(candles)
    yield from _order_checks(candles)


def _readable(candles: Candles) -> _Check:
    times = candles.open_time
    outside = (times < 0) | (times >= END_OF_CALENDAR)
    return _Check(outside, "open times in milliseconds since 1970, before the year 10000", lambda row: f"{times[row]}")


def _price_checks(candles: Candles) -> Iterator[_Check]:
    for name in PRICES:
        column = candles.column(name)
        failing = ~(np.isfinite(column) & (column > 0))
        yield _Check(failing, f"{name} to be a finite price above zero", _values(candles, name))
    high = candles.high < np.maximum(candles.open, candles.close)
    yield _Check(high, "high at or above open and close", _values(candles, "high", "open", "close"))
    low = candles.low > np.minimum(candles.open, candles.close)
    yield _Check(low, "low at or below open and close", _values(candles, "low", "open", "close"))


def _volume_checks(candles: Candles) -> Iterator[_Check]:
    yield _Check(~_counted(candles.volume), "volume to be finite and not negative", _values(candles, "volume"))
    for name in OPTIONAL:
        column = candles.column(name)
        expected = f"{name} to be finite and not negative, or NaN where unknown"
        yield _Check(~(np.isnan(column) | _counted(column)), expected, _values(candles, name))


def _order_checks(candles: Candles) -> Iterator[_Check]:
    times = candles.open_time
    step = np.diff(times, prepend=times[:1] - 1)
    yield _Check(step < 0, "open times to ascend", lambda row: f"it after {iso(int(times[row - 1]))}")
    repeated, same = step == 0, _as_before(candles)
    yield _Check(repeated & same, "each open time once", lambda row: f"a row identical with row {row - 1}")
    yield _Check(repeated, "each open time once", lambda row: f"a row conflicting with row {row - 1}")
    off = times % candles.timeframe
    grid = f"open times on the {timeframe_text(candles.timeframe)} grid"
    yield _Check(off != 0, grid, lambda row: f"one {off[row]} ms past it")


def _counted(column: Floats) -> Mask:
    return np.isfinite(column) & (column >= 0)


def _values(candles: Candles, *names: str) -> Callable[[int], str]:
    return lambda row: ", ".join(f"{name} {candles.column(name)[row]}" for name in names)


def _as_before(candles: Candles) -> Mask:
    same = np.ones(len(candles), dtype=np.bool_)
    for column in candles.columns().values():
        now, before = column[1:], column[:-1]
        same[1:] &= (now == before) | (np.isnan(now) & np.isnan(before))
    return same


def _refusal(candles: Candles, failed: _Check) -> str:
    row, count = int(np.argmax(failed.failing)), int(np.count_nonzero(failed.failing))
    time = int(candles.open_time[row])
    when = iso(time) if 0 <= time < END_OF_CALENDAR else f"{time} ms"
    more = f" (the first of {count} such rows)" if count > 1 else ""
    return f"{candles.symbol} row {row} at {when}: expected {failed.expected}, found {failed.found(row)}{more}"
