"""How much is traded."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import ratios, windows
from finantrade.features.kind import Kind, length, named


def volume_sma(n: int) -> Feature:
    """Mean volume of the last n bars."""
    return Feature(
        name=named("volume_sma", n),
        group=Group.VOLUME,
        inputs=(Column.VOLUME,),
        kernel=windows.sma,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.BASE,
        source="bars",
        why="What is usually traded in a bar.",
        formula="sum(volume, length) / length",
        low=0.0,
    )


def volume_std(n: int) -> Feature:
    """Population standard deviation of the last n volumes."""
    return Feature(
        name=named("volume_std", n),
        group=Group.VOLUME,
        inputs=(Column.VOLUME,),
        kernel=windows.std,
        parameters=(n,),
        state=4 + n,
        lookback=n,
        unit=Unit.BASE,
        source="bars",
        why="How uneven trading is.",
        formula="sqrt(sum((volume - volume_sma)^2, length) / length)",
        low=0.0,
    )


def volume_zscore(n: int) -> Feature:
    """Distance of the volume from the mean of the last n in standard deviations."""
    return Feature(
        name=named("volume_zscore", n),
        group=Group.VOLUME,
        inputs=(Column.VOLUME, volume_sma(n), volume_std(n)),
        kernel=ratios.deviations,
        unit=Unit.DEVIATIONS,
        source="bars",
        why="Whether a move is carried by unusual trading.",
        formula="(volume - volume_sma) / volume_std; 0 where there is none",
    )


KINDS = (
    Kind("volume_sma", volume_sma, (length(20),)),
    Kind("volume_std", volume_std, (length(20, low=2),)),
    Kind("volume_zscore", volume_zscore, (length(20, low=2),)),
)
