"""Recorded data by name: bundled or in a data directory, where each set has a folder with a ``manifest.json`` and a
file for each symbol; or, as ``store:VENUE/MARKET``, in the local store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import msgspec

from finantrade.config import Context
from finantrade.domain.units import timeframe_ms
from finantrade.market.candles import Candles, gaps
from finantrade.market.manifest import MANIFEST, BadDataset, Manifest, SymbolEntry, load_symbol, read_manifest
from finantrade.market.store.context import StoredContext, Wanted, load_context
from finantrade.market.store.dataset import Bars, load_bars, symbols_of
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.reading import default_store, digest_of

PACKAGE = Path(__file__).resolve().parents[1]
STORED = "store:"
"""Begins the names of data sets in the local store."""


class UnknownData(ValueError):
    """There is no data set, or no symbol in it, of this name: the text has the nearest ones and all there are."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as loaded and verified: ``candles`` by symbol, in the order asked for, and series beside them."""

    manifest: Manifest
    candles: Mapping[str, Candles]
    context: tuple[StoredContext, ...] = ()

    @property
    def sha256(self) -> dict[str, str]:
        """The hash of each series: candles by symbol, context by its address in the store."""
        hashes = {entry.symbol: entry.sha256 for entry in self.manifest.symbols}
        return {**hashes, **{str(one.place): one.sha256 for one in self.context}}

    @property
    def content(self) -> str:
        """One hash over all that was loaded, by its names."""
        return sha256(msgspec.json.encode(self.sha256, order="sorted")).hexdigest()


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


def found_datasets(datadir: Path) -> tuple[list[Manifest], list[str]]:
    """Return the manifests of a data directory that can be read, and what is wrong with the others."""
    found: list[Manifest] = []
    troubles: list[str] = []
    for folder in _folders(datadir):
        try:
            found.append(read_manifest(folder))
        except BadDataset as error:
            troubles.append(str(error))
    return found, troubles


def load(
    name: str | None,
    datadir: Path | None = None,
    symbols: Sequence[str] | None = None,
    timeframe: str | None = None,
    context: Sequence[Context] = (),
) -> Dataset:
    """Load a data set, all its symbols or those named, verifying hashes and every figure of its manifest.

    Of ``context`` what the local store has; any other data set has nothing but candles.

    ``datadir`` is where the data sets are, or the local store for a name such as ``store:binance/usdm``; the bundled
    ones, or the default store, if it is not given. Raises UnknownData for no name, or a name, symbol or timeframe that
    is not there, BadDataset where something is not as it should be.
    """
    if name is None:
        raise UnknownData("expected a data set to replay under feed.dataset, found none: the feed is a live one")
    if name.startswith(STORED):
        return _stored(name, datadir or default_store(), symbols, timeframe, context)
    return _recorded(name, datadir or bundled_datadir(), symbols, timeframe)


def with_context(data: Dataset, datadir: Path | None, context: Sequence[Context]) -> Dataset:
    """Return a data set with what the local store has of ``context`` beside it. Raises BadDataset."""
    name = data.manifest.name
    if not context or not name.startswith(STORED):
        return data
    wanted = Wanted(*venue_and_market(name), tuple(data.candles), timeframe_ms(data.manifest.timeframe), context)
    try:
        return replace(data, context=load_context(datadir or default_store(), wanted))
    except (StoreError, ValueError) as error:
        raise BadDataset(str(error)) from None


def venue_and_market(name: str) -> tuple[str, str]:
    """Return what ``store:VENUE/MARKET`` names. Raises UnknownData for anything else."""
    venue, _, market = name.removeprefix(STORED).partition("/")
    if not name.startswith(STORED) or not venue or not market:
        raise UnknownData(f"expected a data set such as store:binance/usdm, found {name!r}")
    return venue, market


def _recorded(name: str, datadir: Path, symbols: Sequence[str] | None, timeframe: str | None) -> Dataset:
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


def _stored(
    name: str, root: Path, symbols: Sequence[str] | None, timeframe: str | None, context: Sequence[Context]
) -> Dataset:
    venue, market = venue_and_market(name)
    if timeframe is None:
        raise UnknownData(f"expected a timeframe of {name}, found none")
    try:
        length = timeframe_ms(timeframe)
        wanted = symbols_of(root, venue, market, length) if symbols is None else symbols
        bars = [load_bars(root, venue, market, symbol, length) for symbol in wanted]
        beside = load_context(root, Wanted(venue, market, wanted, length, context))
    except NotStored as error:
        raise UnknownData(str(error)) from None
    except (StoreError, ValueError) as error:
        raise BadDataset(str(error)) from None
    manifest = _manifest(name, f"{venue} {market}, from the local store", root, timeframe, bars)
    return Dataset(manifest, {one.candles.symbol: one.candles for one in bars}, beside)


def _manifest(name: str, title: str, root: Path, timeframe: str, bars: Sequence[Bars]) -> Manifest:
    return Manifest(
        name=name,
        title=title,
        synthetic=any(one.manifest.synthetic for one in bars),
        timeframe=timeframe,
        source=f"{root}, {sum(len(one.manifest.sources) for one in bars)} files imported",
        licence="as the venue's terms say",
        licence_file=None,
        symbols=tuple(map(_entry, bars)),
    )


def _entry(bars: Bars) -> SymbolEntry:
    times = bars.candles.open_time
    return SymbolEntry(
        symbol=bars.candles.symbol,
        file=str(bars.manifest.place),
        sha256=digest_of(bars.manifest),
        rows=len(times),
        first_open=int(times[0]),
        last_open=int(times[-1]),
        gaps=gaps(bars.candles),
    )


def _folders(datadir: Path) -> Iterable[Path]:
    return sorted(path.parent for path in datadir.glob(f"*/{MANIFEST}"))


def _unknown(kind: str, name: str, known: Iterable[str], where: str) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"expected a {kind} of {where} ({', '.join(names) or 'it has none'}), found {name!r}{meant}"
