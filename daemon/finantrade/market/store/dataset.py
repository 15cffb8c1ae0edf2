"""Stored candles as a data set that a replay can name: ``store:VENUE/MARKET``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from finantrade.domain.units import Millis
from finantrade.market.arrow import arrow
from finantrade.market.candles import BadBars, Candles
from finantrade.market.checks import check
from finantrade.market.interval import interval_text
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.manifest import SeriesManifest
from finantrade.market.store.reading import list_series, read_verified


@dataclass(frozen=True, slots=True)
class Bars:
    """Candles of one symbol, verified, and the manifest they were compared with."""

    manifest: SeriesManifest
    candles: Candles


def symbols_of(root: Path, venue: str, market: str, timeframe: Millis) -> tuple[str, ...]:
    """Return the symbols of which there are candles of this length. Raises NotStored where there are none."""
    places = [one.manifest.place for one in list_series(root) if one.manifest]
    candles = [place for place in places if place.kind is Kind.CANDLES]
    here = [place for place in candles if (place.venue, place.market) == (venue, market)]
    found = tuple(sorted(place.symbol for place in here if place.interval_ms == timeframe))
    if not found:
        wanted = f"candles of {interval_text(timeframe)} of {venue}/{market} in {root}"
        raise NotStored(f"expected {wanted}, found {_instead(here or candles)}")
    return found


def load_bars(root: Path, venue: str, market: str, symbol: str, timeframe: Millis) -> Bars:
    """Read candles, comparing every hash, figure and value. Raises NotStored or StoreError."""
    place = Place(venue, market, Kind.CANDLES, symbol, interval_text(timeframe))
    try:
        manifest, table = read_verified(root, place)
    except NotStored:
        raise _unknown(root, place) from None
    if not len(table):
        raise NotStored(f"expected candles of {place}, found none")
    # Copied: what comes from a file's memory cannot be written to, and kernels would be compiled once more for it.
    owned = replace(table, values={name: np.array(column) for name, column in table.values.items()})
    del table
    arrow().default_memory_pool().release_unused()  # a file is read once, at the start of what may run for months
    try:
        return Bars(manifest, check(owned.candles()))
    except BadBars as error:
        raise StoreError(f"{root / place.path}: {error}") from None


def _unknown(root: Path, place: Place) -> NotStored:
    known = symbols_of(root, place.venue, place.market, place.interval_ms)
    near = get_close_matches(place.symbol, known, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}?" if near else ""
    there = f"{place.venue}/{place.market} ({', '.join(known)})"
    return NotStored(f"expected a symbol of {there}, found {place.symbol!r}{meant}")


def _instead(places: list[Place]) -> str:
    return ", ".join(map(str, sorted(places)[:10])) or "no candles"
