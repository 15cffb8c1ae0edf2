"""Stored series of context as the facts that the lane hears, each row when it could be known.

A row becomes one fact, or several where it has figures of several things (longs by shorts of three crowds, and what
takers bought by what they sold). A figure that is not known is not told. Candles of marks and premiums are told by
their closes, at the end of their period. Facts are made when they are asked for, one by one: columns are all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from finantrade.config import Context
from finantrade.domain.context import (
    FEAR_AND_GREED,
    Crowd,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.message import Message
from finantrade.market.candles import Floats, Times
from finantrade.market.fact_order import CONTEXT_RANKS, CROWDS, ORDERED, Rank
from finantrade.market.gaps import told_intervals
from finantrade.market.series import Kind
from finantrade.market.table import Rows, Table

KINDS: Mapping[Context, Kind] = {
    Context.FUNDING: Kind.FUNDING,
    Context.MARK_PRICE: Kind.MARK,
    Context.PREMIUM: Kind.PREMIUM,
    Context.OPEN_INTEREST: Kind.OPEN_INTEREST,
    Context.RATIOS: Kind.RATIOS,
    Context.LIQUIDATIONS: Kind.LIQUIDATION_EVENTS,
    Context.SENTIMENT: Kind.SENTIMENT,
}
"""Which stored series has what a session may take in. Sums of liquidations by period have no price to be told at."""


def stored_for(context: Context, symbols: Iterable[str]) -> Iterator[tuple[str, Kind, str]]:
    """Yield the series that a session rests on: what each is called, its kind, and its symbol in the store."""
    kind = KINDS[context]
    for symbol in (FEAR_AND_GREED,) if kind is Kind.SENTIMENT else symbols:
        yield f"{context.value} of {symbol}", kind, symbol


KIND_OF: Mapping[type[Message], Kind] = {
    FundingRate: Kind.FUNDING,
    MarkPrice: Kind.MARK,
    Premium: Kind.PREMIUM,
    OpenInterest: Kind.OPEN_INTEREST,
    LongShortRatio: Kind.RATIOS,
    TakerRatio: Kind.RATIOS,
    Liquidation: Kind.LIQUIDATION_EVENTS,
    Sentiment: Kind.SENTIMENT,
}
"""Which series a fact belongs to."""

Make = Callable[[int], Message]
"""Gives the fact of a row."""


@dataclass(frozen=True, slots=True, eq=False)
class ContextRows:
    """Facts of one type and symbol by row, the rows as the series has them; ``place`` orders those of one type.

    ``figures`` are what the facts say, by the names of their fields, and ``time`` when that was; what was liquidated is
    there in quote units by the side of the order, missing for the other side. ``detail`` is what all facts are of.
    """

    type: type[Message]
    place: tuple[str, int]
    known: Times
    make: Make
    time: Times
    figures: Mapping[str, Floats]
    detail: str = ""

    @property
    def order(self) -> tuple[Rank, str, int]:
        """Where the facts come among those that became known together."""
        return CONTEXT_RANKS[self.type], *self.place


def context_rows(table: Table) -> list[ContextRows]:
    """Return the facts of a series. Raises KeyError for a kind that none are told of."""
    return MAKERS[table.kind](table)


def symbol_of(fact: Message) -> str:
    """Return the symbol of a fact of context; of the mood of the whole market, who measured it."""
    match fact:
        case Sentiment(source=source):
            return source
        case FundingRate() | MarkPrice() | Premium() | OpenInterest() | LongShortRatio() | TakerRatio() | Liquidation():
            return fact.symbol
        case _:
            raise TypeError(f"expected a fact of context, found {type(fact).__name__}")


def _funding(table: Table) -> list[ContextRows]:
    times, rates, marks = _times(table.time), _floats(table, "rate"), _floats(table, "mark_price")
    symbol, known, told = table.symbol, table.available(), table.values["interval_h"]
    # The distance to a settlement that was received later than this one was not known yet.
    unseen = np.isnan(told) & (known < np.maximum.accumulate(known))
    intervals = np.where(unseen, np.nan, told_intervals(table.time, told))
    spans = intervals.tolist()

    def make(row: int) -> FundingRate:
        interval = spans[row]
        return FundingRate(symbol, times[row], rates[row], None if isnan(interval) else round(interval), marks[row])

    figures = {"rate": table.values["rate"], "interval_ms": intervals, "mark_price": table.values["mark_price"]}
    return [ContextRows(FundingRate, (symbol, 0), known, make, table.time, figures)]


def _mark(table: Table) -> list[ContextRows]:
    symbol, ends, closes = table.symbol, _times(table.time + table.interval), _floats(table, "close")
    return [
        ContextRows(
            MarkPrice,
            (symbol, 0),
            table.available(),
            lambda row: MarkPrice(symbol, ends[row], closes[row]),
            table.time + table.interval,
            {"mark": table.values["close"], "index": np.full(len(table), np.nan)},
        )
    ]


def _premium(table: Table) -> list[ContextRows]:
    symbol, ends, closes = table.symbol, _times(table.time + table.interval), _floats(table, "close")
    return [
        ContextRows(
            Premium,
            (symbol, 0),
            table.available(),
            lambda row: Premium(symbol, ends[row], closes[row]),
            table.time + table.interval,
            {"value": table.values["close"]},
        )
    ]


def _open_interest(table: Table) -> list[ContextRows]:
    symbol, times, amounts, values = table.symbol, _times(table.time), _floats(table, "amount"), _floats(table, "value")
    return [
        ContextRows(
            OpenInterest,
            (symbol, 0),
            table.available(),
            lambda row: OpenInterest(symbol, times[row], amounts[row], values[row]),
            table.time,
            {"qty": table.values["amount"], "value": table.values["value"]},
        )
    ]


def _ratios(table: Table) -> list[ContextRows]:
    return [*(_longs(table, crowd) for crowd in CROWDS), _takers(table)]


def _longs(table: Table, crowd: Crowd) -> ContextRows:
    name = CROWD_COLUMNS[crowd]
    known = _known(table, name)
    symbol, times, ratios = table.symbol, _times(known.time), _floats(known, name)
    return ContextRows(
        LongShortRatio,
        (symbol, CROWDS.index(crowd)),
        known.available(),
        lambda row: LongShortRatio(symbol, times[row], crowd, ratios[row]),
        known.time,
        {"ratio": known.values[name]},
        crowd,
    )


def _takers(table: Table) -> ContextRows:
    known = _known(table, "taker")
    symbol, times, ratios = table.symbol, _times(known.time), _floats(known, "taker")
    return ContextRows(
        TakerRatio,
        (symbol, 0),
        known.available(TakerRatio.LAG_MS),
        lambda row: TakerRatio(symbol, times[row], ratios[row]),
        known.time,
        {"ratio": known.values["taker"]},
    )


def _liquidations(table: Table) -> list[ContextRows]:
    symbol, times, prices, sizes = table.symbol, _times(table.time), _floats(table, "price"), _floats(table, "quantity")
    ordered = [ORDERED[sign] for sign in table.values["side"].tolist()]
    sums = table.values["price"] * table.values["quantity"]
    return [
        ContextRows(
            Liquidation,
            (symbol, 0),
            table.available(),
            lambda row: Liquidation(symbol, times[row], ordered[row], prices[row], sizes[row]),
            table.time,
            {side: np.where(table.values["side"] == sign, sums, np.nan) for sign, side in ORDERED.items()},
        )
    ]


def _sentiment(table: Table) -> list[ContextRows]:
    source, times, values = table.symbol, _times(table.time), _floats(table, "value")
    return [
        ContextRows(
            Sentiment,
            (source, 0),
            table.available(),
            lambda row: Sentiment(source, times[row], values[row]),
            table.time,
            {"value": table.values["value"]},
            source,
        )
    ]


CROWD_COLUMNS = {
    Crowd.ALL_ACCOUNTS: "accounts",
    Crowd.TOP_ACCOUNTS: "top_accounts",
    Crowd.TOP_POSITIONS: "top_positions",
}
MAKERS: Mapping[Kind, Callable[[Table], list[ContextRows]]] = {
    Kind.FUNDING: _funding,
    Kind.MARK: _mark,
    Kind.PREMIUM: _premium,
    Kind.OPEN_INTEREST: _open_interest,
    Kind.RATIOS: _ratios,
    Kind.LIQUIDATION_EVENTS: _liquidations,
    Kind.SENTIMENT: _sentiment,
}


def _known(table: Table, name: str) -> Table:
    rows: Rows = ~np.isnan(table.values[name])
    return table.take(rows)


# A memoryview gives plain Python numbers, an array numpy's own.
def _times(column: Times) -> Sequence[int]:
    return np.ascontiguousarray(column).data  # pyright: ignore[reportReturnType]


def _floats(table: Table, name: str) -> Sequence[float]:
    column: Floats = table.values[name]
    return np.ascontiguousarray(column).data  # pyright: ignore[reportReturnType]
