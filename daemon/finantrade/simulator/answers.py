"""Requests and answers of the simulated REST interface, apart from any server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from finantrade.domain.units import Millis, timeframe_ms
from finantrade.wire.payloads import Refused, write

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Asked:
    """The ``number``-th request, and when it came by the exchange's time."""

    number: int
    path: str
    query: Mapping[str, str]
    now: Millis


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, after ``delay_ms`` of the exchange's time; with ``hangs_up`` nothing, and the line is cut."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_ms: Millis = 0
    hangs_up: bool = False


class Refusal(Exception):
    """The exchange says no, with a code of its own."""

    def __init__(self, code: int, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code = code
        self.status = status

    def answer(self, headers: Mapping[str, str]) -> Answer:
        """Return what is sent."""
        return Answer(self.status, write(Refused(code=self.code, msg=str(self))), headers=headers)


def needed(query: Mapping[str, str], name: str) -> str:
    """Return a parameter that has to be there."""
    if not query.get(name):
        raise Refusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    return query[name]


def moment(query: Mapping[str, str], name: str) -> Millis | None:
    """Return a time, None where it was not sent."""
    return None if name not in query else _whole(query, name)


def limit_of(query: Mapping[str, str], usual: int, most: int) -> int:
    """Return how many rows are wanted."""
    limit = _whole(query, "limit") if "limit" in query else usual
    if not 1 <= limit <= most:
        raise Refusal(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def length_of(query: Mapping[str, str], name: str) -> Millis:
    """Return the length of a candle or period."""
    try:
        return timeframe_ms(needed(query, name))
    except ValueError:
        raise Refusal(-1120, f"Invalid {name}.") from None


def _whole(query: Mapping[str, str], name: str) -> int:
    text = query[name]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)
