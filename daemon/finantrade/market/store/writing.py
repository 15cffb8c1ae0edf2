"""Adding rows to a series, month by month.

1. Under the lock, the rows of each month that is touched are merged with what is there: identical ones change nothing,
   and a value that one side does not know is taken from the other.
2. Rows that differ are refused, all of them and before anything is written; or, by policy, one of the two stands and
   the other is recorded as a revision.
3. Changed months are written as new files, then the manifest, which makes them the series. Only then are files deleted
   that it no longer names; those that a killed writer left behind go the same way.

Written again, the same rows change nothing. Killed anywhere, the series is what it was or what it was to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from finantrade.domain.units import iso
from finantrade.market.place import Place
from finantrade.market.store.faults import NotStored, StoreConflict, StoreError
from finantrade.market.store.files import DRAFT, WAIT_S, locked
from finantrade.market.store.manifest import (
    MANIFEST,
    Part,
    Revision,
    SeriesManifest,
    SourceEntry,
    read_manifest,
    write_manifest,
)
from finantrade.market.store.merging import Merged, merge
from finantrade.market.store.parts import month_numbers, month_text, read_part, write_part
from finantrade.market.table import Table

LISTED = 3
MOST_SOURCES = 20_000
MOST_REVISIONS = 10_000
"""The newest are kept."""
LEFT_BEHIND = re.compile(rf"{re.escape(DRAFT)}.*|[0-9]{{4}}-[0-9]{{2}}-[0-9a-f]{{16}}\.parquet")


class OnConflict(StrEnum):
    """Which row stands where two of one time differ."""

    REFUSE = "refuse"
    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Written:
    """What a write has done. ``completed`` rows gained values, ``revised`` ones differ from what was there."""

    added: int = 0
    identical: int = 0
    completed: int = 0
    revised: int = 0
    months: tuple[str, ...] = ()


def write(
    root: Path,
    place: Place,
    table: Table,
    source: SourceEntry,
    *,
    on_conflict: OnConflict = OnConflict.REFUSE,
    synthetic: bool = False,
    growing: bool = False,
    wait_s: float = WAIT_S,
) -> Written:
    """Add normalised rows to a series. Raises StoreConflict, StoreBusy or StoreError; then nothing has changed.

    A source that is ``growing`` gives more every time: its rows are counted up by those that were added. Another writer
    is waited for ``wait_s`` seconds.
    """
    folder = root / place.path
    with locked(folder, wait_s):
        before = _present(root, place, synthetic=synthetic)
        found = {month: _merge(folder, before, month, rows) for month, rows in _months(table)}
        settled = {month: _settle(place, one, on_conflict, source) for month, one in found.items()}
        changed = {month: write_part(folder, one.rows) for month, (one, _) in settled.items() if one.changed}
        revisions = [revision for _, recorded in settled.values() for revision in recorded]
        added = sum(one.added for one, _ in settled.values()) if growing else None
        after = _updated(before, changed, _entry(before, source, added), revisions)
        if after != before:
            write_manifest(root, after)
        _sweep(folder, after)
    return _told(found.values(), tuple(changed))


def _present(root: Path, place: Place, *, synthetic: bool) -> SeriesManifest:
    try:
        found = read_manifest(root, place)
    except NotStored:
        return SeriesManifest(place=place, synthetic=synthetic)
    if found.synthetic != synthetic:
        kinds = ("recorded", "synthetic")
        raise StoreError(
            f"{place}: expected {kinds[found.synthetic]} rows, as there are, found {kinds[synthetic]} ones"
        )
    return found


def _months(table: Table) -> Iterator[tuple[str, Table]]:
    numbers = month_numbers(table.time)
    edges = np.flatnonzero(np.diff(numbers)) + 1
    for start, stop in pairwise([0, *edges.tolist(), len(table)]):
        if start < stop:
            yield month_text(int(numbers[start])), table.take(slice(start, stop))


def _merge(folder: Path, manifest: SeriesManifest, month: str, new: Table) -> Merged:
    part = next((part for part in manifest.parts if part.month == month), None)
    if part is None:
        return merge(new.take(slice(0, 0)), new)
    try:
        return merge(read_part(folder, manifest.place, part), new)
    except FileNotFoundError:
        raise StoreError(f"{folder / part.file}: expected a file, as {MANIFEST} says, found none") from None


def _settle(
    place: Place, found: Merged, on_conflict: OnConflict, source: SourceEntry
) -> tuple[Merged, tuple[Revision, ...]]:
    if not len(found.places):
        return found, ()
    match on_conflict:
        case OnConflict.REFUSE:
            raise StoreConflict(_conflict(place, found.keeping(source.file), source))
        case OnConflict.KEEP:
            return found, found.keeping(source.file)
        case OnConflict.REPLACE:
            return found.replacing(source.file)


def _conflict(place: Place, differing: Sequence[Revision], source: SourceEntry) -> str:
    shown = [
        f"  {iso(one.time)}: there {_cells(one.stands, one.other)}; here {_cells(one.other, one.stands)}"
        for one in differing[:LISTED]
    ]
    more = [f"  … and {len(differing) - LISTED:,} more"] if len(differing) > LISTED else []
    summary = f"{source.file}: expected the rows that {place} has, found {len(differing):,} that differ in one month"
    return "\n".join([summary, *shown, *more])


def _cells(row: dict[str, float], against: dict[str, float]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in row.items() if against.get(name) != value)


def _updated(
    before: SeriesManifest, changed: dict[str, Part], source: SourceEntry, revisions: Sequence[Revision]
) -> SeriesManifest:
    parts = {part.month: part for part in before.parts} | changed
    sources = {entry.sha256: entry for entry in before.sources} | {source.sha256: source}
    seen = {(one.time, str(one.other)) for one in before.revisions}
    new = [one for one in revisions if (one.time, str(one.other)) not in seen]
    return msgspec.structs.replace(
        before,
        parts=tuple(parts[month] for month in sorted(parts)),
        sources=tuple(sources.values())[-MOST_SOURCES:],
        revisions=(*before.revisions, *new)[-MOST_REVISIONS:],
    )


# Who gave the same before is known already; who goes on giving has its rows counted up.
def _entry(before: SeriesManifest, source: SourceEntry, added: int | None) -> SourceEntry:
    known = next((entry for entry in before.sources if entry.sha256 == source.sha256), None)
    if added is None:
        return known or source
    return msgspec.structs.replace(source, rows=added + (known.rows if known else 0))


def _sweep(folder: Path, manifest: SeriesManifest) -> None:
    named = {part.file for part in manifest.parts}
    for path in folder.iterdir():
        if path.name not in named and LEFT_BEHIND.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _told(found: Iterable[Merged], months: tuple[str, ...]) -> Written:
    every = list(found)
    return Written(
        added=sum(one.added for one in every),
        identical=sum(one.identical for one in every),
        completed=sum(one.completed for one in every),
        revised=sum(len(one.places) for one in every),
        months=months,
    )
