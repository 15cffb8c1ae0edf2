"""What ``features list``, ``features describe`` and the reference say of a feature in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from math import isinf

from finantrade.features.description import Description

USUAL_TIMEFRAME = "15m"
RESTS = {
    "window": "the bars of its warm-up and nothing before them",
    "fading": "all bars since the start, each counting less with every new one",
    "event": "all bars since the price or the day last turned; where swings are needed, missing before the first",
    "start": "all bars since the start: only its changes can be compared",
}
"""What each ``Memory`` means."""


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
