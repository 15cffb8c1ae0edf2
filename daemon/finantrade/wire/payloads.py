"""Payloads as the exchange writes them: typed structs that are read from bytes or parsed objects, and written again.

1. On this exchange's wire every fractional number is text (``"61800.20"``), every whole one a number. So a struct says
   ``float`` where there is text: reading is done in msgspec's lax mode, which takes either and refuses ``NaN``,
   infinities, blanks and underscores by the bounds of ``Price``, ``Amount`` and ``Number``; writing turns every float
   into text.
2. Reading fails in one way: with ``WireError``, after a closer look at what came instead: a page, a refusal, an error
   of the client library, garbled text, or JSON of another shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar, cast

import msgspec

from finantrade.domain.units import Millis
from finantrade.wire.errors import Trouble, WireError, shortened

Raw = bytes | bytearray | str
"""Text as it came, or else an object that somebody has parsed already: both are read by one definition."""

Price = Annotated[float, msgspec.Meta(gt=0, lt=1e15)]
Amount = Annotated[float, msgspec.Meta(ge=0, lt=1e18)]
Number = Annotated[float, msgspec.Meta(gt=-1e18, lt=1e18)]
Time = Annotated[Millis, msgspec.Meta(ge=0, lt=10**14)]
"""Milliseconds: a stamp in microseconds is out of bounds, and is not silently taken for the year 50 000."""
Count = Annotated[int, msgspec.Meta(ge=-1, le=2**63 - 1)]
"""Identifiers and counts; -1 stands for none."""

UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError)
BANNED_UNTIL = re.compile(r"banned until ([0-9]{13})\b")

T = TypeVar("T")
_Fields = dict[str, Any]


class Payload(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A payload, or a part of one. Fields that we do not name are let through: exchanges add some every year."""


class Refused(Payload, frozen=True, gc=False, kw_only=True):
    """How the exchange says no: ``{"code": -1121, "msg": "Invalid symbol."}``."""

    code: int
    msg: str


class Reader(Generic[T]):
    """Reads one kind of payload; ``expected`` names it in errors. Raises WireError and nothing else."""

    def __init__(self, kind: Any, expected: str) -> None:
        self._kind = kind
        self._expected = expected
        self._decode: Callable[[Raw], T] = msgspec.json.Decoder(kind, strict=False).decode

    def read(self, payload: object) -> T:
        """Read bytes or text, or what was parsed from them."""
        if not isinstance(payload, bytes | bytearray | str):
            return self.convert(payload)
        try:
            return self._decode(payload)
        except UNREADABLE as error:
            raise misread(parsed(payload, self._expected), self._expected, error) from None

    def convert(self, found: object) -> T:
        """Read what was parsed, text included, which is not parsed again."""
        try:
            return cast("T", msgspec.convert(found, self._kind, strict=False))
        except UNREADABLE as error:
            raise misread(found, self._expected, error) from None


def parsed(payload: Raw, expected: str) -> object:
    """Parse text. Raises WireError where it is no JSON."""
    try:
        return msgspec.json.decode(payload)
    except UNREADABLE as error:
        raise _unparsed(payload, expected, error) from None


def misread(found: object, expected: str, error: BaseException) -> WireError:
    """Return what is to be said of a parsed payload that is not what was expected."""
    return _refusal(found, expected) or WireError(
        Trouble.SHAPE, expected, f"{shortened(str(error))} in {shortened(found)}"
    )


def write(payload: object) -> bytes:
    """Return the bytes of a payload as the exchange sends them."""
    return msgspec.json.encode(plain(payload))


def plain(payload: object) -> Any:
    """Return a payload as a JSON parser would give it, fractional numbers as text."""
    return _with_text(msgspec.to_builtins(payload))


def number_text(value: float) -> str:
    """Return a float as the exchange prints numbers: shortest, never with an exponent."""
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")


def _with_text(value: Any) -> Any:
    match value:
        case float():
            return number_text(value)
        case dict():
            fields = cast("dict[str, Any]", value)
            return {name: _with_text(one) for name, one in fields.items()}
        case list() | tuple():
            return [_with_text(one) for one in cast("list[Any]", value)]
        case _:
            return value


def _unparsed(payload: Raw, expected: str, error: BaseException) -> WireError:
    start = payload[:200] if isinstance(payload, str) else bytes(payload[:200]).decode("utf-8", "replace")
    if start.lstrip("\ufeff \t\r\n")[:1] == "<":
        return WireError(Trouble.HTML, expected, f"a page: {shortened(payload)}")
    reason = error if isinstance(error, msgspec.MsgspecError) else type(error).__name__
    return WireError(Trouble.NOT_JSON, expected, f"{reason}: {shortened(payload) or 'nothing'}")


def _said(fields: _Fields) -> str:
    return shortened(f"{fields.get('type', 'error')} {fields.get('m', '')}".strip())


def _refusal(payload: object, expected: str) -> WireError | None:
    match payload:
        case {"e": "error"}:
            return WireError(Trouble.DISCONNECTED, expected, f"a lost connection: {_said(cast('_Fields', payload))}")
        case {"code": int(code), "msg": str(words)} | {"error": {"code": int(code), "msg": str(words)}} if code:
            ban = BANNED_UNTIL.search(words)
            until = int(ban[1]) if ban else None
            return WireError(Trouble.REFUSED, expected, f"refusal {code}: {shortened(words)}", code=code, until=until)
        case _:
            return None
