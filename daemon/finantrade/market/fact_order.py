"""The total order of what a replay tells: (when it was known, rank of its kind, symbol), never arrival.

What became known at one instant is told in order of rank. So a settlement comes after the bars that closed before its
instant and before the bar that opens at it: it is paid on what was held before any fill there. The mark price of the
instant comes before the settlement that is paid on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from finantrade.domain.context import (
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
from finantrade.domain.market import BarArrived, BarOpened, FeedEnded, FeedGap
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import Millis

Fact = tuple[Millis, Message]
"""When a message becomes available, and the message."""

END_OF_TIME: Millis = 2**63 - 1


class Rank(IntEnum):
    """Which kind comes first of what became known at one instant; context is all between a gap and an opening."""

    GAP = 0
    MARK_PRICE = 1
    FUNDING = 2
    PREMIUM = 3
    OPEN_INTEREST = 4
    LONG_SHORT = 5
    TAKERS = 6
    LIQUIDATION = 7
    SENTIMENT = 8
    OPENED = 9
    ARRIVED = 10
    ENDED = 11


CONTEXT_RANKS: Mapping[type[Message], Rank] = {
    MarkPrice: Rank.MARK_PRICE,
    FundingRate: Rank.FUNDING,
    Premium: Rank.PREMIUM,
    OpenInterest: Rank.OPEN_INTEREST,
    LongShortRatio: Rank.LONG_SHORT,
    TakerRatio: Rank.TAKERS,
    Liquidation: Rank.LIQUIDATION,
    Sentiment: Rank.SENTIMENT,
}
CROWDS = tuple(Crowd)
LIQUIDATED = {Side.BUY: -1.0, Side.SELL: 1.0}
"""Who was liquidated by an order of this side, as the series of single liquidations says it: 1 for longs."""
ORDERED = {sign: side for side, sign in LIQUIDATED.items()}
"""The side of the order, by who was liquidated."""

REPLAYED: tuple[type[Message], ...] = (FeedGap, *CONTEXT_RANKS, BarOpened, BarArrived, FeedEnded)
"""What a replay tells; the last one that was recorded says where it goes on."""


class FactKey(NamedTuple):
    """Names a fact of a replay. ``detail`` tells facts of one kind and symbol apart that became known together.

    ``time`` of a bar's facts and of gaps is what the message itself says: a gap is known by its last missing bar. Of
    context it is when it was known: a message does not say when it was received.
    """

    time: Millis
    rank: Rank
    symbol: str
    detail: tuple[float, ...] = ()


def key_of(message: Message, known: Millis) -> FactKey:
    """Return the key of a message that a replay has told of. Raises TypeError for any other kind.

    ``known`` is when it became known, without the feed's latency.
    """
    match message:
        case FeedGap(symbol=symbol, end=end):
            return FactKey(end, Rank.GAP, symbol)
        case BarOpened(symbol=symbol, open_time=open_time):
            return FactKey(open_time, Rank.OPENED, symbol)
        case BarArrived(bar=bar):
            return FactKey(bar.close_time, Rank.ARRIVED, bar.symbol)
        case FeedEnded():
            return FactKey(END_OF_TIME, Rank.ENDED, "")
        case _:
            return _context_key(message, known)


def _context_key(message: Message, known: Millis) -> FactKey:
    match message:
        case MarkPrice() | FundingRate() | Premium() | OpenInterest() | TakerRatio():
            return FactKey(known, CONTEXT_RANKS[type(message)], message.symbol, (message.time,))
        case LongShortRatio(symbol=symbol, time=time, crowd=crowd):
            return FactKey(known, Rank.LONG_SHORT, symbol, (CROWDS.index(crowd), time))
        case Liquidation(symbol=symbol, time=time, side=side, price=price, qty=qty):
            return FactKey(known, Rank.LIQUIDATION, symbol, (time, LIQUIDATED[side], price, qty))
        case Sentiment(source=source, time=time):
            return FactKey(known, Rank.SENTIMENT, source, (time,))
        case _:
            raise TypeError(f"expected a fact of a replay feed, found {type(message).__name__}")
