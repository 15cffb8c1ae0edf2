"""The mood of the whole market, once a day: of use where it is extreme."""

from __future__ import annotations

from finantrade.domain.units import DAY
from finantrade.features.declaration import Column, Feature, Group, Kernel, Memory, Unit
from finantrade.features.kernels import context, ratios
from finantrade.features.kind import Kind, length, named
from finantrade.features.series import SERIES

SCORED = SERIES[Column.MOOD].source
FEAR = 25
"""Extreme below this, as its publisher names it."""
GREED = 76
"""Extreme from this on."""


def sentiment() -> Feature:
    """The index of the day."""
    return Feature(
        name="sentiment",
        group=Group.SENTIMENT,
        inputs=(Column.MOOD,),
        kernel=ratios.same,
        unit=Unit.POINTS,
        source=SCORED,
        why="What the crowd feels: 0 is fear, 100 is greed.",
        formula="the newest index",
        low=0.0,
        high=100.0,
    )


def sentiment_zscore(n: int) -> Feature:
    """Distance of the index from the mean of the last n days in standard deviations."""
    return Feature(
        name=named("sentiment_zscore", n),
        group=Group.SENTIMENT,
        inputs=(Column.MOOD_TIME, Column.MOOD),
        kernel=context.event_zscore,
        parameters=(n,),
        state=6 + n,
        span=n * DAY,
        unit=Unit.DEVIATIONS,
        source=SCORED,
        why="Whether the mood is unusual for these weeks.",
        formula="(index - mean(indices, days)) / std(indices, days), the newest included; 0 where there is none",
        memory=Memory.EVENT,
    )


def sentiment_change(n: int) -> Feature:
    """Change of the index over n days, in points."""
    return Feature(
        name=named("sentiment_change", n),
        group=Group.SENTIMENT,
        inputs=(Column.MOOD_TIME, Column.MOOD),
        kernel=context.event_change,
        parameters=(n,),
        state=3 + n,
        span=(n + 1) * DAY,
        unit=Unit.POINTS,
        source=SCORED,
        why="Whether the mood has turned.",
        formula="index - index of the n-th day told before",
        low=-100.0,
        high=100.0,
        memory=Memory.EVENT,
    )


def extreme_fear() -> Feature:
    """Whether the mood is one of extreme fear."""
    return _flag("extreme_fear", context.falls_below, FEAR, f"1 where sentiment < {FEAR}, else 0", "sell in panic")


def extreme_greed() -> Feature:
    """Whether the mood is one of extreme greed."""
    return _flag("extreme_greed", context.reaches, GREED, f"1 where sentiment >= {GREED}, else 0", "buy at any price")


def _flag(name: str, kernel: Kernel, level: int, formula: str, doing: str) -> Feature:
    return Feature(
        name=name,
        group=Group.SENTIMENT,
        inputs=(Column.MOOD,),
        kernel=kernel,
        parameters=(level,),
        unit=Unit.SIGN,
        source=SCORED,
        why=f"When many {doing}, the other side is the rare one.",
        formula=formula,
        low=0.0,
        high=1.0,
    )


KINDS = (
    Kind("sentiment", sentiment),
    Kind("sentiment_zscore", sentiment_zscore, (length(30, low=2, name="days"),)),
    Kind("sentiment_change", sentiment_change, (length(7, name="days"),)),
    Kind("extreme_fear", extreme_fear),
    Kind("extreme_greed", extreme_greed),
)
