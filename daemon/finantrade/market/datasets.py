"""Recorded data by name: a data directory holds folders, each with a ``manifest.json`` and a file for each symbol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from finantrade.market.candles import Candles
from finantrade.market.manifest import MANIFEST, BadDataset, Manifest, load_symbol, read_manifest

PACKAGE = Path(__file__).resolve().parents[1]


class UnknownData(ValueError):
    """There is no data set, or no symbol in it, of this name: the text has the nearest ones and all there are."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as loaded and verified: ``candles`` by symbol, in the order asked for."""

    manifest: Manifest
    candles: Mapping[str, Candles]


def bundled_datadir() -> Path:
    """Return the folder of the data that comes with the program: in the checkout, or in the installed package."""
    checkout, installed = PACKAGE.parents[1] / "replay_data", PACKAGE / "shipped" / "replay_data"
    for folder in (checkout, installed):
        if any(_folders(folder)):
            return folder
    raise BadDataset(f"expected the bundled data in {checkout} or {installed}, found neither")


def list_datasets(datadir: Path) -> tuple[Manifest, ...]:
    """Return the manifests of a data directory in order of name. Raises BadDataset on the first that is broken."""
    return tuple(read_manifest(folder) for folder in _folders(datadir))


def load(
    name: str | None, datadir: Path, symbols: Sequence[str] | None = None, timeframe: str | None = None
) -> Dataset:
    """Load a data set, all its symbols or those named, verifying hashes and every figure of its manifest.

    Raises UnknownData for no name, or a name, symbol or timeframe that is not there, BadDataset where something is not
    as it should be.
    """
    if name is None:
        raise UnknownData("expected a data set to replay under feed.dataset, found none: the feed is a live one")
    folders = {folder.name: folder for folder in _folders(datadir)}
    if name not in folders:
        raise UnknownData(_unknown("data set", name, folders, str(datadir)))
    manifest = read_manifest(folders[name])
    if timeframe not in (None, manifest.timeframe):
        raise UnknownData(f"expected bars of {timeframe}, found {manifest.timeframe} in data set {name} of {datadir}")
    entries = {entry.symbol: entry for entry in manifest.symbols}
    wanted = tuple(entries) if symbols is None else symbols
    for symbol in wanted:
        if symbol not in entries:
            raise UnknownData(_unknown("symbol", symbol, entries, f"data set {name}"))
    return Dataset(manifest, {symbol: load_symbol(manifest, entries[symbol], folders[name]) for symbol in wanted})


def _folders(datadir: Path) -> Iterable[Path]:
    return sorted(path.parent for path in datadir.glob(f"*/{MANIFEST}"))


def _unknown(kind: str, name: str, known: Iterable[str], where: str) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"expected a {kind} of {where} ({', '.join(names) or 'it has none'}), found {name!r}{meant}"
