"""How much the price moves, and bands as wide as that."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import ratios, smoothing, windows
from finantrade.features.kind import Kind, Parameter, length, named
from finantrade.features.kinds.trend import sma

BOLLINGER = "bars; Bollinger 2001, Bollinger on Bollinger Bands"
WILDER = "bars; Wilder 1978, New Concepts in Technical Trading Systems"


def true_range() -> Feature:
    """The bar's range, widened to the last close."""
    return Feature(
        name="true_range",
        group=Group.VOLATILITY,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=smoothing.true_range,
        state=2,
        lookback=2,
        unit=Unit.PRICE,
        source=WILDER,
        why="The whole way the price has gone since the last close.",
        formula="max(high, close[1]) - min(low, close[1])",
        low=0.0,
    )


def atr(n: int) -> Feature:
    """Wilder's average of the true range."""
    return Feature(
        name=named("atr", n),
        group=Group.VOLATILITY,
        inputs=(true_range(),),
        kernel=smoothing.wilder,
        parameters=(n,),
        state=2,
        lookback=n,
        unit=Unit.PRICE,
        source=WILDER,
        why="How far a bar usually goes: the measure for stops.",
        formula="wilder(true_range, length)",
        low=0.0,
        memory=Memory.FADING,
    )


def std(n: int) -> Feature:
    """Population standard deviation of the last n closes."""
    return Feature(
        name=named("std", n),
        group=Group.VOLATILITY,
        inputs=(Column.CLOSE,),
        kernel=windows.std,
        parameters=(n,),
        state=4 + n,
        lookback=n,
        unit=Unit.PRICE,
        source="bars",
        why="How far closes lie from their mean.",
        formula="sqrt(sum((close - sma)^2, length) / length)",
        low=0.0,
    )


def bb_upper(n: int, k: float) -> Feature:
    """Mean of the last n closes plus k deviations."""
    return Feature(
        name=named("bb_upper", n, k),
        group=Group.VOLATILITY,
        inputs=(sma(n), std(n)),
        kernel=ratios.band,
        parameters=(k,),
        unit=Unit.PRICE,
        source=BOLLINGER,
        why="A level that the price seldom exceeds.",
        formula="sma + deviations * std",
    )


def bb_lower(n: int, k: float) -> Feature:
    """Mean of the last n closes minus k deviations."""
    return Feature(
        name=named("bb_lower", n, k),
        group=Group.VOLATILITY,
        inputs=(sma(n), std(n)),
        kernel=ratios.band,
        parameters=(-k,),
        unit=Unit.PRICE,
        source=BOLLINGER,
        why="A level that the price seldom falls below.",
        formula="sma - deviations * std",
    )


def bb_width(n: int, k: float) -> Feature:
    """Distance of the bands as a fraction of their middle."""
    return Feature(
        name=named("bb_width", n, k),
        group=Group.VOLATILITY,
        inputs=(bb_upper(n, k), bb_lower(n, k), sma(n)),
        kernel=ratios.relative_width,
        unit=Unit.FRACTION,
        source=BOLLINGER,
        why="Whether the market is quiet or wild, comparable between prices of any level.",
        formula="(bb_upper - bb_lower) / sma",
        low=0.0,
    )


def bb_percent(n: int, k: float) -> Feature:
    """Where the close lies between the bands: 0 the lower, 1 the upper (%B)."""
    return Feature(
        name=named("bb_percent", n, k),
        group=Group.VOLATILITY,
        inputs=(Column.CLOSE, bb_lower(n, k), bb_upper(n, k)),
        kernel=ratios.place,
        parameters=(1.0,),
        unit=Unit.FRACTION,
        source=BOLLINGER,
        why="How far the price is stretched.",
        formula="(close - bb_lower) / (bb_upper - bb_lower); 0.5 where they are the same",
    )


_BANDS = (length(20, low=2), Parameter("deviations", 2, low=0.1, high=10, fraction=True))
KINDS = (
    Kind("true_range", true_range),
    Kind("atr", atr, (length(14),)),
    Kind("std", std, (length(20, low=2),)),
    Kind("bb_upper", bb_upper, _BANDS),
    Kind("bb_lower", bb_lower, _BANDS),
    Kind("bb_width", bb_width, _BANDS),
    Kind("bb_percent", bb_percent, _BANDS),
)
