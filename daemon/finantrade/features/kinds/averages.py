"""Averages beside the plain and the exponential one, and the straight line through the last closes."""

from __future__ import annotations

from math import isqrt

from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import averages, regression, totals
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.returns import close_lag
from finantrade.features.kinds.trend import sma
from finantrade.features.kinds.volatility import std

KAUFMAN = "bars; Kaufman 1995, Smarter Trading"
REGRESSION = "bars; least squares, any textbook of statistics"


def wma(n: int) -> Feature:
    """Mean of the last n closes, the latest weighing n, the first 1."""
    return Feature(
        name=named("wma", n),
        group=Group.TREND,
        inputs=(Column.CLOSE,),
        kernel=totals.wma,
        parameters=(n,),
        state=3 + n,
        lookback=n,
        unit=Unit.PRICE,
        source="bars",
        why="The price with its noise taken out, nearer to the present than a plain mean.",
        formula="sum(weight * close) / sum(weight), weights 1 to length, the latest the greatest",
        low=0.0,
    )


def hma(n: int) -> Feature:
    """Hull's average: made to lag less."""
    half, root = n // 2, isqrt(n)
    return Feature(
        name=named("hma", n),
        group=Group.TREND,
        inputs=(Column.CLOSE,),
        kernel=averages.hull,
        parameters=(n, half, root),
        state=9 + n + half + root,
        lookback=n + root - 1,
        unit=Unit.PRICE,
        source="bars; Hull 2005, How to reduce lag in a moving average",
        why="A smooth line that turns soon after the price does.",
        formula="wma(2 * wma(close, length // 2) - wma(close, length), isqrt(length))",
    )


def efficiency(n: int) -> Feature:
    """Kaufman's efficiency ratio: how straight the price has gone."""
    return Feature(
        name=named("efficiency", n),
        group=Group.TREND,
        inputs=(Column.CLOSE,),
        kernel=averages.efficiency,
        parameters=(n,),
        state=5 + 2 * n,
        lookback=n + 1,
        unit=Unit.FRACTION,
        source=KAUFMAN,
        why="Tells a trend (1) from going to and fro (0).",
        formula="|close - close[length]| / sum(|close - close[1]|, length); 0 where nothing moved",
        low=0.0,
        high=1.0,
    )


def kama(n: int) -> Feature:
    """Kaufman's adaptive average, between an exponential one of 2 and one of 30."""
    return Feature(
        name=named("kama", n),
        group=Group.TREND,
        inputs=(Column.CLOSE, close_lag(1), efficiency(n)),
        kernel=averages.kama,
        state=2,
        unit=Unit.PRICE,
        source=KAUFMAN,
        why="An average that keeps up with trends and stands still in noise.",
        formula="kama + c * c * (close - kama), c = efficiency * (2/3 - 2/31) + 2/31; seeded with the close before",
        low=0.0,
        memory=Memory.FADING,
    )


def linreg(n: int) -> Feature:
    """End of the straight line through the last n closes."""
    return Feature(
        name=named("linreg", n),
        group=Group.TREND,
        inputs=(wma(n), sma(n)),
        kernel=regression.line_end,
        unit=Unit.PRICE,
        source=REGRESSION,
        why="Where the price would be had it kept to its trend.",
        formula="3 * wma - 2 * sma",
    )


def linreg_slope(n: int) -> Feature:
    """Slope of the straight line through the last n closes, per bar."""
    return Feature(
        name=named("linreg_slope", n),
        group=Group.TREND,
        inputs=(wma(n), sma(n)),
        kernel=regression.line_slope,
        parameters=(n,),
        unit=Unit.PRICE,
        source=REGRESSION,
        why="By how much the trend moves the price a bar.",
        formula="6 * (wma - sma) / (length - 1)",
    )


def linreg_fit(n: int) -> Feature:
    """Share of the variance of the last n closes that the straight line explains (R squared)."""
    return Feature(
        name=named("linreg_fit", n),
        group=Group.TREND,
        inputs=(linreg_slope(n), std(n)),
        kernel=regression.line_fit,
        parameters=(n,),
        unit=Unit.FRACTION,
        source=REGRESSION,
        why="Whether the slope means anything: how near the closes lie to the line.",
        formula="linreg_slope^2 * (length^2 - 1) / (12 * std^2); 0 where nothing moved",
        low=0.0,
        high=1.0,
    )


_LENGTH = (length(14, low=2),)
KINDS = (
    Kind("wma", wma, (length(20),)),
    Kind("hma", hma, (length(20, low=2),)),
    Kind("efficiency", efficiency, (length(10),)),
    Kind("kama", kama, (length(10),)),
    Kind("linreg", linreg, _LENGTH),
    Kind("linreg_slope", linreg_slope, _LENGTH),
    Kind("linreg_fit", linreg_fit, _LENGTH),
)
