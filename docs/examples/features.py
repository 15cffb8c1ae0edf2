"""Two features of one's own: how buyers end their bars, and how wide a bar is against what is usual."""

from __future__ import annotations

from finantrade.features.catalogue import resolve
from finantrade.features.declaration import Column, Feature, Group, State, Unit
from finantrade.features.kernels.totals import mean


def close_place(state: State, at: int, close: float, high: float, low: float, n: int) -> float:
    """Mean place of the close between low and high over n bars. State: that of the mean."""
    place = (close - low) / (high - low) if high > low else 0.5
    return mean(state, at, place, n)


def surge(state: State, at: int, high: float, low: float, usual: float) -> float:
    """Range of the bar over the usual one; 1 where nothing moves."""
    return (high - low) / usual if usual > 0.0 else 1.0


FEATURES = (
    Feature(
        name="close_place_20",
        group=Group.CANDLE,
        inputs=(Column.CLOSE, Column.HIGH, Column.LOW),
        kernel=close_place,
        parameters=(20,),
        state=22,
        lookback=20,
        unit=Unit.FRACTION,
        source="bars",
        why="Above a half, buyers have the last word.",
        formula="mean((close - low) / (high - low), n); a half where nothing moved",
        low=0.0,
        high=1.0,
    ),
    Feature(
        name="surge_14",
        group=Group.VOLATILITY,
        inputs=(Column.HIGH, Column.LOW, resolve("atr_14")),
        kernel=surge,
        unit=Unit.RATIO,
        source="bars",
        why="Tells a bar that matters from one that does not.",
        formula="(high - low) / atr_14",
        low=0.0,
    ),
)
