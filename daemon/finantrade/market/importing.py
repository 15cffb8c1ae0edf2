"""From files to the store: found, read, judged and written one by one, so that a bad file takes no other with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

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
CHECKSUM = ".CHECKSUM"
"""Binance's archives have one beside each file, as ``sha256sum`` writes it."""


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
    digest = _checked(source)
    told(0.2)
    series = load(source, how.hints, how.format, how.mapping)
    told(0.5)
    judged = [(one, normalise(one.raw, how.policy)) for one in series]
    told(0.7)
    return [_written(root, one, found, digest, how) for one, found in judged]


def _written(root: Path, loaded: Loaded, found: Normalised, digest: str, how: Instructions) -> Imported:
    table = found.table
    place = Place(loaded.venue, loaded.market, table.kind, table.symbol, interval_text(table.interval))
    dropped = sum(one.rows for one in found.findings if one.treatment is Treatment.DROPPED)
    source = SourceEntry(Path(loaded.raw.origin.file).name, digest, len(table), dropped)
    if not len(table):
        return _told(place, found, Written())
    return _told(place, found, write(root, place, table, source, on_conflict=how.on_conflict, synthetic=how.synthetic))


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


def _checked(source: Source) -> str:
    digest, path = source.sha256, source.path
    beside = path.with_name(path.name + CHECKSUM)
    if beside.is_file():
        told = beside.read_text(encoding="ascii", errors="replace")[:64].lower()
        if told != digest:
            raise BadFile(f"{path}: expected sha256 {told}, as {beside.name} says, found {digest}")
    return digest
