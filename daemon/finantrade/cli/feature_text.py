"""What ``features list``, ``features describe`` and the reference say of a feature in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import isinf
from typing import TypeVar

from finantrade.features.description import Description

T = TypeVar("T")
USUAL_TIMEFRAME = "15m"
COMMON = "of common use"
"""The source of what nobody has to be named for."""
RESTS = {
    "window": "the bars of its warm-up and nothing before them",
    "fading": "all bars since the start, each counting less with every new one",
    "event": "all since the price, the day or a figure beside the bars last turned; missing before the first of these",
    "start": "all bars since the start: only its changes can be compared",
}
"""What each ``Memory`` means."""

HIGHER = "higher timeframes"
GROUPS: Mapping[str, str] = {
    "trend": "Where the price is going, and how surely: averages, lines, channels, stops that follow.",
    "momentum": "How far and how fast the price has run, most of it on a bounded scale.",
    "volatility": "How much the price moves, whichever way: for stops, for sizes, for telling calm from storm.",
    "volume": "How much is traded, by whom, and at which price.",
    "candle": "The shape of single bars and of a few in a row. A dot marks a pattern: green says up, orange down.",
    "structure": "Swings, breaks of them, levels and gaps, each told at the bar at which it is known.",
    "microstructure": "What bars give away about the cost and the pressure of trading.",
    "funding": "What leverage costs, how much of it there is, and on which side the crowds stand.",
    "flow": "How the perpetual stands to what it stands for, who is in a hurry, and who is forced out, and where next.",
    "sentiment": "How people say that they feel: mostly a measure of what the price has done to them.",
    "return": "Changes of the price, over bars and within one.",
    "calendar": "The clock: markets without a closing time still have a day, a week and settlements.",
    "raw": "The columns of a bar, and prices that stand for all of it.",
    HIGHER: "Any feature may carry a timeframe: it then knows closed bars of that length only. The usual ones.",
}
"""What a group is about, in the order in which they are told. One that is not here comes last."""


def grouped(found: Iterable[T], described: Callable[[T], Description]) -> dict[str, list[T]]:
    """Return features by group in the order of ``GROUPS``, those of higher timeframes together."""
    groups: dict[str, list[T]] = {}
    for one in found:
        told = described(one)
        groups.setdefault(HIGHER if told.timeframe else told.group, []).append(one)
    order = list(GROUPS)
    return dict(sorted(groups.items(), key=lambda item: order.index(item[0]) if item[0] in GROUPS else len(order)))


def bounds(low: float, high: float) -> str:
    """Return the values that are possible: ``0 to 100``, ``from 0``, ``up to 0``, ``any``."""
    if isinf(low) and isinf(high):
        return "any"
    if isinf(high):
        return f"from {low:g}"
    if isinf(low):
        return f"up to {high:g}"
    return f"{low:g} to {high:g}"


def series_and_source(text: str) -> tuple[str, str]:
    """Split what a declaration calls its source: the series that is read, and who defined the feature, if anybody."""
    series, _, defined = text.partition("; ")
    return series, defined


def matching(found: Iterable[Description], words: Iterable[str]) -> list[Description]:
    """Return those that have every word in name, group, purpose, unit, formula or source."""
    wanted = [word.lower() for word in words]
    return [one for one in found if all(word in _searched(one) for word in wanted)]


def _searched(one: Description) -> str:
    return " ".join((one.name, one.group, one.why, one.unit, one.formula, one.source, *one.inputs)).lower()
