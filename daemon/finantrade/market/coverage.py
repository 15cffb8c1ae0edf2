"""How much of what should be there is there: of one series over a span, and of all that a run looks at.

Rows are expected from the span's first grid point to its last, whether or not the series reaches that far. Of funding,
settlements are expected in the series' own intervals, before its first and after its last in the nearest one.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from finantrade.domain.units import Millis
from finantrade.market.candles import Gap, Times
from finantrade.market.gaps import gaps_of, settlement_intervals
from finantrade.market.interval import grid_offset
from finantrade.market.series import SERIES, Grid, Kind
from finantrade.market.table import Table

GOOD = 0.99
"""The share below which a series is called poor."""


def is_poor(share: float | None) -> bool:
    """Whether too much is missing to trust a result; nothing is known to be where nothing can be expected."""
    return share is not None and share < GOOD


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """One series over a span (end exclusive). ``share`` is None where nothing can be expected."""

    kind: Kind
    symbol: str
    interval: str
    start: Millis
    end: Millis
    present: int
    expected: int | None
    share: float | None
    gaps: tuple[Gap, ...]
    synthetic: bool = False

    @property
    def poor(self) -> bool:
        """Whether too much is missing to trust a result."""
        return is_poor(self.share)


class SeriesShare(msgspec.Struct, frozen=True, kw_only=True):
    """One series in brief; ``gaps`` is how many holes there are."""

    kind: Kind
    symbol: str
    interval: str
    present: int
    expected: int | None
    share: float | None
    gaps: int
    synthetic: bool = False
    poor: bool = False


class CoverageSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run went by, in brief: of a size that does not grow with the number of holes.

    ``more`` is how many series, absent ones and assumptions were left out of it.
    """

    poor: bool
    synthetic: bool
    series: tuple[SeriesShare, ...]
    absent: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    more: int = 0

    def worst(self, most: int) -> CoverageSummary:
        """Return at most so many of each, of the series those of which least is there, in their order."""
        if max(len(self.series), len(self.absent), len(self.assumed)) <= most:
            return self
        shares = [1.0 if one.share is None else one.share for one in self.series]
        kept = sorted(sorted(range(len(shares)), key=shares.__getitem__)[:most])
        left = sum(max(0, len(one) - most) for one in (self.series, self.absent, self.assumed))
        return msgspec.structs.replace(
            self,
            series=tuple(self.series[number] for number in kept),
            absent=self.absent[:most],
            assumed=self.assumed[:most],
            more=self.more + left,
        )


class RunCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """What a report attaches: every series that was looked at, those that were not there at all, what was assumed."""

    series: tuple[Coverage, ...]
    absent: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def poor(self) -> bool:
        """Whether the run is to be flagged."""
        return bool(self.absent) or any(one.poor for one in self.series)

    @property
    def synthetic(self) -> bool:
        """Whether any of it was invented."""
        return any(one.synthetic for one in self.series)

    def summary(self) -> CoverageSummary:
        """Return it without the holes."""
        return CoverageSummary(
            poor=self.poor,
            synthetic=self.synthetic,
            series=tuple(map(_share, self.series)),
            absent=self.absent,
            assumed=self.assumed,
        )


def coverage(table: Table, interval: str, start: Millis, end: Millis, *, synthetic: bool = False) -> Coverage:
    """Return how much of a span normalised rows cover."""
    inside = table.between(start, end)
    gaps = _all_gaps(inside, start, end)
    missing = None if gaps is None else sum(gap.bars for gap in gaps)
    expected = None if missing is None else len(inside) + missing
    return Coverage(
        kind=table.kind,
        symbol=table.symbol,
        interval=interval,
        start=start,
        end=end,
        present=len(inside),
        expected=expected,
        share=len(inside) / expected if expected else None,
        gaps=gaps or (),
        synthetic=synthetic,
    )


def run_coverage(series: Iterable[Coverage], absent: Iterable[str] = (), assumed: Iterable[str] = ()) -> RunCoverage:
    """Return the coverage of a run."""
    return RunCoverage(series=tuple(series), absent=tuple(absent), assumed=tuple(assumed))


def shares(table: Table, edges: Times) -> tuple[Times, Times]:
    """Return how many rows are present and expected between each two of ascending ``edges``.

    Expected is only what lies between the first row and the last.
    """
    present = _counted(table.time, edges)
    if SERIES[table.kind].grid is not Grid.REGULAR:
        missing = [np.arange(gap.start, gap.end + 1, (gap.end - gap.start) // max(gap.bars - 1, 1) or 1)[: gap.bars]
                   for gap in gaps_of(table)]  # fmt: skip
        return present, present + (_counted(np.concatenate(missing), edges) if missing else 0)
    if not len(table):
        return present, present
    first, last, interval = int(table.time[0]), int(table.time[-1]), table.interval
    within = np.clip(edges, first, last + 1)
    return present, np.diff(-((first - within) // interval))


def _share(one: Coverage) -> SeriesShare:
    return SeriesShare(
        kind=one.kind,
        symbol=one.symbol,
        interval=one.interval,
        present=one.present,
        expected=one.expected,
        share=one.share,
        gaps=len(one.gaps),
        synthetic=one.synthetic,
        poor=one.poor,
    )


def _counted(times: Times, edges: Times) -> Times:
    return np.diff(np.searchsorted(times, edges)).astype(np.int64)


def _all_gaps(inside: Table, start: Millis, end: Millis) -> tuple[Gap, ...] | None:
    match SERIES[inside.kind].grid:
        case Grid.NONE:
            return None
        case Grid.REGULAR:
            return _with_edges(inside, start, end, inside.interval, inside.interval)
        case Grid.SETTLEMENTS:
            if not len(inside):
                return None
            steps = settlement_intervals(inside.time, inside.values["interval_h"])
            return _with_edges(inside, start, end, int(steps[0]), int(steps[-1]))


# The grid of ``before`` runs from the first row back to ``start``, that of ``after`` from the last on to ``end``.
def _with_edges(inside: Table, start: Millis, end: Millis, before: Millis, after: Millis) -> tuple[Gap, ...]:
    if not len(inside):
        first = -((grid_offset(after) - start) // after) * after + grid_offset(after)
        bars = max(0, -((first - end) // after))
        return (Gap(first, first + (bars - 1) * after, bars),) if bars else ()
    head, tail = int(inside.time[0]), int(inside.time[-1])
    early, late = (head - start) // before, (end - 1 - tail) // after
    leading = (Gap(head - early * before, head - before, early),) if early > 0 else ()
    trailing = (Gap(tail + after, tail + late * after, late),) if late > 0 else ()
    return (*leading, *gaps_of(inside), *trailing)
