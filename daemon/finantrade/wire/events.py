"""Events of the websocket streams, spot and USD-M futures: each struct is a payload, and tells what facts are in it.

``facts(received)`` gives them; ``received`` is when the frame came, the time of the one event that carries none of its
own (the spot market's book ticker). The functions below each struct make the payload of a fact again.
"""

from __future__ import annotations

from typing import Literal

from finantrade.domain.context import FundingEstimate, Liquidation, MarkPrice
from finantrade.domain.market import Quote, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import Millis
from finantrade.wire.klines import ContinuousKlineEvent, KlineEvent
from finantrade.wire.payloads import Amount, Count, Number, Payload, Price, Time

Facts = tuple[Message, ...]


class MarkPriceEvent(
    Payload,
    tag_field="e",
    tag="markPriceUpdate",
    rename={
        "time": "E", "symbol": "s", "mark": "p", "index": "i", "settle": "P", "rate": "r", "settles_at": "T"
    },
    frozen=True,
    gc=False,
    kw_only=True,
):  # fmt: skip
    """``<symbol>@markPrice@1s``: mark and index price, and the funding rate as it stands."""

    time: Time
    symbol: str
    mark: Price
    index: Price
    settle: Amount = 0.0
    rate: Number | Literal[""]
    """Empty for contracts that expire: they have no funding."""
    settles_at: Time

    def facts(self, received: Millis) -> Facts:
        mark = MarkPrice(self.symbol, self.time, self.mark, self.index)
        if self.rate == "":
            return (mark,)
        return mark, FundingEstimate(self.symbol, self.time, self.rate, self.settles_at)


def mark_price_event(mark: MarkPrice, estimate: FundingEstimate) -> MarkPriceEvent:
    return MarkPriceEvent(
        time=mark.time,
        symbol=mark.symbol,
        mark=mark.mark,
        index=mark.index,
        settle=mark.index,
        rate=estimate.rate,
        settles_at=estimate.settles_at,
    )


class ForcedOrder(
    Payload,
    rename={
        "symbol": "s", "side": "S", "kind": "o", "in_force": "f", "qty": "q", "price": "p", "average_price": "ap",
        "status": "X", "last_filled": "l", "filled": "z", "time": "T",
    },
    frozen=True,
    gc=False,
    kw_only=True,
):  # fmt: skip
    """The order in a forceOrder event."""

    symbol: str
    side: Literal["BUY", "SELL"]
    kind: str = "LIMIT"
    in_force: str = "IOC"
    qty: Price
    price: Amount
    average_price: Price
    status: str = "FILLED"
    last_filled: Amount = 0.0
    filled: Amount = 0.0
    time: Time


class ForceOrderEvent(
    Payload, tag_field="e", tag="forceOrder", rename={"time": "E", "order": "o"}, frozen=True, gc=False, kw_only=True
):
    """``<symbol>@forceOrder``: the largest liquidation of each second, at most one."""

    time: Time
    order: ForcedOrder

    def facts(self, received: Millis) -> Facts:
        order = self.order
        return (Liquidation(order.symbol, order.time, Side[order.side], order.average_price, order.qty),)


def force_order_event(time: Millis, liquidation: Liquidation) -> ForceOrderEvent:
    order = ForcedOrder(
        symbol=liquidation.symbol,
        side="BUY" if liquidation.side is Side.BUY else "SELL",
        qty=liquidation.qty,
        price=liquidation.price,
        average_price=liquidation.price,
        last_filled=liquidation.qty,
        filled=liquidation.qty,
        time=liquidation.time,
    )
    return ForceOrderEvent(time=time, order=order)


class AggTradeEvent(
    Payload,
    tag_field="e",
    tag="aggTrade",
    rename={
        "time": "E", "symbol": "s", "id": "a", "price": "p", "qty": "q", "first_trade": "f", "last_trade": "l",
        "traded_at": "T", "seller_took": "m",
    },
    frozen=True,
    gc=False,
    kw_only=True,
):  # fmt: skip
    """``<symbol>@aggTrade``: trades of one taker at one price, as one."""

    time: Time
    symbol: str
    id: Count
    price: Price
    qty: Amount
    first_trade: Count = -1
    last_trade: Count = -1
    traded_at: Time
    seller_took: bool

    def facts(self, received: Millis) -> Facts:
        return (TradePrice(self.symbol, self.traded_at, self.price),)


def agg_trade_event(trade: TradePrice, *, qty: float, trade_id: int) -> AggTradeEvent:
    return AggTradeEvent(
        time=trade.time,
        symbol=trade.symbol,
        id=trade_id,
        price=trade.price,
        qty=qty,
        first_trade=trade_id,
        last_trade=trade_id,
        traded_at=trade.time,
        seller_took=trade_id % 2 == 0,
    )


class TradeEvent(
    Payload,
    tag_field="e",
    tag="trade",
    rename={"time": "E", "symbol": "s", "price": "p", "qty": "q", "traded_at": "T"},
    frozen=True,
    gc=False,
    kw_only=True,
):
    """``<symbol>@trade``: every single trade."""

    time: Time
    symbol: str
    price: Price
    qty: Amount
    traded_at: Time

    def facts(self, received: Millis) -> Facts:
        return (TradePrice(self.symbol, self.traded_at, self.price),)


class BookTickerEvent(
    Payload,
    tag_field="e",
    tag="bookTicker",
    rename={
        "update": "u", "symbol": "s", "bid": "b", "bid_qty": "B", "ask": "a", "ask_qty": "A", "matched_at": "T",
        "time": "E",
    },
    frozen=True,
    gc=False,
    kw_only=True,
):  # fmt: skip
    """``<symbol>@bookTicker``: best bid and ask, whenever they change. The spot market's has neither tag nor times."""

    update: Count
    symbol: str
    bid: Amount
    bid_qty: Amount
    ask: Amount
    ask_qty: Amount
    matched_at: Time = 0
    time: Time = 0

    def facts(self, received: Millis) -> Facts:
        time = self.matched_at or received
        return (Quote(self.symbol, time, self.bid, self.bid_qty, self.ask, self.ask_qty),)


def book_ticker_event(quote: Quote, update: int) -> BookTickerEvent:
    return BookTickerEvent(
        update=update,
        symbol=quote.symbol,
        bid=quote.bid,
        bid_qty=quote.bid_qty,
        ask=quote.ask,
        ask_qty=quote.ask_qty,
        matched_at=quote.time,
        time=quote.time,
    )


class DepthEvent(Payload, tag_field="e", tag="depthUpdate", frozen=True, gc=False, kw_only=True):
    """``<symbol>@depth``: changes of the order book, which nothing here uses."""

    def facts(self, received: Millis) -> Facts:
        return ()


Event = (
    KlineEvent
    | ContinuousKlineEvent
    | MarkPriceEvent
    | ForceOrderEvent
    | AggTradeEvent
    | TradeEvent
    | BookTickerEvent
    | DepthEvent
)
