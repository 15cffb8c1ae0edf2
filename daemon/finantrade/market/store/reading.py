"""Reading from the store: only the months and columns that are asked for, while a writer may be at work.

A reader takes no lock. It may find a month gone that its manifest named: then a writer has put a newer one in place,
and reading begins again with the newer manifest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from finantrade.domain.units import Millis
from finantrade.market.candles import Gap
from finantrade.market.place import Place
from finantrade.market.series import SERIES
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.manifest import MANIFEST, Part, SeriesManifest, manifest_of, read_manifest
from finantrade.market.store.parts import Columns, part_of, read_columns, table_of
from finantrade.market.table import Table

TRIES = 5
DEPTH = 5
DEFAULT_STORE = Path("store")
ENVIRONMENT = "FINANTRADE_STORE"
END_OF_TIME: Millis = 2**62

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Stored:
    """One series as found in the store: its manifest, or why it cannot be read."""

    folder: Path
    manifest: SeriesManifest | None
    trouble: str = ""


def default_store() -> Path:
    """Return where the store is: ``FINANTRADE_STORE``, or ``store`` in the working directory."""
    return Path(os.environ.get(ENVIRONMENT) or DEFAULT_STORE)


def list_series(root: Path) -> list[Stored]:
    """Return every series in order of its path, broken ones too."""
    return [_stored(path.parent) for path in sorted(root.glob(f"{'*/' * DEPTH}{MANIFEST}"))]


def read(
    root: Path,
    place: Place,
    start: Millis = 0,
    end: Millis = END_OF_TIME,
    columns: Sequence[str] | None = None,
) -> Table:
    """Return the rows from ``start`` to ``end`` (exclusive); columns that are not asked for are NaN.

    Raises NotStored or StoreError.
    """

    def once() -> Table:
        manifest = read_manifest(root, place)
        names = SERIES[place.kind].names if columns is None else columns
        months = [read_columns(root / place.path, place, part, names) for part in _within(manifest, start, end)]
        return _cut(table_of(place, months), start, end)

    return _again(root, place, once)


def read_verified(
    root: Path, place: Place, start: Millis = 0, end: Millis = END_OF_TIME
) -> tuple[SeriesManifest, Table]:
    """Return the rows from ``start`` to ``end`` (exclusive) after comparing every hash and figure of their months.

    Raises NotStored or StoreError.
    """

    def once() -> tuple[SeriesManifest, Table]:
        manifest = read_manifest(root, place)
        months = [_verified(root / place.path, place, part) for part in _within(manifest, start, end)]
        return manifest, _cut(table_of(place, months), start, end)

    return _again(root, place, once)


def troubles(root: Path, place: Place) -> Iterator[str]:
    """Yield what is not as the manifest of a series says, month by month."""
    try:
        manifest = read_manifest(root, place)
    except (NotStored, StoreError) as error:
        yield str(error)
        return
    for part in manifest.parts:
        try:
            _verified(root / place.path, place, part)
        except FileNotFoundError:
            if part in read_manifest(root, place).parts:
                yield f"{root / place.path / part.file}: expected a file, as {MANIFEST} says, found none"
        except StoreError as error:
            yield str(error)


def digest_of(manifest: SeriesManifest) -> str:
    """Return one hash over all months of a series."""
    return sha256("".join(part.sha256 for part in manifest.parts).encode()).hexdigest()


def _again(root: Path, place: Place, once: Callable[[], Result]) -> Result:
    missing: FileNotFoundError | None = None
    for _ in range(TRIES):
        try:
            return once()
        except FileNotFoundError as error:
            missing = error
    found = missing.filename if missing else root / place.path
    raise StoreError(f"{found}: expected a file, as {MANIFEST} says, found none")


def _within(manifest: SeriesManifest, start: Millis, end: Millis) -> list[Part]:
    return [part for part in manifest.parts if part.last >= start and part.first < end]


def _cut(table: Table, start: Millis, end: Millis) -> Table:
    inside = not len(table) or (int(table.time[0]) >= start and int(table.time[-1]) < end)
    return table if inside else table.between(start, end)


def _verified(folder: Path, place: Place, part: Part) -> Columns:
    path = folder / part.file
    found = sha256(path.read_bytes()).hexdigest()
    if found != part.sha256:
        raise StoreError(f"{path}: expected sha256 {part.sha256}, as {MANIFEST} says, found {found}")
    columns = read_columns(folder, place, part, SERIES[place.kind].names)
    table = table_of(place, [columns])
    seen: Part | None = part_of(table, found) if len(table) else None
    if seen != part:
        told = f"{part.rows} rows, {len(part.gaps)} gaps"
        raise StoreError(f"{path}: expected {told}, as {MANIFEST} says, found {_figures(table, seen)}")
    return columns


def _figures(table: Table, part: Part | None) -> str:
    gaps: Sequence[Gap] = part.gaps if part else ()
    return f"{len(table)} rows, {len(gaps)} gaps"


def _stored(folder: Path) -> Stored:
    try:
        manifest = manifest_of(folder)
    except (NotStored, StoreError) as error:
        return Stored(folder, None, str(error))
    if folder.parts[-DEPTH:] != manifest.place.path.parts:
        found = f"expected the manifest of {'/'.join(folder.parts[-DEPTH:])}, found {manifest.place}"
        return Stored(folder, None, f"{folder / MANIFEST}: {found}")
    return Stored(folder, manifest)
