"""Single prices over REST: trades, as ``aggTrades`` answers them, and the best bid and ask of ``ticker/bookTicker``."""

from __future__ import annotations

from finantrade.domain.market import Quote, TradePrice
from finantrade.domain.units import Millis
from finantrade.wire.payloads import Amount, Count, Payload, Price, Reader, Time


class AggTrade(
    Payload,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        "id": "a", "price": "p", "qty": "q", "first_trade": "f", "last_trade": "l", "time": "T", "seller_took": "m"
    },
):  # fmt: skip
    """Trades of one taker at one price, as one."""

    id: Count
    price: Price
    qty: Amount
    first_trade: Count = -1
    last_trade: Count = -1
    time: Time
    seller_took: bool


class BookTicker(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``ticker/bookTicker``; only the futures market says when."""

    symbol: str
    bid_price: Amount
    bid_qty: Amount
    ask_price: Amount
    ask_qty: Amount
    time: Time = 0


_trades = Reader[tuple[AggTrade, ...]](tuple[AggTrade, ...], "trades")
_books = Reader[BookTicker | tuple[BookTicker, ...]](BookTicker | tuple[BookTicker, ...], "best bids and asks")


def trades_of(payload: object, symbol: str) -> tuple[TradePrice, ...]:
    """Return the trades of a symbol that ``aggTrades`` answered. Raises WireError."""
    return tuple(TradePrice(symbol, row.time, row.price) for row in _trades.read(payload))


def quotes_of(payload: object, received: Millis) -> tuple[Quote, ...]:
    """Return what ``ticker/bookTicker`` answered, at the time ``received`` where it tells none. Raises WireError."""
    found = _books.read(payload)
    return tuple(
        Quote(one.symbol, one.time or received, one.bid_price, one.bid_qty, one.ask_price, one.ask_qty)
        for one in (found if isinstance(found, tuple) else (found,))
    )
