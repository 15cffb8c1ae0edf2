"""From files to the store: found, read, judged and written one by one, so that a bad file takes no other with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from finantrade.market.archive_files import CHECKSUM
from finantrade.market.findings import Finding, Treatment
from finantrade.market.interval import interval_text
from finantrade.market.loaders.detect import Format, load
from finantrade.market.loaders.loading import Hints, Loaded
from finantrade.market.loaders.mapped import FileMapping
from finantrade.market.loaders.source import BadFile, Source, open_source
from finantrade.market.normalise import Normalised, normalise
from finantrade.market.place import Place
from finantrade.market.raw import Policy
from finantrade.market.store.manifest import SourceEntry
from finantrade.market.store.writing import OnConflict, Written, write

SUFFIXES = {".csv", ".txt", ".zip", ".gz", ".feather", ".json", ".parquet"}

Told = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Instructions:
    """How files are to be taken in."""

    hints: Hints = field(default_factory=Hints)
    format: Format | None = None
    mapping: FileMapping | None = None
    policy: Policy = field(default_factory=Policy)
    on_conflict: OnConflict = OnConflict.REFUSE
    synthetic: bool = False
    places: frozenset[Place] | None = None
    """Where rows may belong, if that is known beforehand; a file of anything else is refused."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one series of a file."""

    place: Place
    rows: int
    added: int
    identical: int
    completed: int
    revised: int
    gaps: int
    missing: int
    findings: tuple[Finding, ...]


def files_below(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that are named, and those of known kinds in directories, in order. Raises BadFile."""
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
            if not inside:
                raise BadFile(f"{path}: expected files of {', '.join(sorted(SUFFIXES))}, found none")
            yield from inside
        else:
            yield path


def import_file(path: Path, root: Path, how: Instructions, told: Told = lambda share: None) -> list[Imported]:
    """Take every series of a file into the store. Raises BadFile, BadSeries or the store's errors.

    A file of several series is judged as a whole before any of it is written. ``told`` hears now and then what share of
    the work is about done.
    """
    source = open_source(path)
    _check(source)
    told(0.2)
    return import_source(source, root, how, told)


def import_source(source: Source, root: Path, how: Instructions, told: Told = lambda share: None) -> list[Imported]:
    """Take every series of a file that has been read, as ``import_file`` does."""
    series = load(source, how.hints, how.format, how.mapping)
    told(0.5)
    judged = [(one, normalise(one.raw, how.policy)) for one in series]
    told(0.7)
    placed = [(_place(source, one, found, how), found) for one, found in judged]
    digest = source.sha256
    return [put(root, place, found, SourceEntry(source.path.name, digest, 0), how) for place, found in placed]


def put(root: Path, place: Place, found: Normalised, source: SourceEntry, how: Instructions) -> Imported:
    """Add normalised rows to a series; how many there are, and were dropped, is noted in ``source``.

    Raises the store's errors.
    """
    table = found.table
    dropped = sum(one.rows for one in found.findings if one.treatment is Treatment.DROPPED)
    noted = msgspec.structs.replace(source, rows=len(table), dropped=dropped)
    if not len(table):
        return _told(place, found, Written())
    return _told(place, found, write(root, place, table, noted, on_conflict=how.on_conflict, synthetic=how.synthetic))


def _place(source: Source, loaded: Loaded, found: Normalised, how: Instructions) -> Place:
    table = found.table
    place = Place(loaded.venue, loaded.market, table.kind, table.symbol, interval_text(table.interval))
    if how.places is not None and place not in how.places:
        wanted = ", ".join(map(str, sorted(how.places)))
        raise BadFile(f"{source.name}: expected rows of {wanted}, found rows of {place}")
    return place


def _told(place: Place, found: Normalised, done: Written) -> Imported:
    return Imported(
        place=place,
        rows=len(found.table),
        added=done.added,
        identical=done.identical,
        completed=done.completed,
        revised=done.revised,
        gaps=len(found.gaps),
        missing=sum(gap.bars for gap in found.gaps),
        findings=found.findings,
    )


def _check(source: Source) -> None:
    beside = source.path.with_name(source.path.name + CHECKSUM)
    if beside.is_file():
        told = beside.read_text(encoding="ascii", errors="replace")[:64].lower()
        if told != source.sha256:
            raise BadFile(f"{source.path}: expected sha256 {told}, as {beside.name} says, found {source.sha256}")
