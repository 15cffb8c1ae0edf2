"""From the inputs of a session to rows of series: what of them is worth keeping, and where each belongs.

Kept is what comes as a whole row: closed bars, settled funding, open interest, ratios, single liquidations, sentiment.
Not kept are marks and premiums, of which a session hears single figures while their series have candles, which a venue
gives at any time; and running estimates, which nobody pays.

Where a series has a place for it a row has the time at which the session got it; unless it was fetched long after: that
says when somebody asked, not when it could be known, and the declared lag is the better guess.

What is told again of one time is merged with what was told before. Where the two differ the first one stands (it is
what was acted on), and the other follows in a table of its own, for the store to record as a revision. A revised bar is
the venue's last word: it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any, NamedTuple

from finantrade.domain.context import (
    FundingRate,
    Liquidation,
    LongShortRatio,
    OpenInterest,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.market import Bar, BarArrived, BarRevised
from finantrade.domain.message import Input, Message
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.market.candles import VALUES
from finantrade.market.context_facts import CROWD_COLUMNS
from finantrade.market.fact_order import LIQUIDATED
from finantrade.market.interval import IRREGULAR, interval_text
from finantrade.market.place import BadPlace, Place
from finantrade.market.series import RECEIVED, SERIES, Kind
from finantrade.market.store.writing import OnConflict
from finantrade.market.table import Table

STATISTICS = interval_text(5 * MINUTE)
"""How far apart a venue's figures of open interest and ratios are: those of its archives, and of its REST answers."""
DAILY = interval_text(DAY)
AFTERWARDS = HOUR
"""What comes so much later than declared was missed when it came, and fetched."""

Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sheaf:
    """Rows of one series, each time once, as they came."""

    place: Place
    table: Table
    on_conflict: OnConflict


class _Told(NamedTuple):
    kind: Kind
    symbol: str
    interval: str
    time: Millis
    row: Row
    on_conflict: OnConflict = OnConflict.KEEP


@dataclass(frozen=True, slots=True)
class Harvest:
    """What inputs come to, in the order in which it is to be written, and why some found no place in any series."""

    sheaves: Sequence[Sheaf]
    homeless: Sequence[str]


def harvest(inputs: Iterable[Input], venue: str, market: str) -> Harvest:
    """Return the rows of these inputs."""
    layers: dict[tuple[Place, OnConflict], list[_Layer]] = {}
    homeless: list[str] = []
    for told in filter(None, map(_told, inputs)):
        try:
            place = Place(venue, market, told.kind, told.symbol, told.interval)
        except BadPlace as error:
            homeless.append(f"{told.kind} of {told.symbol!r}: {error}")
        else:
            _add(layers.setdefault((place, told.on_conflict), []), told)
    # What replaces comes after what it replaces.
    ordered = sorted(layers.items(), key=lambda one: (one[0][1] is OnConflict.REPLACE, one[0][0]))
    found = [Sheaf(place, _table(place, layer), policy) for (place, policy), each in ordered for layer in each]
    return Harvest(found, homeless)


_Key = tuple[float, ...]
_Layer = dict[_Key, Row]


def _add(layers: list[_Layer], told: _Told) -> None:
    key = (told.time, *(told.row[name] for name in SERIES[told.kind].ties))
    for layer in layers:
        known = layer.setdefault(key, {})
        if all(known.get(name, value) == value for name, value in told.row.items() if name != RECEIVED):
            # A row that gains a value is known as a whole only now; one that is merely told again has been before.
            if told.row.keys() - known.keys():
                known.pop(RECEIVED, None)
                known.update(told.row)
            return
    layers.append({key: told.row})


def _table(place: Place, layer: _Layer) -> Table:
    about = SERIES[place.kind]
    columns = {name: [row.get(name, nan) for row in layer.values()] for name in about.names}
    return Table.of(place.kind, place.symbol, place.interval_ms, [int(key[0]) for key in layer], columns)


def _told(entry: Input) -> _Told | None:
    told = _READ.get(type(entry.message))
    return None if told is None else _received(told(entry.message), entry.at)


def _received(told: _Told, at: Millis) -> _Told:
    about, known = SERIES[told.kind], {name: value for name, value in told.row.items() if not isnan(value)}
    if RECEIVED in about.names and at - told.time - about.lag_ms <= AFTERWARDS:
        known[RECEIVED] = float(at)
    return told._replace(row=known)


def _bar(bar: Bar, on_conflict: OnConflict = OnConflict.KEEP) -> _Told:
    interval = interval_text(bar.close_time + 1 - bar.open_time)
    row = {name: getattr(bar, name) for name in VALUES}
    return _Told(Kind.CANDLES, bar.symbol, interval, bar.open_time, row, on_conflict)


def _funding(fact: FundingRate) -> _Told:
    hours = nan if fact.interval_ms is None else fact.interval_ms / HOUR
    row = {"rate": fact.rate, "interval_h": hours, "mark_price": fact.mark_price}
    return _Told(Kind.FUNDING, fact.symbol, IRREGULAR, fact.time, row)


def _interest(fact: OpenInterest) -> _Told:
    return _Told(Kind.OPEN_INTEREST, fact.symbol, STATISTICS, fact.time, {"amount": fact.qty, "value": fact.value})


def _ratio(fact: LongShortRatio) -> _Told:
    return _Told(Kind.RATIOS, fact.symbol, STATISTICS, fact.time, {CROWD_COLUMNS[fact.crowd]: fact.ratio})


def _takers(fact: TakerRatio) -> _Told:
    return _Told(Kind.RATIOS, fact.symbol, STATISTICS, fact.time, {"taker": fact.ratio})


def _liquidation(fact: Liquidation) -> _Told:
    row = {"side": LIQUIDATED[fact.side], "price": fact.price, "quantity": fact.qty}
    return _Told(Kind.LIQUIDATION_EVENTS, fact.symbol, IRREGULAR, fact.time, row)


def _mood(fact: Sentiment) -> _Told:
    return _Told(Kind.SENTIMENT, fact.source, DAILY, fact.time, {"value": fact.value})


_READ: Mapping[type[Message], Callable[[Any], _Told]] = {
    BarArrived: lambda message: _bar(message.bar),
    BarRevised: lambda message: _bar(message.bar, OnConflict.REPLACE),
    FundingRate: _funding,
    OpenInterest: _interest,
    LongShortRatio: _ratio,
    TakerRatio: _takers,
    Liquidation: _liquidation,
    Sentiment: _mood,
}
KEPT = frozenset(_READ)
"""The kinds of message that rows are made of."""
