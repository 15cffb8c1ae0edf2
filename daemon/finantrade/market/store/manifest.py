"""What a stored series says of itself: its months with rows, range, holes and hash, and where it all came from.

``manifest.json`` is the series: what it does not name is not there, however many files lie beside it. It is written
last, so a reader sees the series as it was before or as it is after, never between.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec

from finantrade.domain.units import Millis
from finantrade.market.candles import Gap
from finantrade.market.place import Place
from finantrade.market.series import SERIES, Grid
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.files import write_whole

FORMAT = 1
MANIFEST = "manifest.json"
MOST_BYTES = 256 << 20
FileName = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9a-f]{16}\.parquet$")]
Month = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One month. The file's name has its hash in it: a file once named never changes."""

    month: Month
    file: FileName
    sha256: Sha256
    rows: int
    first: Millis
    last: Millis
    gaps: tuple[Gap, ...] = ()


class SourceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that rows came from, and how many bad ones it had."""

    file: str
    sha256: Sha256
    rows: int
    dropped: int = 0


class Revision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row that differed from the one of the same time: ``stands`` is kept, ``other`` is not."""

    time: Millis
    stands: dict[str, float]
    other: dict[str, float]
    source: str


class SeriesManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One series of the store. ``synthetic`` is to be said wherever its rows or results of them are shown."""

    format: int = FORMAT
    place: Place
    synthetic: bool = False
    parts: tuple[Part, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    revisions: tuple[Revision, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(part.rows for part in self.parts)

    @property
    def span(self) -> tuple[Millis, Millis] | None:
        """The times of the first row and the last."""
        return (self.parts[0].first, self.parts[-1].last) if self.parts else None

    def gaps(self) -> tuple[Gap, ...]:
        """Return all holes between the first row and the last, those between months too."""
        return tuple(_merged(self))


def read_manifest(root: Path, place: Place) -> SeriesManifest:
    """Read the manifest of a series. Raises NotStored where there is none, StoreError where it is broken."""
    manifest = manifest_of(root / place.path)
    if manifest.place != place:
        raise StoreError(f"{root / place.path / MANIFEST}: expected the manifest of {place}, found {manifest.place}")
    return manifest


def manifest_of(folder: Path) -> SeriesManifest:
    """Read the manifest in a folder. Raises NotStored or StoreError."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            manifest = msgspec.json.decode(file.read(MOST_BYTES), type=SeriesManifest)
    except (FileNotFoundError, NotADirectoryError):
        raise NotStored(f"expected a series in {folder}, found none") from None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(f"{path}: expected the manifest of a series, found: {error}") from None
    _check(path, manifest)
    return manifest


def write_manifest(root: Path, manifest: SeriesManifest) -> None:
    """Make a series what its manifest says."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    write_whole(root / manifest.place.path / MANIFEST, text + b"\n")


def _check(path: Path, manifest: SeriesManifest) -> None:
    if manifest.format != FORMAT:
        raise StoreError(f"{path}: expected format {FORMAT}, found {manifest.format}: newer software wrote it")
    for before, after in pairwise(manifest.parts):
        if before.last > after.first or before.month >= after.month:
            raise StoreError(f"{path}: expected months in order, found {after.file} after {before.file}")
    for part in manifest.parts:
        if not part.file.startswith(f"{part.month}-{part.sha256[:16]}") or part.rows < 1 or part.first > part.last:
            raise StoreError(f"{path}: expected rows, range and hash of a month, found {part.file} with {part.rows}")


# A hole over the turn of a month is known only from the ends of both; it may meet no other hole.
def _merged(manifest: SeriesManifest) -> Iterator[Gap]:
    interval = manifest.place.interval_ms
    before: Part | None = None
    for part in manifest.parts:
        if before and interval and SERIES[manifest.place.kind].grid is Grid.REGULAR:
            missing = (part.first - before.last) // interval - 1
            if missing:
                yield Gap(before.last + interval, part.first - interval, missing)
        yield from part.gaps
        before = part
