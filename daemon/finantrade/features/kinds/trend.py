"""Where the price is going: averages, and the difference between two of them."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, FeatureError, Group, Memory, Unit
from finantrade.features.kernels import ratios, smoothing, windows
from finantrade.features.kind import Kind, length, named

APPEL = "bars; Appel 1979, moving average convergence divergence"


def ema(n: int) -> Feature:
    """Exponential average of closes, seeded with the first, shown from the n-th on."""
    return Feature(
        name=named("ema", n),
        group=Group.TREND,
        inputs=(Column.CLOSE,),
        kernel=smoothing.ema,
        parameters=(n,),
        state=2,
        lookback=n,
        unit=Unit.PRICE,
        source="bars",
        why="The price with the noise of about n bars taken out, recent ones counting most.",
        formula="ema(close, length): the first close, then ema + 2 / (length + 1) * (close - ema)",
        low=0.0,
        memory=Memory.FADING,
    )


def sma(n: int) -> Feature:
    """Mean of the last n closes."""
    return Feature(
        name=named("sma", n),
        group=Group.TREND,
        inputs=(Column.CLOSE,),
        kernel=windows.sma,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.PRICE,
        source="bars",
        why="The price with the noise of n bars taken out, all counting the same.",
        formula="sum(close, length) / length",
        low=0.0,
    )


def trend(n: int) -> Feature:
    """How far the close is above its exponential average, as a fraction of it."""
    return Feature(
        name=named("trend", n),
        group=Group.TREND,
        inputs=(Column.CLOSE, ema(n)),
        kernel=ratios.change,
        unit=Unit.FRACTION,
        source="bars",
        why="Direction and strength of the trend, comparable between prices of any level.",
        formula="close / ema(close, length) - 1",
        low=-1.0,
    )


def macd(fast: int, slow: int, signal: int) -> Feature:
    """EMA fast minus EMA slow. Raises FeatureError unless fast is the shorter."""
    name = named("macd", fast, slow, signal)
    if fast >= slow:
        raise FeatureError(f"{name}: expected a fast length below the slow one, found {fast} and {slow}")
    return Feature(
        name=name,
        group=Group.TREND,
        inputs=(ema(fast), ema(slow)),
        kernel=ratios.difference,
        unit=Unit.PRICE,
        source=APPEL,
        why="Whether the price of late runs ahead of that of a while ago.",
        formula="ema(close, fast) - ema(close, slow)",
    )


def macd_signal(fast: int, slow: int, signal: int) -> Feature:
    """Exponential average of the MACD line."""
    return Feature(
        name=named("macd_signal", fast, slow, signal),
        group=Group.TREND,
        inputs=(macd(fast, slow, signal),),
        kernel=smoothing.ema,
        parameters=(signal,),
        state=2,
        lookback=signal,
        unit=Unit.PRICE,
        source=APPEL,
        why="The MACD line with its own noise taken out, to be crossed by it.",
        formula="ema(macd, signal)",
        memory=Memory.FADING,
    )


def macd_hist(fast: int, slow: int, signal: int) -> Feature:
    """MACD line minus its signal."""
    return Feature(
        name=named("macd_hist", fast, slow, signal),
        group=Group.TREND,
        inputs=(macd(fast, slow, signal), macd_signal(fast, slow, signal)),
        kernel=ratios.difference,
        unit=Unit.PRICE,
        source=APPEL,
        why="Whether the trend gains or loses speed.",
        formula="macd - macd_signal",
    )


_MACD = (length(12, name="fast"), length(26, name="slow"), length(9, name="signal"))
KINDS = (
    Kind("ema", ema, (length(12),)),
    Kind("sma", sma, (length(20),)),
    Kind("trend", trend, (length(50),)),
    Kind("macd", macd, _MACD),
    Kind("macd_signal", macd_signal, _MACD),
    Kind("macd_hist", macd_hist, _MACD),
)
