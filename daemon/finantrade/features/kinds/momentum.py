"""How far the price has run within its own recent range."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import ratios, smoothing, windows
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.trend import sma
from finantrade.features.kinds.volatility import WILDER, std

LANE = "bars; Lane 1984, stochastics"


def rsi(n: int) -> Feature:
    """Wilder's relative strength index."""
    return Feature(
        name=named("rsi", n),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE,),
        kernel=smoothing.rsi,
        parameters=(n,),
        state=6,
        lookback=n + 1,
        unit=Unit.PERCENT,
        source=WILDER,
        why="Whether rises or falls have made up the movement of late.",
        formula="100 * rise / (rise + fall), each wilder(change of the close, length); 50 where nothing moved",
        low=0.0,
        high=100.0,
        memory=Memory.FADING,
    )


def highest(n: int) -> Feature:
    """The greatest high of the last n bars."""
    return Feature(
        name=named("highest", n),
        group=Group.MOMENTUM,
        inputs=(Column.HIGH,),
        kernel=windows.highest,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.PRICE,
        source="bars",
        why="The upper edge of the recent range.",
        formula="max(high, length)",
        low=0.0,
    )


def lowest(n: int) -> Feature:
    """The least low of the last n bars."""
    return Feature(
        name=named("lowest", n),
        group=Group.MOMENTUM,
        inputs=(Column.LOW,),
        kernel=windows.lowest,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.PRICE,
        source="bars",
        why="The lower edge of the recent range.",
        formula="min(low, length)",
        low=0.0,
    )


def stoch_k(n: int) -> Feature:
    """Where the close lies in the range of the last n bars, in percent."""
    return Feature(
        name=named("stoch_k", n),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE, lowest(n), highest(n)),
        kernel=ratios.place,
        parameters=(100.0,),
        unit=Unit.PERCENT,
        source=LANE,
        why="Whether the close is near the top or the bottom of where it has been.",
        formula="100 * (close - lowest) / (highest - lowest); 50 where they are the same",
        low=0.0,
        high=100.0,
    )


def stoch_d(n: int, m: int) -> Feature:
    """Mean of the last m values of %K."""
    return Feature(
        name=named("stoch_d", n, m),
        group=Group.MOMENTUM,
        inputs=(stoch_k(n),),
        kernel=windows.sma,
        parameters=(m,),
        state=2 + m,
        lookback=m,
        unit=Unit.PERCENT,
        source=LANE,
        why="%K with its noise taken out, to be crossed by it.",
        formula="sma(stoch_k, smoothing)",
        low=0.0,
        high=100.0,
    )


def zscore(n: int) -> Feature:
    """Distance of the close from the mean of the last n in standard deviations."""
    return Feature(
        name=named("zscore", n),
        group=Group.MOMENTUM,
        inputs=(Column.CLOSE, sma(n), std(n)),
        kernel=ratios.deviations,
        unit=Unit.DEVIATIONS,
        source="bars",
        why="How unusual the present price is among its last n.",
        formula="(close - sma) / std; 0 where there is none",
    )


KINDS = (
    Kind("rsi", rsi, (length(14),)),
    Kind("highest", highest, (length(14),)),
    Kind("lowest", lowest, (length(14),)),
    Kind("stoch_k", stoch_k, (length(14),)),
    Kind("stoch_d", stoch_d, (length(14), length(3, name="smoothing"))),
    Kind("zscore", zscore, (length(20, low=2),)),
)
