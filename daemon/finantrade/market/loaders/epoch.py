"""Times as files have them, as milliseconds UTC: whole numbers of any unit, dates and text.

Seconds, milliseconds, microseconds or nanoseconds are told apart by their size, for the whole file at once: by what
most of a sample of its rows are, never by a date or a market. A row that does not fit then lies outside of this
century, where the checks find it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finantrade.market.arrow import array, arrow, compute
from finantrade.market.candles import Floats, Times
from finantrade.market.table import NO_TIME

SAMPLE = 1_001


class TimeUnit(StrEnum):
    AUTO = "auto"
    S = "s"
    MS = "ms"
    US = "us"
    NS = "ns"


_PER_MS = {TimeUnit.US: 1_000, TimeUnit.NS: 1_000_000}
_FROM = ((1e11, TimeUnit.S), (1e14, TimeUnit.MS), (1e17, TimeUnit.US))
"""Below which size a number is of a unit: seconds reach 1e11 in the year 5138, milliseconds 1e14 then."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How times are written: the unit of numbers, the zone of text without one, a ``strptime`` format if not ISO."""

    unit: TimeUnit = TimeUnit.AUTO
    zone: str = "UTC"
    format: str = "ISO8601"


UTC_CLOCK = Clock()


def millis(column: Any, clock: Clock) -> Times:
    """Return a column of an Arrow table as milliseconds UTC, ``NO_TIME`` where it is no time."""
    types = arrow().types
    kind = column.type
    if types.is_timestamp(kind) or types.is_date(kind):
        return _dates(column, clock)
    if types.is_integer(kind) and not column.null_count:
        return _scaled(array(column.cast("int64", safe=False)), clock.unit)
    if types.is_string(kind) or types.is_large_string(kind):
        return _text(column, clock)
    if types.is_integer(kind) or types.is_floating(kind):
        return _numbers(array(compute().fill_null(column.cast("float64", safe=False), float("nan"))), clock.unit)
    return np.full(len(column), NO_TIME, dtype=np.int64)


def unit_of(times: NDArray[Any]) -> TimeUnit:
    """Return the unit of whole numbers, by what most of a sample are."""
    step = max(1, len(times) // SAMPLE)
    sizes = np.abs(times[::step].astype(np.float64))
    bounds = [bound for bound, _ in _FROM]
    counts = np.bincount(np.searchsorted(bounds, sizes, side="right"), minlength=4)
    return [*(unit for _, unit in _FROM), TimeUnit.NS][int(np.argmax(counts))]


def _scaled(times: Times, unit: TimeUnit) -> Times:
    chosen = unit_of(times) if unit is TimeUnit.AUTO else unit
    if chosen is TimeUnit.S:
        return np.where(np.abs(times) < 2**50, times, NO_TIME // 1_000) * 1_000
    return times if chosen is TimeUnit.MS else times // _PER_MS[chosen]


def _numbers(times: Floats, unit: TimeUnit) -> Times:
    good = np.isfinite(times) & (np.abs(times) < 2**62)
    whole = np.rint(np.where(good, times, 0.0)).astype(np.int64)
    return np.where(good, _scaled(whole, unit), NO_TIME)


def _text(column: Any, clock: Clock) -> Times:
    column = compute().fill_null(column, "")
    numbers = compute().match_substring_regex(column, r"^\s*-?[0-9]{1,18}\s*$")
    fitting = array(numbers.cast("int8")).astype(np.bool_)
    if 2 * np.count_nonzero(fitting) > len(fitting):
        text = compute().if_else(numbers, compute().utf8_trim_whitespace(column), "0")
        return np.where(fitting, _scaled(array(text.cast("int64")), clock.unit), NO_TIME)
    pandas = import_module("pandas")
    try:
        parsed = pandas.to_datetime(column.to_pandas(), errors="coerce", format=clock.format, utc=clock.zone == "UTC")
    except (ValueError, OverflowError):  # zones that differ from row to row, with another than UTC declared
        parsed = pandas.to_datetime(column.to_pandas(), errors="coerce", format=clock.format, utc=True)
    return _from_pandas(parsed, clock)


def _dates(column: Any, clock: Clock) -> Times:
    if getattr(column.type, "tz", None) is None and clock.zone != "UTC":
        return _from_pandas(column.to_pandas(), clock)
    whole = compute().cast(column, arrow().timestamp("ms"), safe=False).cast("int64")
    return array(compute().fill_null(whole, NO_TIME))


def _from_pandas(parsed: Any, clock: Clock) -> Times:
    if parsed.dt.tz is None:
        parsed = parsed.dt.tz_localize(clock.zone, ambiguous="NaT", nonexistent="NaT")
    whole = parsed.dt.tz_convert("UTC").dt.as_unit("ms")
    readable = parsed.notna().to_numpy()
    return np.where(readable, whole.to_numpy(dtype="datetime64[ms]").astype(np.int64), NO_TIME)
