"""Wilder's directional movement: how one-sided the movement is, whichever way it goes."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import ratios, smoothing
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.volatility import WILDER, atr


def plus_dm(n: int) -> Feature:
    """Wilder's average of upward directional movement."""
    return Feature(
        name=named("plus_dm", n),
        group=Group.TREND,
        inputs=(Column.HIGH, Column.LOW),
        kernel=smoothing.directional,
        parameters=(n, 1),
        state=5,
        lookback=n + 1,
        unit=Unit.PRICE,
        source=WILDER,
        why="How far new highs reach beyond the old ones.",
        formula="wilder(up if up > down and up > 0 else 0, length), up = high - high[1], down = low[1] - low",
        low=0.0,
        memory=Memory.FADING,
    )


def minus_dm(n: int) -> Feature:
    """Wilder's average of downward directional movement."""
    return Feature(
        name=named("minus_dm", n),
        group=Group.TREND,
        inputs=(Column.HIGH, Column.LOW),
        kernel=smoothing.directional,
        parameters=(n, -1),
        state=5,
        lookback=n + 1,
        unit=Unit.PRICE,
        source=WILDER,
        why="How far new lows reach beyond the old ones.",
        formula="wilder(down if down > up and down > 0 else 0, length), up = high - high[1], down = low[1] - low",
        low=0.0,
        memory=Memory.FADING,
    )


def plus_di(n: int) -> Feature:
    """Upward movement in percent of the average true range."""
    return Feature(
        name=named("plus_di", n),
        group=Group.TREND,
        inputs=(plus_dm(n), atr(n)),
        kernel=ratios.percent_of,
        unit=Unit.PERCENT,
        source=WILDER,
        why="The share of the movement that goes up.",
        formula="100 * plus_dm / atr; 0 where there was no range",
        low=0.0,
    )


def minus_di(n: int) -> Feature:
    """Downward movement in percent of the average true range."""
    return Feature(
        name=named("minus_di", n),
        group=Group.TREND,
        inputs=(minus_dm(n), atr(n)),
        kernel=ratios.percent_of,
        unit=Unit.PERCENT,
        source=WILDER,
        why="The share of the movement that goes down.",
        formula="100 * minus_dm / atr; 0 where there was no range",
        low=0.0,
    )


def dx(n: int) -> Feature:
    """The two indicators' distance in percent of their sum."""
    return Feature(
        name=named("dx", n),
        group=Group.TREND,
        inputs=(plus_di(n), minus_di(n)),
        kernel=ratios.percent_apart,
        unit=Unit.PERCENT,
        source=WILDER,
        why="How one-sided the movement is at present.",
        formula="100 * |plus_di - minus_di| / (plus_di + minus_di); 0 where both are",
        low=0.0,
        high=100.0,
    )


def adx(n: int) -> Feature:
    """Wilder's average of dx."""
    return Feature(
        name=named("adx", n),
        group=Group.TREND,
        inputs=(dx(n),),
        kernel=smoothing.wilder,
        parameters=(n,),
        state=2,
        lookback=n,
        unit=Unit.PERCENT,
        source=WILDER,
        why="Whether there is a trend at all.",
        formula="wilder(dx, length)",
        low=0.0,
        high=100.0,
        memory=Memory.FADING,
    )


_LENGTH = (length(14),)
KINDS = (
    Kind("plus_dm", plus_dm, _LENGTH),
    Kind("minus_dm", minus_dm, _LENGTH),
    Kind("plus_di", plus_di, _LENGTH),
    Kind("minus_di", minus_di, _LENGTH),
    Kind("dx", dx, _LENGTH),
    Kind("adx", adx, _LENGTH),
)
