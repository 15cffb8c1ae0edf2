"""From rows as a file has them to rows that can be trusted, and what was found on the way.

1. Rows that could not be read, or say nothing, are counted; stamps that jitter are rounded.
2. Times have to be in this century, values what their kind of series allows, prices enclosed by high and low.
3. Rows are brought into order. Identical duplicates are dropped; of conflicting ones nobody knows which is true, so all
   rows of that time are bad, and both are shown.
4. Times have to be on the grid of the interval, and what is not yet over is left out.
5. Holes and suspicious prices are noted.

Bad rows never enter. By default they refuse the whole file (``BadSeries``, with every finding at once); where the
policy says ``drop_bad`` they become holes, counted like all others. Nothing is repaired, nothing is filled in.
Done again to its own result, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finantrade.domain.units import HOUR, Millis, iso
from finantrade.market.candles import Floats, Gap, Times
from finantrade.market.findings import LISTED, BadSeries, Example, Fault, Finding, Treatment
from finantrade.market.gaps import gaps_of
from finantrade.market.interval import grid_start, infer_interval, interval_text
from finantrade.market.raw import EARLIEST, LATEST, STRICT, Mask, Policy, Raw, Work
from finantrade.market.series import RECEIVED, Check, Column, Grid, Stamp
from finantrade.market.spikes import spikes
from finantrade.market.table import NO_TIME, Table

ENOUGH_ROWS = 50
"""So many rows, none of them as close as the interval says: then it is not their interval."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """Rows in order, each once, all of them acceptable."""

    table: Table
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]


def normalise(raw: Raw, policy: Policy = STRICT) -> Normalised:
    """Return acceptable rows. Raises BadSeries where rows are bad and the policy does not drop them."""
    work = Work(raw, policy)
    if not len(raw.table) and not raw.findings:
        work.refuse("rows", "none")
    for step in (_empty, _times, _rounded, _values, _prices, _ordered, _unique, _on_grid, _closed):
        step(work)
    if any(one.treatment is Treatment.REFUSED for one in work.findings):
        raise BadSeries(work.summary(), work.findings)
    gaps = gaps_of(work.table)
    _missing(work, gaps)
    _suspicious(work)
    return Normalised(work.table, tuple(work.findings), gaps)


def _empty(work: Work) -> None:
    if work.about.required:
        return
    names = [name for name in work.about.names if name != RECEIVED]
    known = [~np.isnan(work.table.values[name]) for name in names]
    expected = f"a value of {', '.join(names)}"
    work.remove(~np.logical_or.reduce(known), Fault.EMPTY, expected, lambda _: "none", Treatment.DROPPED)


def _times(work: Work) -> None:
    times = work.table.time
    if not len(times) or EARLIEST <= times.min() <= times.max() < LATEST:
        return
    outside = (times < EARLIEST) | (times >= LATEST)
    expected = f"times from {iso(EARLIEST)[:10]} to {iso(LATEST)[:10]}"
    work.remove(outside, Fault.TIME, expected, lambda row: "no time" if times[row] == NO_TIME else f"{times[row]} ms")


def _rounded(work: Work) -> None:
    step = work.about.rounding_ms
    if not step:
        return
    times = work.table.time
    rounded = (times + step // 2) // step * step
    shifted = np.flatnonzero(rounded != times)
    expected = f"stamps on whole {interval_text(step)} (rounded to them)"
    work.find(shifted, Fault.ROUNDED, expected, lambda row: f"{times[row] - rounded[row]:+d} ms", Treatment.NOTED)
    work.table = replace(work.table, time=rounded)


def _values(work: Work) -> None:
    for column in work.about.columns:
        values = work.table.values[column.name]
        if not _all_good(values, column):
            _judge(work, column, values)


# The smallest and the largest value judge a whole column: NaN is handed through by both, and fails every comparison.
def _all_good(values: Floats, column: Column) -> bool:
    if not len(values) or column.check in (Check.SIDE, Check.FLAG):
        return not len(values)
    low, high = values.min(), values.max()
    return bool(_within(np.array((low, high)), column.check).all())


def _judge(work: Work, column: Column, values: Floats) -> None:
    expected = f"{column.name} to be {column.check}" + (", or not known" if column.optional else "")
    infinite = np.isinf(values) | (np.isnan(values) & (not column.optional))
    work.remove(infinite, Fault.NOT_FINITE, expected, lambda row: f"{column.name} {float(values[row])!r}")
    left = work.table.values[column.name]
    outside = ~(_within(left, column.check) | np.isnan(left))
    work.remove(outside, Fault.OUT_OF_RANGE, expected, lambda row: f"{column.name} {float(left[row])!r}")


def _within(values: Floats, check: Check) -> Mask:
    match check:
        case Check.POSITIVE:
            return (values > 0) & (values < np.inf)
        case Check.NOT_NEGATIVE:
            return (values >= 0) & (values < np.inf)
        case Check.FINITE:
            return np.isfinite(values)
        case Check.PERCENT:
            return (values >= 0) & (values <= 100)
        case Check.SIDE:
            return np.abs(values) == 1
        case Check.FLAG:
            return (values == 0) | (values == 1)


def _prices(work: Work) -> None:
    if not work.about.ohlc:
        return
    opened, high, low, close = (work.table.values[name] for name in ("open", "high", "low", "close"))
    failing = (high < np.maximum(opened, close)) | (low > np.minimum(opened, close))
    expected = "high at or above and low at or below open and close"
    work.remove(failing, Fault.OHLC, expected, work.cells)


def _ordered(work: Work) -> None:
    times, ties = work.table.time, work.about.ties
    late = np.flatnonzero(times[1:] < times[:-1]) + 1
    work.find(late, Fault.UNSORTED, "ascending times (sorted)", lambda row: f"it after {iso(int(times[row - 1]))}",
              Treatment.NOTED)  # fmt: skip
    if RECEIVED in work.about.names and not np.isnan(work.table.values[RECEIVED]).all():
        ties = (*ties, RECEIVED)
    if ties and len(times):
        keys = [work.table.values[name] for name in reversed(ties)]
        work.keep(np.lexsort([*keys, times]))
    elif len(late):
        work.keep(np.argsort(times, kind="stable"))


def _unique(work: Work) -> None:
    if (work.table.time[1:] > work.table.time[:-1]).all():
        return
    again = _as_before(work.table.time)
    for name in work.about.ties:
        again &= _as_before(work.table.values[name])
    compared = [column for name, column in work.table.values.items() if name != RECEIVED]
    same = np.logical_and.reduce([_as_before(column) for column in compared])
    group = np.cumsum(~again)
    conflicting = np.isin(group, group[again & ~same])
    first = np.searchsorted(group, group)
    expected = "one row of a time (and what else makes it unique)"
    work.remove(
        conflicting, Fault.CONFLICT, expected,
        lambda row: f"{work.cells(row)}" + (f", against {work.where(int(first[row]))}" if first[row] != row else ""),
    )  # fmt: skip
    work.remove((again & same)[~conflicting], Fault.DUPLICATE, "each row once", lambda _: "it identical with another",
                Treatment.DROPPED)  # fmt: skip


def _as_before(column: Floats | Times) -> Mask:
    same = np.zeros(len(column), dtype=np.bool_)
    same[1:] = (column[1:] == column[:-1]) | ((column[1:] != column[1:]) & (column[:-1] != column[:-1]))
    return same


def _on_grid(work: Work) -> None:
    times = work.table.time
    if work.about.grid is Grid.NONE:
        return
    if work.about.grid is Grid.SETTLEMENTS:
        work.remove(times % HOUR != 0, Fault.OFF_GRID, "settlements at whole hours", lambda row: iso(int(times[row])))
        return
    interval = work.table.interval or infer_interval(times)
    _check_interval(work, interval)
    work.table = replace(work.table, interval=interval)
    steps = np.diff(times)
    if len(times) and (grid_start(times[:1], interval) != times[:1] or (steps != interval).any()):
        past = times - grid_start(times, interval)
        expected = f"times on the {interval_text(interval)} grid"
        work.remove(past != 0, Fault.OFF_GRID, expected, lambda row: f"one {past[row]} ms past it")


def _check_interval(work: Work, interval: Millis) -> None:
    steps = np.diff(work.table.time)
    if not interval:
        found = f"{len(work.table):,} rows from which it cannot be told"
        work.refuse("rows at a regular distance, or --interval", found)
    if len(steps) >= ENOUGH_ROWS and steps.min() > interval:
        found = f"no rows closer than {interval_text(int(steps.min()))}"
        work.refuse(f"rows {interval_text(interval)} apart", found)


def _closed(work: Work) -> None:
    now, times = work.policy.now, work.table.time
    if now is None:
        return
    length = work.table.interval if work.about.stamp is Stamp.PERIOD else 0
    expected = f"what is over at {iso(now // 1000 * 1000)}"
    work.remove(times + length > now, Fault.FORMING, expected, lambda row: f"one from {iso(int(times[row]))}",
                Treatment.DROPPED)  # fmt: skip


def _missing(work: Work, gaps: Sequence[Gap]) -> None:
    if gaps:
        examples = tuple(
            Example(work.table.symbol, gap.start, f"{gap.bars:,} missing up to {iso(gap.end)}") for gap in gaps[:LISTED]
        )
        rows = sum(gap.bars for gap in gaps)
        expected = f"no holes ({len(gaps):,} of them stay holes)"
        work.findings.append(Finding(Fault.MISSING, Treatment.NOTED, rows, expected, examples))


def _suspicious(work: Work) -> None:
    if work.about.spikes:
        expected = "prices near their neighbours (kept as they are)"
        work.find(spikes(work.table), Fault.SPIKE, expected, work.cells, Treatment.NOTED)
