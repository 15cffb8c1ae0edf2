"""Faults of answers: refused, banned, broken, slow, or no JSON at all. Garbled text comes through streams as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec

from finantrade.domain.units import SECOND, Millis
from finantrade.simulator.answers import HTML, Answer, Asked, Refusal
from finantrade.simulator.faults.fault import Fault, Frame, Strikes
from finantrade.simulator.weights import Overspent
from finantrade.wire.payloads import write

PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
    b"<body><center><h1>502 Bad Gateway</h1></center><hr><center>simulated</center></body></html>\n"
)


class Throttled(Fault):
    """A request is answered with 429, and so is every other until ``wait_ms`` later: all have to back off.

    With ``banned`` it is 418.
    """

    def __init__(self, strikes: Strikes, wait_ms: Millis, *, banned: bool = False) -> None:
        self._strikes = strikes
        self._wait_ms = wait_ms
        self._banned = banned
        self._until: Millis = 0

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        if asked.now >= self._until:
            if not self._strikes(asked.path, asked.number):
                return answer
            self._until = asked.now + self._wait_ms
        overspent = Overspent(self._until, asked.now, banned=self._banned)
        return overspent.refusal.answer({**answer.headers, **overspent.headers})


class ServerErrors(Fault):
    """A request is answered with a status of 500 or more."""

    def __init__(self, strikes: Strikes, status: int = 503) -> None:
        self._strikes = strikes
        self._status = status

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        if not self._strikes(asked.path, asked.number):
            return answer
        words = "Internal error; unable to process your request. Please try again."
        return Refusal(-1001, words, self._status).answer(answer.headers)


class Pages(Fault):
    """A request is answered with a page for people; with ``status`` 200 it looks like an answer."""

    def __init__(self, strikes: Strikes, status: int = 502) -> None:
        self._strikes = strikes
        self._status = status

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        return Answer(self._status, PAGE, HTML) if self._strikes(asked.path, asked.number) else answer


class Truncated(Fault):
    """Text ends in its middle."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        return replace(answer, body=_half(answer.body)) if self._strikes(asked.path, asked.number) else answer

    def frames(self, frame: Frame) -> Sequence[Frame]:
        struck = self._strikes(frame.stream.symbol, frame.due)
        return (replace(frame, garbled=_half(write(frame.told))),) if struck else (frame,)


class Malformed(Fault):
    """Text is JSON of the right kind, with words where numbers should be."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        return replace(answer, body=_worded(answer.body)) if self._strikes(asked.path, asked.number) else answer

    def frames(self, frame: Frame) -> Sequence[Frame]:
        struck = self._strikes(frame.stream.symbol, frame.due)
        return (replace(frame, garbled=_worded(write(frame.told))),) if struck else (frame,)


class Slow(Fault):
    """An answer takes ``by_ms`` of the exchange's time."""

    def __init__(self, strikes: Strikes, by_ms: Millis = 5 * SECOND) -> None:
        self._strikes = strikes
        self._by_ms = by_ms

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        return replace(answer, delay_ms=self._by_ms) if self._strikes(asked.path, asked.number) else answer


class Dropped(Fault):
    """A request, also one for a websocket, gets no answer: the line is cut."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        return replace(answer, hangs_up=True) if self._strikes(asked.path, asked.number) else answer


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _worded(body: bytes) -> bytes:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body  # another fault has been at it already
    return msgspec.json.encode(_with_words(found))


def _with_words(value: Any) -> Any:
    match value:
        case dict():
            fields = cast("dict[str, Any]", value)
            return {name: _with_words(one) for name, one in fields.items()}
        case list():
            return [_with_words(one) for one in cast("list[Any]", value)]
        case str() if value.lstrip("-").replace(".", "").isdigit():
            return "NaN"
        case int() | float() if not isinstance(value, bool):
            return "NaN"
        case _:
            return value
