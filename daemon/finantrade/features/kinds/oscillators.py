"""Oscillators: how one-sided or overdone the movement of late has been."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, FeatureError, Group, Memory, Unit
from finantrade.features.kernels import averages, extremes, oscillators, ratios
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.momentum import highest, lowest, rsi
from finantrade.features.kinds.prices import median_price, typical_price
from finantrade.features.kinds.returns import close_lag

EHLERS = "bars; Ehlers 2002, Using the Fisher transform"


def stoch_rsi(n: int, m: int) -> Feature:
    """Where the RSI lies in its own range of the last m values, in percent."""
    return Feature(
        name=named("stoch_rsi", n, m),
        group=Group.MOMENTUM,
        inputs=(rsi(n),),
        kernel=extremes.place_among,
        parameters=(m, 100.0),
        state=4 + 2 * m,
        lookback=m,
        unit=Unit.PERCENT,
        source="bars; Chande and Kroll 1994, The New Technical Trader",
        why="Turns sooner than the RSI, which seldom reaches its own limits.",
        formula="100 * (rsi - min(rsi, window)) / (max(rsi, window) - min(rsi, window)); 50 where they are the same",
        low=0.0,
        high=100.0,
    )


def cci(n: int) -> Feature:
    """Lambert's commodity channel index."""
    return Feature(
        name=named("cci", n),
        group=Group.MOMENTUM,
        inputs=(typical_price(),),
        kernel=oscillators.cci,
        parameters=(n,),
        state=1 + n,
        lookback=n,
        unit=Unit.RATIO,
        source="bars; Lambert 1980, Commodity channel index",
        why="How far the price has left its usual place, by its usual distance.",
        formula="(typical - mean) / (0.015 * mean(|typical - mean|)), means over length; 0 where nothing moved",
    )


def williams_r(n: int) -> Feature:
    """How far below the top of the last n bars the close is, in percent below zero."""
    return Feature(
        name=named("williams_r", n),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE, highest(n), lowest(n)),
        kernel=ratios.place,
        parameters=(-100.0,),
        unit=Unit.PERCENT,
        source="bars; Williams 1973, How I made one million dollars",
        why="Whether the close gives back or defends a move.",
        formula="-100 * (highest - close) / (highest - lowest); -50 where they are the same",
        low=-100.0,
        high=0.0,
    )


def roc(n: int) -> Feature:
    """Change of the close over n bars, in percent."""
    return Feature(
        name=named("roc", n),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE, close_lag(n)),
        kernel=ratios.percent_change,
        unit=Unit.PERCENT,
        source="bars",
        why="The plainest momentum there is.",
        formula="100 * (close / close[length] - 1)",
        low=-100.0,
    )


def mfi(n: int) -> Feature:
    """Money flow index: an RSI of what was traded."""
    return Feature(
        name=named("mfi", n),
        group=Group.MOMENTUM,
        inputs=(typical_price(), Column.VOLUME),
        kernel=oscillators.money_flow,
        parameters=(n,),
        state=6 + 2 * n,
        lookback=n + 1,
        unit=Unit.PERCENT,
        source="bars; Quong and Soudack 1989, Volume-weighted RSI: money flow",
        why="Whether money goes with the rises or with the falls.",
        formula="100 * sum(flow where typical rose) / sum(flow where it changed), flow = typical * volume; 50 if none",
        low=0.0,
        high=100.0,
    )


def cmo(n: int) -> Feature:
    """Chande's momentum oscillator, of plain sums as he defined it."""
    return Feature(
        name=named("cmo", n),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE, close_lag(1)),
        kernel=oscillators.chande_momentum,
        parameters=(n,),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.PERCENT,
        source="bars; Chande and Kroll 1994, The New Technical Trader",
        why="Net movement as a share of all movement.",
        formula="100 * sum(change, length) / sum(|change|, length); 0 where nothing moved",
        low=-100.0,
        high=100.0,
    )


def tsi(first: int, second: int) -> Feature:
    """Blau's true strength index."""
    return Feature(
        name=named("tsi", first, second),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE, close_lag(1)),
        kernel=oscillators.true_strength,
        parameters=(first, second),
        state=8,
        lookback=first + second - 1,
        unit=Unit.PERCENT,
        source="bars; Blau 1991, True strength index",
        why="Momentum with most of its noise taken out and little lag.",
        formula="100 * ema(ema(change, first), second) / ema(ema(|change|, first), second); 0 where nothing moved",
        low=-100.0,
        high=100.0,
        memory=Memory.FADING,
    )


def ultimate(short: int, middle: int, long: int) -> Feature:
    """Williams' ultimate oscillator. Raises FeatureError unless the lengths increase."""
    name = named("ultimate", short, middle, long)
    if not short < middle < long:
        raise FeatureError(f"{name}: expected lengths that increase, found {short}, {middle} and {long}")
    return Feature(
        name=name,
        group=Group.MOMENTUM,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE, close_lag(1)),
        kernel=oscillators.ultimate,
        parameters=(short, middle, long),
        state=12 + 2 * (short + middle + long),
        lookback=long,
        unit=Unit.PERCENT,
        source="bars; Williams 1985, The ultimate oscillator",
        why="Buying pressure over three horizons at once, so that none of them misleads.",
        formula="100 * (4 a + 2 b + c) / 7, each sum(close - min(low, close[1])) / sum(true range) of its length",
        low=0.0,
        high=100.0,
    )


def awesome(fast: int, slow: int) -> Feature:
    """Williams' awesome oscillator. Raises FeatureError unless fast is the shorter."""
    name = named("awesome", fast, slow)
    if fast >= slow:
        raise FeatureError(f"{name}: expected a fast length below the slow one, found {fast} and {slow}")
    return Feature(
        name=name,
        group=Group.MOMENTUM,
        inputs=(median_price(),),
        kernel=averages.mean_gap,
        parameters=(fast, slow),
        state=4 + fast + slow,
        lookback=slow,
        unit=Unit.PRICE,
        source="bars; Williams 1998, New trading dimensions",
        why="Whether the middle of the bars runs ahead of where it has been.",
        formula="sma(median, fast) - sma(median, slow)",
    )


def fisher(n: int) -> Feature:
    """Ehlers' Fisher transform of the median price."""
    return Feature(
        name=named("fisher", n),
        group=Group.MOMENTUM,
        inputs=(median_price(),),
        kernel=oscillators.fisher,
        parameters=(n,),
        state=6 + 2 * n,
        lookback=n,
        unit=Unit.RATIO,
        source=EHLERS,
        why="Makes turns sharp: extremes are rare and far out.",
        formula="log((1 + x) / (1 - x)) / 2 + fisher / 2, x = 0.66 * (place in the range - 0.5) + 0.67 x, within 0.999",
        low=-7.7,
        high=7.7,
        memory=Memory.FADING,
    )


KINDS = (
    Kind("stoch_rsi", stoch_rsi, (length(14), length(14, name="window"))),
    Kind("cci", cci, (length(20, low=2),)),
    Kind("williams_r", williams_r, (length(14),)),
    Kind("roc", roc, (length(10),)),
    Kind("mfi", mfi, (length(14),)),
    Kind("cmo", cmo, (length(14),)),
    Kind("tsi", tsi, (length(25, name="first"), length(13, name="second"))),
    Kind("ultimate", ultimate, (length(7, name="short"), length(14, name="middle"), length(28, name="long"))),
    Kind("awesome", awesome, (length(5, name="fast"), length(34, name="slow"))),
    Kind("fisher", fisher, (length(10),)),
)
