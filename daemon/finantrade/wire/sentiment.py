"""The Fear & Greed index, as alternative.me answers it: numbers and times are text, the times in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec

from finantrade.domain.context import FEAR_AND_GREED, Sentiment
from finantrade.domain.units import SECOND
from finantrade.wire.payloads import Payload, Reader, plain

LABELS = ((25, "Extreme Fear"), (46, "Fear"), (55, "Neutral"), (76, "Greed"), (101, "Extreme Greed"))
"""The name of a figure below each of these."""

Seconds = Annotated[int, msgspec.Meta(ge=0, lt=10**11)]
"""Seconds since 1970: a stamp in milliseconds is out of bounds."""
Figure = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Day(Payload, frozen=True, gc=False, kw_only=True):
    """The index of one day; only the newest has ``time_until_update``."""

    value: Figure
    value_classification: str
    timestamp: Seconds


class Metadata(Payload, frozen=True, gc=False, kw_only=True):
    error: str | None = None


class FearAndGreed(Payload, frozen=True, gc=False, kw_only=True):
    """The whole answer."""

    name: Literal["Fear and Greed Index"]
    data: tuple[Day, ...]
    metadata: Metadata


_index = Reader[FearAndGreed](FearAndGreed, "the Fear & Greed index")


def sentiment_of(payload: object) -> tuple[Sentiment, ...]:
    """Return the days in order of time. Raises WireError."""
    days = sorted(_index.read(payload).data, key=lambda day: day.timestamp)
    return tuple(Sentiment(FEAR_AND_GREED, day.timestamp * SECOND, day.value) for day in days)


def answer_of(days: Iterable[Sentiment]) -> dict[str, Any]:
    """Return the answer that tells these days, the newest first."""
    rows = [
        Day(value=day.value, value_classification=label_of(day.value), timestamp=day.time // SECOND)
        for day in sorted(days, key=lambda day: -day.time)
    ]
    answer = plain(FearAndGreed(name="Fear and Greed Index", data=tuple(rows), metadata=Metadata()))
    for row in answer["data"]:
        row["timestamp"] = str(row["timestamp"])
    return answer


def label_of(value: float) -> str:
    """Return what the index calls a figure."""
    return next(name for below, name in LABELS if value < below)
