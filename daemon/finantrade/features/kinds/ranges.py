"""Volatility as a deviation of logarithms per bar, by several estimators; and how unusual the present one is."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import extremes, ranges, ratios, windows
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.prices import log_body, log_gap, log_high, log_low, log_range
from finantrade.features.kinds.returns import log_return
from finantrade.features.kinds.volatility import WILDER, atr


def natr(n: int) -> Feature:
    """Average true range in percent of the close."""
    return Feature(
        name=named("natr", n),
        group=Group.VOLATILITY,
        inputs=(atr(n), Column.CLOSE),
        kernel=ratios.percent_of,
        unit=Unit.PERCENT,
        source=WILDER,
        why="How far a bar usually goes, comparable between prices of any level.",
        formula="100 * atr / close",
        low=0.0,
    )


def realised(n: int) -> Feature:
    """Root of the mean squared log return of the last n bars."""
    return Feature(
        name=named("realised", n),
        group=Group.VOLATILITY,
        inputs=(log_return(1),),
        kernel=ranges.realised,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Andersen and Bollerslev 1998, Answering the skeptics",
        why="How much the close moves a bar: what positions are sized by.",
        formula="sqrt(sum(log(close / close[1])^2, length) / length)",
        low=0.0,
    )


def parkinson(n: int) -> Feature:
    """Parkinson's volatility of the last n bars."""
    return Feature(
        name=named("parkinson", n),
        group=Group.VOLATILITY,
        inputs=(log_range(),),
        kernel=ranges.parkinson,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Parkinson 1980, The extreme value method",
        why="Sees what closes hide: five times as exact from the same bars.",
        formula="sqrt(sum(log(high / low)^2, length) / (4 * length * log 2))",
        low=0.0,
    )


def garman_klass(n: int) -> Feature:
    """Garman and Klass' volatility of the last n bars."""
    return Feature(
        name=named("garman_klass", n),
        group=Group.VOLATILITY,
        inputs=(log_range(), log_body()),
        kernel=ranges.garman_klass,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Garman and Klass 1980, On the estimation of security price volatilities",
        why="The most exact estimate from one bar where there is no trend.",
        formula="sqrt(mean(log(high / low)^2 / 2 - (2 log 2 - 1) * log(close / open)^2, length))",
        low=0.0,
    )


def rogers_satchell(n: int) -> Feature:
    """Rogers and Satchell's volatility of the last n bars."""
    return Feature(
        name=named("rogers_satchell", n),
        group=Group.VOLATILITY,
        inputs=(log_high(), log_low(), log_body()),
        kernel=ranges.rogers_satchell,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Rogers and Satchell 1991, Estimating variance from high, low and closing prices",
        why="Volatility that a trend is not mistaken for.",
        formula="sqrt(mean(u * (u - c) + d * (d - c), length)); u, d, c = logs of high, low, close over open",
        low=0.0,
    )


def yang_zhang(n: int) -> Feature:
    """Yang and Zhang's volatility of the last n bars."""
    return Feature(
        name=named("yang_zhang", n),
        group=Group.VOLATILITY,
        inputs=(log_gap(), log_high(), log_low(), log_body()),
        kernel=ranges.yang_zhang,
        parameters=(n,),
        state=10 + 3 * n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Yang and Zhang 2000, Drift-independent volatility estimation",
        why="The same with what happens between two bars.",
        formula="sqrt(var(log(open / close[1])) + k var(log(close / open)) + (1 - k) rogers_satchell^2), variances of "
        "length - 1, k = 0.34 / (1.34 + (length + 1) / (length - 1))",
        low=0.0,
    )


def vol_of_vol(n: int, m: int) -> Feature:
    """Standard deviation of the last m values of the realised volatility."""
    return Feature(
        name=named("vol_of_vol", n, m),
        group=Group.VOLATILITY,
        inputs=(realised(n),),
        kernel=windows.std,
        parameters=(m,),
        state=4 + m,
        lookback=m,
        unit=Unit.FRACTION,
        source="bars; population deviation",
        why="Whether the calm or the storm can be relied on.",
        formula="std(realised(length), window)",
        low=0.0,
    )


def vol_percentile(n: int, m: int) -> Feature:
    """Share of the last m values of the realised volatility that the present one exceeds."""
    return Feature(
        name=named("vol_percentile", n, m),
        group=Group.VOLATILITY,
        inputs=(realised(n),),
        kernel=extremes.rank,
        parameters=(m,),
        state=1 + m,
        lookback=m,
        unit=Unit.FRACTION,
        source="bars; empirical percentile, equal values by half",
        why="Which regime this is: a calm market (0) or a wild one (1) by its own measure.",
        formula="(values below + equal / 2) / (window - 1), of the window - 1 values of realised before",
        low=0.0,
        high=1.0,
    )


_LENGTH = (length(20),)
_OVER = (length(20), length(100, low=2, name="window"))
KINDS = (
    Kind("natr", natr, (length(14),)),
    Kind("realised", realised, _LENGTH),
    Kind("parkinson", parkinson, _LENGTH),
    Kind("garman_klass", garman_klass, _LENGTH),
    Kind("rogers_satchell", rogers_satchell, _LENGTH),
    Kind("yang_zhang", yang_zhang, (length(20, low=2),)),
    Kind("vol_of_vol", vol_of_vol, _OVER),
    Kind("vol_percentile", vol_percentile, _OVER),
)
