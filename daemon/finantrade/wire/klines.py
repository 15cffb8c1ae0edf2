"""Candles, as websocket events and as the rows that REST answers with.

A row of REST says nothing of whether its candle is closed, and the last one usually is not: the time of the exchange
tells. A candle is closed once its last millisecond is past.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Literal

from finantrade.domain.market import Bar, BarArrived, BarForming
from finantrade.domain.message import Message
from finantrade.domain.units import DAY, SECOND, Millis, timeframe_ms, timeframe_text
from finantrade.wire.errors import Trouble, WireError
from finantrade.wire.payloads import Amount, Count, Number, Payload, Price, Reader, Time

CALENDAR_MONTH = "1M"
"""The one interval whose candles are not all of one length."""
UNUSUAL = {"1s": SECOND, "1w": 7 * DAY}
"""Intervals of the exchange that are no timeframes of ours."""


class Candle(
    Payload,
    rename={
        "open_time": "t", "close_time": "T", "symbol": "s", "interval": "i", "first_trade": "f", "last_trade": "L",
        "open": "o", "close": "c", "high": "h", "low": "l", "volume": "v", "trades": "n", "closed": "x",
        "quote_volume": "q", "taker_buy_volume": "V", "taker_buy_quote_volume": "Q", "ignored": "B",
    },
    frozen=True,
    gc=False,
    kw_only=True,
):  # fmt: skip
    """The candle in a kline event. ``closed`` is the venue's flag, the only thing that makes a bar a closed one."""

    open_time: Time
    close_time: Time
    symbol: str = ""
    interval: str
    first_trade: Count = -1
    last_trade: Count = -1
    open: Price
    close: Price
    high: Price
    low: Price
    volume: Amount
    trades: Count
    closed: bool
    quote_volume: Amount
    taker_buy_volume: Amount
    taker_buy_quote_volume: Amount
    ignored: str = "0"


class KlineEvent(
    Payload,
    tag_field="e",
    tag="kline",
    rename={"time": "E", "symbol": "s", "candle": "k"},
    frozen=True,
    gc=False,
    kw_only=True,
):
    """``<symbol>@kline_<interval>``: the present candle about every 250 ms, and once as closed."""

    time: Time
    symbol: str
    candle: Candle

    def facts(self, received: Millis) -> tuple[Message, ...]:
        return _of_candle(self.time, self.symbol, self.candle)


def kline_event(time: Millis, bar: Bar, *, closed: bool) -> KlineEvent:
    candle = Candle(
        open_time=bar.open_time,
        close_time=bar.close_time,
        symbol=bar.symbol,
        interval=timeframe_text(bar.close_time + 1 - bar.open_time),
        open=bar.open,
        close=bar.close,
        high=bar.high,
        low=bar.low,
        volume=bar.volume,
        trades=int(bar.trades),
        closed=closed,
        quote_volume=bar.quote_volume,
        taker_buy_volume=bar.taker_buy_volume,
        taker_buy_quote_volume=bar.taker_buy_quote_volume,
    )
    return KlineEvent(time=time, symbol=bar.symbol, candle=candle)


class ContinuousKlineEvent(
    Payload,
    tag_field="e",
    tag="continuous_kline",
    rename={"time": "E", "pair": "ps", "contract": "ct", "candle": "k"},
    frozen=True,
    gc=False,
    kw_only=True,
):
    """``<pair>_<contract>@continuousKline_<interval>``: what python-binance's ``kline_futures_socket`` asks for."""

    time: Time
    pair: str
    contract: Literal["PERPETUAL"]
    """The quarterly contracts of a pair would be told as the perpetual one: they are refused."""
    candle: Candle

    def facts(self, received: Millis) -> tuple[Message, ...]:
        return _of_candle(self.time, self.pair, self.candle)


class Row(Payload, array_like=True, frozen=True, gc=False, kw_only=True):
    """A candle as ``klines`` answers it: twelve values in order."""

    open_time: Time
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Amount
    close_time: Time
    quote_volume: Amount
    trades: Count
    taker_buy_volume: Amount
    taker_buy_quote_volume: Amount
    ignored: str = "0"


class PremiumRow(Payload, array_like=True, frozen=True, gc=False, kw_only=True):
    """A candle as ``premiumIndexKlines`` answers it: its values may be negative, its volumes are zero."""

    open_time: Time
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Amount
    close_time: Time


_rows = Reader[tuple[Row, ...]](tuple[Row, ...], "candles")
_premium_rows = Reader[tuple[PremiumRow, ...]](tuple[PremiumRow, ...], "candles of the premium index")


def bars_of(payload: object, symbol: str, server_time: Millis, *, backfilled: bool = False) -> tuple[Bar, ...]:
    """Return the closed bars that ``klines`` or ``markPriceKlines`` answered, without the forming one.

    Raises WireError.
    """
    rows = _rows.read(payload)
    _in_order([row.open_time for row in rows])
    return tuple(_bar(symbol, row, backfilled=backfilled) for row in rows if row.close_time < server_time)


def opened_of(payload: object) -> tuple[Millis, ...]:
    """Return when the candles that ``klines`` answered opened, the forming one among them. Raises WireError."""
    times = [row.open_time for row in _rows.read(payload)]
    _in_order(times)
    return tuple(times)


def premium_bars_of(payload: object, symbol: str, server_time: Millis) -> tuple[Bar, ...]:
    """Return the closed candles of the premium index, shares for prices, without the forming one. Raises WireError."""
    rows = _premium_rows.read(payload)
    _in_order([row.open_time for row in rows])
    for row in rows:
        _check(row)
    return tuple(
        Bar(symbol, row.open_time, row.close_time, row.open, row.high, row.low, row.close, row.volume)
        for row in rows
        if row.close_time < server_time
    )


def row_of(bar: Bar) -> Row:
    return Row(
        open_time=bar.open_time,
        open=bar.open,
        high=bar.high,
        low=bar.low,
        close=bar.close,
        volume=bar.volume,
        close_time=bar.close_time,
        quote_volume=bar.quote_volume,
        trades=int(bar.trades),
        taker_buy_volume=bar.taker_buy_volume,
        taker_buy_quote_volume=bar.taker_buy_quote_volume,
    )


def _in_order(times: list[Millis]) -> None:
    for earlier, later in pairwise(times):
        if later <= earlier:
            raise WireError(Trouble.SHAPE, "candles in order of time", f"{later} after {earlier}")


def _check(candle: Candle | Row | PremiumRow) -> None:
    if not (candle.low <= candle.open <= candle.high and candle.low <= candle.close <= candle.high):
        raise WireError(Trouble.SHAPE, "low ≤ open and close ≤ high", candle)
    if candle.close_time <= candle.open_time:
        raise WireError(Trouble.SHAPE, "a candle that ends after it begins", candle)


def _bar(symbol: str, candle: Candle | Row, *, backfilled: bool = False) -> Bar:
    _check(candle)
    return Bar(
        symbol,
        candle.open_time,
        candle.close_time,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume,
        candle.quote_volume,
        float(candle.trades),
        candle.taker_buy_volume,
        candle.taker_buy_quote_volume,
        backfilled,
    )


def _of_candle(time: Millis, symbol: str, candle: Candle) -> tuple[Message, ...]:
    bar = _bar(symbol, candle)
    length = _length_of(candle.interval)
    if length is not None and bar.close_time + 1 - bar.open_time != length:
        raise WireError(Trouble.SHAPE, f"a candle as long as its interval, {candle.interval}", candle)
    return (BarArrived(bar) if candle.closed else BarForming(time, bar),)


@lru_cache(maxsize=64)
def _length_of(interval: str) -> Millis | None:
    if interval == CALENDAR_MONTH:
        return None
    try:
        return UNUSUAL[interval] if interval in UNUSUAL else timeframe_ms(interval)
    except ValueError as error:
        raise WireError(Trouble.SHAPE, "a candle of an interval", error) from None
