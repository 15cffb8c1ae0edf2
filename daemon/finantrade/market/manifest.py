"""What a data set says of itself: ``manifest.json`` beside its files, all figures checked when it is loaded."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec

from finantrade.domain.units import Millis, iso, timeframe_text
from finantrade.market import parquet
from finantrade.market.candles import BadBars, Candles, Gap, gaps
from finantrade.market.checks import check

MANIFEST = "manifest.json"
FileName = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A plain name: a manifest cannot reach outside of its folder."""


class BadDataset(ValueError):
    """A data set whose manifest or files are not what they should be: the text names file, expected and found."""


class SymbolEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One symbol's file: its hash, and figures that its bars are compared with."""

    symbol: str
    file: FileName
    sha256: str
    rows: int
    first_open: Millis
    last_open: Millis
    gaps: tuple[Gap, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One data set. ``synthetic`` is to be said wherever its bars or results of them are shown."""

    name: FileName
    title: str
    synthetic: bool
    timeframe: str
    source: str
    licence: str
    licence_file: FileName | None
    symbols: tuple[SymbolEntry, ...]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a data set. Raises BadDataset where it cannot be read or is of another folder."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BadDataset(f"{path}: expected the manifest of a data set, found: {error}") from None
    if manifest.name != folder.name:
        raise BadDataset(f"{path}: expected the name of its folder, {folder.name!r}, found {manifest.name!r}")
    if manifest.licence_file and not (folder / manifest.licence_file).is_file():
        raise BadDataset(f"{path}: expected the licence file {manifest.licence_file} beside it, found none")
    return manifest


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest into the folder of its data set, indented for people."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(text + b"\n")


def describe(manifest: Manifest) -> str:
    """Return the data set in a few lines for people: title, then each symbol's span, rows and holes."""
    kind = "synthetic" if manifest.synthetic else "recorded"
    lines = [f"{manifest.name} ({kind}, {manifest.timeframe}): {manifest.title}"]
    lines += [
        f"  {each.symbol}: {each.rows} bars from {iso(each.first_open)} to {iso(each.last_open)}, "
        f"{len(each.gaps)} gaps of {sum(gap.bars for gap in each.gaps)} bars"
        for each in manifest.symbols
    ]
    return "\n".join(lines) + "\n"


def store(candles: Candles, folder: Path) -> SymbolEntry:
    """Check the candles, write them into the folder, and return what the manifest is to say of them."""
    name = f"{candles.symbol}-{timeframe_text(candles.timeframe)}.parquet"
    parquet.write(check(candles), folder / name)
    return _entry(candles, name, _hash(folder / name))


def load_symbol(manifest: Manifest, entry: SymbolEntry, folder: Path) -> Candles:
    """Read one symbol's candles. Raises BadDataset unless hash, values and every figure are as the manifest says."""
    path = folder / entry.file
    if not path.is_file():
        raise BadDataset(f"{path}: expected a file, as {MANIFEST} says, found none")
    found = _hash(path)
    if found != entry.sha256:
        raise BadDataset(f"{path}: expected sha256 {entry.sha256}, as {MANIFEST} says, found {found}")
    candles = _checked(path)
    _compare(path, "timeframe", manifest.timeframe, timeframe_text(candles.timeframe))
    seen = _entry(candles, entry.file, found)
    for field in SymbolEntry.__struct_fields__:
        _compare(path, field, getattr(entry, field), getattr(seen, field))
    return candles


def _entry(candles: Candles, file: str, digest: str) -> SymbolEntry:
    return SymbolEntry(
        symbol=candles.symbol,
        file=file,
        sha256=digest,
        rows=len(candles),
        first_open=int(candles.open_time[0]),
        last_open=int(candles.open_time[-1]),
        gaps=gaps(candles),
    )


def _checked(path: Path) -> Candles:
    try:
        candles = check(parquet.read(path))
    except parquet.BadParquet as error:
        raise BadDataset(str(error)) from None
    except BadBars as error:
        raise BadDataset(f"{path}: {error}") from None
    if not len(candles):
        raise BadDataset(f"{path}: expected bars, found none")
    return candles


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _compare(path: Path, what: str, expected: object, found: object) -> None:
    if expected != found:
        raise BadDataset(f"{path}: expected {what} {expected}, as {MANIFEST} says, found {found}")
