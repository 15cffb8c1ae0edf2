"""Stored series beside candles, chosen for a session: what it takes in, of which length, from where.

1. Of several lengths of one series: that of the session's bars, else the longest shorter one, else the shortest.
2. What its own venue and market do not have is taken from the invented series (``data synthesize``), where there are
   any: they stay labelled. Nothing else stands in for a series.
3. A mood of the whole market belongs to no symbol: all sources of the session's own venue and market, else those of the
   first one, in order of name, that has any, invented ones last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from finantrade.config import Context
from finantrade.domain.units import Millis
from finantrade.market.context_facts import KINDS
from finantrade.market.flow_simulator import VENUE as INVENTED
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.reading import digest_of, list_series, read_verified
from finantrade.market.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class StoredContext:
    """One series, verified, and the hash of its content."""

    place: Place
    table: Table
    synthetic: bool
    sha256: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session takes in beside the candles of its symbols."""

    venue: str
    market: str
    symbols: Sequence[str]
    timeframe: Millis
    context: Sequence[Context]


def load_context(root: Path, wanted: Wanted) -> tuple[StoredContext, ...]:
    """Read what there is of what is wanted, in order of the kinds, then of symbols. Raises StoreError."""
    places = [one.manifest.place for one in list_series(root) if one.manifest] if wanted.context else []
    found = [place for name in dict.fromkeys(wanted.context) for place in chosen(places, wanted, KINDS[name])]
    return tuple(_read(root, place) for place in found)


def chosen(places: Iterable[Place], wanted: Wanted, kind: Kind) -> list[Place]:
    """Return which of the stored series of a kind are taken, of each symbol at most one."""
    ranked = sorted((place for place in places if place.kind is kind), key=lambda place: _distance(place, wanted))
    if kind is Kind.SENTIMENT:
        home = (ranked[0].venue, ranked[0].market) if ranked else None
        near = [place for place in ranked if (place.venue, place.market) == home]
        return _firsts(near, sorted({place.symbol for place in near}))
    here = [place for place in ranked if place.market == wanted.market and place.venue in (wanted.venue, INVENTED)]
    return _firsts(here, wanted.symbols)


def _firsts(ranked: Sequence[Place], symbols: Iterable[str]) -> list[Place]:
    firsts = (next((place for place in ranked if place.symbol == symbol), None) for symbol in symbols)
    return [place for place in firsts if place is not None]


def _distance(place: Place, wanted: Wanted) -> tuple[bool, bool, str, str, int, int]:
    length, own = place.interval_ms, (place.venue, place.market) == (wanted.venue, wanted.market)
    # The session's own length, then shorter ones from the longest down, then longer ones from the shortest up.
    group = 0 if length == wanted.timeframe else 1 if length < wanted.timeframe else 2
    within = -length if group == 1 else length
    return place.venue == INVENTED, not own, place.venue, place.market, group, within


def _read(root: Path, place: Place) -> StoredContext:
    manifest, table = read_verified(root, place)
    return StoredContext(place, table, manifest.synthetic, digest_of(manifest))
