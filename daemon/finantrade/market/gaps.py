"""What is not there: the holes of a series between its first row and its last, and the intervals of settlements.

Funding is settled every 8, 4 or 1 hours, and a venue changes that from one day to the next. Where the source does not
give the interval, it is the distance to the settlement before; one longer than 8 hours is a hole, inside which the
interval that follows is taken to have held.
"""

from __future__ import annotations

import numpy as np

from finantrade.domain.units import HOUR, Millis
from finantrade.market.candles import Floats, Gap, Times
from finantrade.market.series import SERIES, Grid
from finantrade.market.table import Table

LONGEST_SETTLEMENT = 8 * HOUR


def gaps_of(table: Table) -> tuple[Gap, ...]:
    """Return the holes of ascending rows in order of time; none where nothing can be expected."""
    match SERIES[table.kind].grid:
        case Grid.REGULAR:
            return regular_gaps(table.time, table.interval)
        case Grid.SETTLEMENTS:
            return settlement_gaps(table.time, table.values["interval_h"])
        case Grid.NONE:
            return ()


def regular_gaps(times: Times, interval: Millis) -> tuple[Gap, ...]:
    """Return the holes in rows expected one each interval."""
    return _listed(times, np.full(len(times), interval))


def settlement_gaps(times: Times, interval_h: Floats) -> tuple[Gap, ...]:
    """Return the holes between settlements."""
    return _listed(times, settlement_intervals(times, interval_h))


def settlement_intervals(times: Times, interval_h: Floats) -> Times:
    """Return the interval in ms that each settlement closes, as given or from the distance to the one before."""
    if not len(times):
        return np.empty(0, dtype=np.int64)
    known = told_intervals(times, interval_h)
    return np.rint(_carried(_carried(known[::-1])[::-1], LONGEST_SETTLEMENT)).astype(np.int64)


def told_intervals(times: Times, interval_h: Floats) -> Floats:
    """Return what was known of those intervals at each settlement, in ms; NaN where it was not."""
    steps = np.diff(times, prepend=times[:1]).astype(np.float64)
    told = np.where((steps > 0) & (steps <= LONGEST_SETTLEMENT), steps, np.nan)
    return np.where(np.isnan(interval_h), told, interval_h * HOUR)


# Fills NaN from the value before it; what has none before it stays NaN unless there is a default.
def _carried(values: Floats, default: float = np.nan) -> Floats:
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    return np.where(last < 0, default, values[last])


def _listed(times: Times, steps: Times) -> tuple[Gap, ...]:
    before = np.flatnonzero(np.diff(times) > steps[1:])
    edges = zip(times[before].tolist(), times[before + 1].tolist(), steps[before + 1].tolist(), strict=True)
    found = ((last, then, step, (then - last - 1) // step) for last, then, step in edges)
    return tuple(Gap(last + step, then - step, count) for last, then, step, count in found if count)
