"""What is to be fetched: of each series what the store lacks, the archive's files that have it, and who has the rest.

1. A series lacks the rows that are expected of it in the span, could be known by now, and are not stored.
2. A hole that the venue has confirmed is none that anybody fills. The venue confirms one by telling a row after it: so
   of each answer it is recorded in the manifest, among the sources, which time it speaks of.
3. Files that the manifest names have been taken, and are not asked for again.
4. What no file has is asked of the venue, in spans of a few pages, each of which is stored before it counts.

So whatever was fetched before counts, however the fetch ended, and the same again asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from finantrade.domain.units import HOUR, Millis, iso, parse_time
from finantrade.market.archive_files import PERPETUALS_ROOT, SPOT_ROOT, ArchiveFile, Folder, files_over
from finantrade.market.candles import Gap
from finantrade.market.coverage import coverage
from finantrade.market.interval import IRREGULAR
from finantrade.market.loaders.loading import PERPETUALS, SPOT
from finantrade.market.place import Place
from finantrade.market.series import SERIES, Grid, Kind, available_at
from finantrade.market.store.faults import NotStored
from finantrade.market.store.manifest import read_manifest
from finantrade.market.store.reading import read
from finantrade.market.table import Table

PERIODS = (Kind.CANDLES, Kind.MARK, Kind.INDEX, Kind.PREMIUM)
STATISTICS = (Kind.OPEN_INTEREST, Kind.RATIOS)
FETCHED: Mapping[str, tuple[Kind, ...]] = {
    PERPETUALS: (*PERIODS, Kind.FUNDING, *STATISTICS),
    SPOT: (Kind.CANDLES,),
}
"""What can be fetched of each market."""
STATISTICS_INTERVAL = "5m"
SETTLED_EVERY = 8 * HOUR
"""How often funding is expected where nothing is known of it."""
PAGE_ROWS: Mapping[Kind, int] = dict.fromkeys(PERIODS, 1_000) | {Kind.FUNDING: 1_000} | dict.fromkeys(STATISTICS, 500)
PAGES = 10
"""Pages that are asked for in a row and stored together."""
REQUESTS: Mapping[Kind, int] = {Kind.RATIOS: 4}
"""Requests that one page takes, where it is not one."""
ANSWER = "REST {start}/{end}"
_ANSWER = re.compile(r"REST (\S+Z)/(\S+Z)")


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants: from ``start`` to ``end`` (exclusive), as far as it can be known at ``now``."""

    root: Path
    venue: str
    market: str
    symbols: tuple[str, ...]
    kinds: tuple[Kind, ...]
    intervals: tuple[str, ...]
    start: Millis
    end: Millis
    now: Millis

    def lines(self) -> list[Line]:
        """Return what is fetched together, in order of symbols."""
        return [line for symbol in self.symbols for line in self._of(symbol)]

    def _of(self, symbol: str) -> Iterator[Line]:
        root = SPOT_ROOT if self.market == SPOT else PERPETUALS_ROOT
        for kind, interval in product((kind for kind in self.kinds if kind in PERIODS), self.intervals):
            yield Line(Folder(root, kind, symbol, interval), (self._place(kind, symbol, interval),))
        if Kind.FUNDING in self.kinds:
            yield Line(Folder(root, Kind.FUNDING, symbol), (self._place(Kind.FUNDING, symbol, IRREGULAR),))
        if statistics := [kind for kind in STATISTICS if kind in self.kinds]:
            places = tuple(self._place(kind, symbol, STATISTICS_INTERVAL) for kind in statistics)
            yield Line(Folder(root, statistics[0], symbol), places)

    def _place(self, kind: Kind, symbol: str, interval: str) -> Place:
        return Place(self.venue, self.market, kind, symbol, interval)


@dataclass(frozen=True, slots=True)
class Line:
    """A folder of the archive and the series that its files are of: one, or both that statistics have."""

    folder: Folder
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """What the store lacks of a series: its holes, what has been taken into it, and rows that there are nowhere."""

    place: Place
    gaps: tuple[Gap, ...]
    taken: frozenset[str] = frozenset()
    nowhere: int = 0

    @property
    def rows(self) -> int:
        """How many rows are lacking."""
        return sum(gap.bars for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Planned:
    """A line's holes, the files that have them, and the spans that no file has, by series."""

    line: Line
    lacking: tuple[Lacking, ...]
    files: tuple[ArchiveFile, ...]
    spans: tuple[tuple[Span, ...], ...]

    @property
    def requests(self) -> int:
        """How many pages the venue is asked for if every file is there."""
        return sum(
            -(-span.rows(one.place) // PAGE_ROWS[one.place.kind]) * REQUESTS.get(one.place.kind, 1)
            for one, spans in zip(self.lacking, self.spans, strict=True)
            for span in spans
        )


@dataclass(frozen=True, slots=True)
class Span:
    """A time that is asked of the venue at once, the end exclusive."""

    start: Millis
    end: Millis

    def rows(self, place: Place) -> int:
        """How many rows of a series are expected in it."""
        return -(-(self.end - self.start) // step_of(place))


def planned(order: Order, line: Line, *, archived: bool = True) -> Planned:
    """Return what a line needs. Raises StoreError."""
    lacking = tuple(lacking_of(order, place) for place in line.places)
    files = files_needed(line, lacking, order.now) if archived else []
    rest = (without(one, files) for one in lacking)
    return Planned(line, lacking, tuple(files), tuple(tuple(spans_over(one)) for one in rest))


def lacking_of(order: Order, place: Place, since: Millis | None = None) -> Lacking:
    """Return what the store lacks of a series, ``since`` a later start if it has one. Raises StoreError."""
    start = order.start if since is None else max(order.start, since)
    known_by = int(available_at(place.kind, place.interval_ms, np.zeros(1, dtype=np.int64))[0])
    end = min(order.end, order.now - known_by + 1)
    if start >= end:
        return Lacking(place, ())
    try:
        manifest = read_manifest(order.root, place)
    except NotStored:
        return Lacking(place, _gaps(place, Table.of(place.kind, place.symbol, place.interval_ms, [], _none(place)),
                                    start, end))  # fmt: skip
    needed = ["interval_h"] if place.kind is Kind.FUNDING else []
    found = Lacking(place, _gaps(place, read(order.root, place, start, end, needed), start, end))
    confirmed = _merged(span for one in manifest.sources if (span := _answered(one.file)))
    left = without(found, confirmed)
    return Lacking(place, left.gaps, frozenset(one.file for one in manifest.sources), found.rows - left.rows)


def files_needed(line: Line, lacking: Sequence[Lacking], now: Millis) -> list[ArchiveFile]:
    """Return the files that have what is lacking and have not been taken into every series that lacks it."""
    found: dict[ArchiveFile, None] = {}
    for one in lacking:
        files = files_over(line.folder, one.gaps, now)
        found |= {file: None for file in files if file.path.name not in one.taken}
    return sorted(found, key=lambda file: file.start)


def without(lacking: Lacking, covered: Iterable[ArchiveFile | Span]) -> Lacking:
    """Return what is lacking outside of times that are covered otherwise."""
    step, gaps = step_of(lacking.place), lacking.gaps
    for one in covered:
        gaps = tuple(left for gap in gaps for left in _outside(gap, step, one.start, one.end))
    return replace(lacking, gaps=gaps)


def spans_over(lacking: Lacking) -> Iterator[Span]:
    """Yield spans that cover every hole, each of at most ``PAGES`` pages; holes near each other share one."""
    step, most = step_of(lacking.place), PAGES * PAGE_ROWS[lacking.place.kind]
    start = end = None
    for gap in lacking.gaps:
        if start is None or end is None or gap.end + step - start > most * step:
            yield from _cut(start, end, most * step)
            start = gap.start
        end = gap.end + step
    yield from _cut(start, end, most * step)


def answer_name(start: Millis, end: Millis) -> str:
    """Return how an answer of the venue over a time is called among the sources of a series."""
    return ANSWER.format(start=iso(start), end=iso(end))


def step_of(place: Place) -> Millis:
    """Return how far apart the rows of a series are expected."""
    return place.interval_ms or SETTLED_EVERY


def _cut(start: Millis | None, end: Millis | None, length: Millis) -> Iterator[Span]:
    if start is not None and end is not None:
        for begin in range(start, end, length):
            yield Span(begin, min(begin + length, end))


def _none(place: Place) -> dict[str, list[float]]:
    return {name: [] for name in SERIES[place.kind].required}


def _gaps(place: Place, table: Table, start: Millis, end: Millis) -> tuple[Gap, ...]:
    if len(table) or SERIES[place.kind].grid is Grid.REGULAR:
        return coverage(table, place.interval, start, end).gaps
    first = -(-start // SETTLED_EVERY) * SETTLED_EVERY
    bars = max(0, -(-(end - first) // SETTLED_EVERY))
    return (Gap(first, first + (bars - 1) * SETTLED_EVERY, bars),) if bars else ()


def _answered(source: str) -> Span | None:
    found = _ANSWER.fullmatch(source)
    return Span(parse_time(found[1]), parse_time(found[2])) if found else None


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _outside(gap: Gap, step: Millis, start: Millis, end: Millis) -> Iterator[Gap]:
    if gap.bars > 1:
        step = (gap.end - gap.start) // (gap.bars - 1)
    if end <= gap.start or start > gap.end:
        yield gap
        return
    before, after = -((gap.start - start) // step), -((gap.start - end) // step)
    if before > 0:
        yield Gap(gap.start, gap.start + (before - 1) * step, before)
    if after < gap.bars:
        yield Gap(gap.start + after * step, gap.end, gap.bars - after)
