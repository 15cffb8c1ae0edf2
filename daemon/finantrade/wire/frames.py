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
from finantrade.wire.events import BookTickerEvent, Event
from finantrade.wire.payloads import UNREADABLE, Payload, Raw, Reader, misread, parsed, plain

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
_several = Reader[Event | tuple[Event, ...]](Event | tuple[Event, ...], EXPECTED)
_book = Reader[BookTickerEvent](BookTickerEvent, "a book ticker")


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
        refused = error
    return _look_again(cast("object", frame), refused)


def wrapped_bytes(stream: str, event: bytes) -> bytes:
    """Return a frame of a combined stream around the bytes of an event, whatever they are."""
    return b'{"stream":' + msgspec.json.encode(stream) + b',"data":' + event + b"}"


def untagged(event: BookTickerEvent) -> dict[str, Any]:
    """Return a book ticker as the spot market sends it: without tag and times."""
    return {name: value for name, value in plain(event).items() if name in NAMELESS_BOOK}


def _begins_bare(frame: Raw) -> bool:
    return frame.startswith('{"e":') if isinstance(frame, str) else frame.startswith(b'{"e":')


def _look_again(frame: object, error: BaseException) -> Event | tuple[Event, ...] | Reply | None:
    found = parsed(frame, EXPECTED) if isinstance(frame, bytes | bytearray | str) else frame
    if not isinstance(found, dict):
        return _several.convert(found)
    whole = cast("_Fields", found)
    data = whole.get("data") if "stream" in whole else whole
    if not isinstance(data, dict):
        return _several.convert(data)
    fields = cast("_Fields", data)
    if "e" in fields and fields["e"] != "error":
        return _several.convert(fields)
    if fields.keys() >= NAMELESS_BOOK:
        return _book.convert(fields)
    if "lastUpdateId" in fields:
        return None
    if "result" in whole and "id" in whole:
        return _reply.convert(whole)
    raise misread(fields, EXPECTED, error)
