"""From the local store: the length of bars to play, and the series that are recorded beside them.

Candles of mark, index and premium count if their bars are no longer than those of the price, and fit into them: the
longest that do. Of figures at instants, those that come most often do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from finantrade.domain.units import Millis
from finantrade.market.datasets import UnknownData, venue_and_market
from finantrade.market.interval import interval_text
from finantrade.market.manifest import BadDataset
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.manifest import SeriesManifest
from finantrade.market.store.reading import list_series, read_verified
from finantrade.market.table import Table
from finantrade.simulator.beside import WHOLE_MARKET, Beside
from finantrade.simulator.figures import BARS

INSTANTS = (Kind.FUNDING, Kind.OPEN_INTEREST, Kind.RATIOS, Kind.LIQUIDATION_EVENTS)


def shortest(root: Path, name: str, symbols: Sequence[str]) -> str:
    """Return the shortest length of which there are candles, of those symbols if any are named.

    Raises UnknownData where there are none.
    """
    venue, market = venue_and_market(name)
    places = [one.place for one in _manifests(root)]
    lengths = [
        place.interval_ms
        for place in places
        if (place.venue, place.market, place.kind) == (venue, market, Kind.CANDLES)
        and (not symbols or place.symbol in symbols)
    ]
    if not lengths:
        of = f" of {', '.join(symbols)}" if symbols else ""
        raise UnknownData(f"expected candles{of} of {venue}/{market} in {root}, found none")
    return interval_text(min(lengths))


def beside(root: Path, name: str, symbols: Iterable[str], timeframe: Millis) -> Beside:
    """Read all that is recorded beside candles of some symbols, verified. Raises BadDataset."""
    venue, market = venue_and_market(name)
    every = _manifests(root)
    here = [one for one in every if (one.place.venue, one.place.market) == (venue, market)]
    chosen = {symbol: list(_chosen(here, symbol, timeframe)) for symbol in symbols}
    moods = [one for one in every if one.place.kind is Kind.SENTIMENT][:1]
    labels = {symbol: tuple(map(_label, found)) for symbol, found in chosen.items() if found}
    return Beside(
        {symbol: {one.place.kind: _rows(root, one.place) for one in found} for symbol, found in chosen.items()},
        _rows(root, moods[0].place) if moods else None,
        labels | ({WHOLE_MARKET: tuple(map(_label, moods))} if moods else {}),
    )


def _manifests(root: Path) -> list[SeriesManifest]:
    return [one.manifest for one in list_series(root) if one.manifest and one.manifest.parts]


def _chosen(here: Sequence[SeriesManifest], symbol: str, timeframe: Millis) -> Iterable[SeriesManifest]:
    mine = sorted((one for one in here if one.place.symbol == symbol), key=lambda one: one.place.interval_ms)
    for kind in BARS:
        fitting = [one for one in mine if one.place.kind is kind and timeframe % one.place.interval_ms == 0]
        yield from fitting[-1:]
    for kind in INSTANTS:
        yield from [one for one in mine if one.place.kind is kind][:1]


def _label(manifest: SeriesManifest) -> str:
    return f"{manifest.place.kind} (synthetic)" if manifest.synthetic else manifest.place.kind.value


def _rows(root: Path, place: Place) -> Table:
    try:
        return read_verified(root, place)[1]
    except (NotStored, StoreError) as error:
        raise BadDataset(str(error)) from None
