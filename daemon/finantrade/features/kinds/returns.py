"""By how much the price has changed: figures that compare between prices of any level."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import ratios, windows
from finantrade.features.kind import Kind, length, named


def close_lag(n: int) -> Feature:
    """The close n bars ago."""
    return Feature(
        name=named("close_lag", n),
        group=Group.RETURN,
        inputs=(Column.CLOSE,),
        kernel=windows.lag,
        parameters=(n,),
        state=1 + n,
        lookback=n + 1,
        unit=Unit.PRICE,
        source="bars",
        why="What the present close is compared with.",
        formula="close[length]",
        low=0.0,
    )


def simple_return(n: int) -> Feature:
    """The change of the close over n bars, as a fraction."""
    return Feature(
        name=named("return", n),
        group=Group.RETURN,
        inputs=(Column.CLOSE, close_lag(n)),
        kernel=ratios.change,
        unit=Unit.FRACTION,
        source="bars",
        why="What holding for n bars would have earned.",
        formula="close / close[length] - 1",
        low=-1.0,
    )


def log_return(n: int) -> Feature:
    """The logarithm of the change of the close over n bars."""
    return Feature(
        name=named("log_return", n),
        group=Group.RETURN,
        inputs=(Column.CLOSE, close_lag(n)),
        kernel=ratios.log_change,
        unit=Unit.FRACTION,
        source="bars",
        why="The change in the form that adds up over time.",
        formula="log(close / close[length])",
    )


KINDS = (
    Kind("close_lag", close_lag, (length(1),)),
    Kind("return", simple_return, (length(1),)),
    Kind("log_return", log_return, (length(1),)),
)
