"""Websocket frames: an event bare or wrapped with the name of its stream, an answer to a request, or an error.

``facts_of(frame)`` is what a feed calls: bytes or text from a socket, or the object python-binance has parsed from it.
Frames in which there is nothing to tell (answers to a subscription, changes of the order book) give no facts.

The usual frame is read in one pass. Whatever that refuses is looked at again from the parsed object, which finds the
spot market's book ticker (it has no tag), answers, and the words for what is none of these.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.wire.errors import Trouble, WireError, shortened
from finantrade.wire.events import BookTickerEvent, Event
from finantrade.wire.payloads import UNREADABLE, Payload, Raw, Reader, explained, plain

EXPECTED = "a frame of a market stream"
NAMELESS_BOOK = frozenset({"u", "s", "b", "B", "a", "A"})


class Wrapped(Payload, frozen=True, gc=False, kw_only=True):
    """A frame of a combined stream."""

    stream: str
    data: Event | tuple[Event, ...]


class Reply(Payload, frozen=True, gc=False, kw_only=True):
    """The answer to SUBSCRIBE, UNSUBSCRIBE (``result`` is null) or LIST_SUBSCRIPTIONS (stream names)."""

    result: Any
    id: int | str | None


_Fields = dict[str, Any]

_wrapped = msgspec.json.Decoder(Wrapped, strict=False)
_bare = msgspec.json.Decoder(Event, strict=False)
_reply = Reader[Reply](Reply, "the answer to a request")


def facts_of(frame: object, received: Millis = 0) -> tuple[Message, ...]:
    """Return the facts in a frame. Raises WireError."""
    found = read(frame)
    match found:
        case tuple():
            return tuple(fact for event in found for fact in event.facts(received))
        case Reply() | None:
            return ()
        case _:
            return found.facts(received)


def read(frame: object) -> Event | tuple[Event, ...] | Reply | None:
    """Return what is in a frame: one event, several, an answer, or None for a snapshot of the order book.

    Raises WireError.
    """
    try:
        if isinstance(frame, bytes | bytearray | str):
            # Bare events begin with their tag; asking for it spares a failed pass over every frame.
            return _bare.decode(frame) if _begins_bare(frame) else _wrapped.decode(frame).data
        if isinstance(frame, dict) and "data" in frame:
            return msgspec.convert(cast("_Fields", frame), Wrapped, strict=False).data
        return msgspec.convert(frame, Event, strict=False)
    except UNREADABLE as error:
        return _look_again(cast("object", frame), error)


def wrapped_bytes(stream: str, event: bytes) -> bytes:
    """Return a frame of a combined stream around the bytes of an event, whatever they are."""
    return b'{"stream":' + msgspec.json.encode(stream) + b',"data":' + event + b"}"


def untagged(event: BookTickerEvent) -> dict[str, Any]:
    """Return a book ticker as the spot market sends it: without tag and times."""
    return {name: value for name, value in plain(event).items() if name in NAMELESS_BOOK}


def _begins_bare(frame: Raw) -> bool:
    return frame.startswith('{"e":') if isinstance(frame, str) else frame.startswith(b'{"e":')


def _look_again(frame: object, error: BaseException) -> Event | tuple[Event, ...] | Reply | None:
    parsed = frame
    if isinstance(frame, bytes | bytearray | str):
        try:
            parsed = msgspec.json.decode(frame)
        except UNREADABLE:
            raise explained(frame, EXPECTED, error) from None
    if isinstance(parsed, dict):
        fields = cast("_Fields", parsed)
        return _read_parsed(fields.get("data", fields) if "stream" in fields else fields, fields, error)
    return _converted(parsed)


def _read_parsed(data: Any, whole: _Fields, error: BaseException) -> Event | tuple[Event, ...] | Reply | None:
    if not isinstance(data, dict):
        return _converted(data)
    fields = cast("_Fields", data)
    if "e" in fields:
        if fields["e"] == "error":
            raise explained(fields, EXPECTED, error)
        return _converted(fields)
    if fields.keys() >= NAMELESS_BOOK:
        return _book.read(fields)
    if "lastUpdateId" in fields:
        return None
    if "result" in whole and "id" in whole:
        return _reply.read(whole)
    raise explained(whole, EXPECTED, error)


_several = Reader[Event | tuple[Event, ...]](Event | tuple[Event, ...], EXPECTED)
_book = Reader[BookTickerEvent](BookTickerEvent, "a book ticker")


def _converted(data: Any) -> Event | tuple[Event, ...]:
    try:
        return _several.read(data)
    except WireError:
        raise
    except TypeError:
        # A parsed object may hold keys that are no text, which no JSON has.
        raise WireError(Trouble.SHAPE, EXPECTED, shortened(data)) from None
