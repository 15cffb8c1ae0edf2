"""Names of streams, and the requests that subscribe to them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

import msgspec

from finantrade.domain.units import Millis, timeframe_ms
from finantrade.wire.errors import Trouble, WireError, shortened
from finantrade.wire.payloads import Payload, Reader

STREAMS_A_CONNECTION = 1_024
"""As many as the exchange lets one connection have."""

_NAME = re.compile(
    r"(?P<symbol>[^@!/\s]{1,40})@(?P<kind>kline_(?P<interval>\w{2,4})|markPrice|forceOrder|bookTicker|aggTrade)"
    r"(?P<speed>@1s)?|!(?P<every>markPrice|forceOrder)@arr(?P<every_speed>@1s)?"
)


class StreamKind(StrEnum):
    """What a stream tells, by its name there."""

    KLINE = "kline"
    MARK_PRICE = "markPrice"
    FORCE_ORDER = "forceOrder"
    BOOK_TICKER = "bookTicker"
    AGG_TRADE = "aggTrade"


class Stream(msgspec.Struct, frozen=True, order=True):
    """One stream; without a symbol it is that of all symbols. Only klines have an ``interval``, others it is 0."""

    name: str
    kind: StreamKind
    symbol: str
    interval: Millis = 0


class Method(StrEnum):
    SUBSCRIBE = "SUBSCRIBE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    LIST_SUBSCRIPTIONS = "LIST_SUBSCRIPTIONS"


class Request(Payload, frozen=True, gc=False, kw_only=True):
    """What a client sends through a connection."""

    method: Method
    params: Annotated[tuple[str, ...], msgspec.Meta(max_length=STREAMS_A_CONNECTION)] = ()
    id: int | Annotated[str, msgspec.Meta(max_length=36)] | None = None


_request = Reader[Request](Request, "a request to subscribe")


def request_of(payload: object) -> Request:
    """Read what a client sent. Raises WireError."""
    return _request.read(payload)


def stream_of(name: str) -> Stream:
    """Read the name of a stream. Raises WireError where there is none of this name."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise WireError(Trouble.SHAPE, "the name of a stream, such as btcusdt@kline_15m", shortened(name))
    if found["every"]:
        return Stream(name, StreamKind(found["every"]), "")
    kind = StreamKind(found["kind"].split("_")[0])
    if found["speed"] and kind is not StreamKind.MARK_PRICE:
        raise WireError(Trouble.SHAPE, "a speed for mark prices only", shortened(name))
    return Stream(name, kind, found["symbol"].upper(), _interval(name, found["interval"]))


def _interval(name: str, text: str | None) -> Millis:
    if text is None:
        return 0
    try:
        return timeframe_ms(text)
    except ValueError as error:
        raise WireError(Trouble.SHAPE, "an interval that divides the day", f"{error} in {shortened(name)}") from None
