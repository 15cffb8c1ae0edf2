"""How the perpetual stands to what it stands for, and who was in a hurry, by figures of the venue."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import context, ratios
from finantrade.features.kind import Kind, length
from finantrade.features.kinds.unusual import unusual
from finantrade.features.series import SERIES

TAKERS = SERIES[Column.TAKER_RATIO].source


def premium() -> Feature:
    """The premium index of the perpetual over its index."""
    return Feature(
        name="premium",
        group=Group.FLOW,
        inputs=(Column.PREMIUM,),
        kernel=ratios.same,
        unit=Unit.FRACTION,
        source=SERIES[Column.PREMIUM].source,
        why="Whether leverage buys or sells more eagerly than the spot market; funding follows it.",
        formula="the venue's premium index",
    )


def premium_zscore(n: int) -> Feature:
    """Distance of the premium from the mean of the last n in standard deviations."""
    return unusual("premium_zscore", n, premium(), "Whether leverage is unusually eager.")


def basis() -> Feature:
    """How far the mark price is above the index, as a fraction of it."""
    return Feature(
        name="basis",
        group=Group.FLOW,
        inputs=(Column.MARK, Column.INDEX),
        kernel=ratios.change,
        unit=Unit.FRACTION,
        source=SERIES[Column.MARK].source,
        why="The same without the depth of the book in it; the mark price is smoothed.",
        formula="mark / index - 1",
        low=-1.0,
    )


def basis_zscore(n: int) -> Feature:
    """Distance of the basis from the mean of the last n in standard deviations."""
    return unusual("basis_zscore", n, basis(), "Whether perpetual and spot are unusually far apart.")


def taker_ratio() -> Feature:
    """What takers bought by what they sold."""
    return Feature(
        name="taker_ratio",
        group=Group.FLOW,
        inputs=(Column.TAKER_RATIO,),
        kernel=ratios.same,
        unit=Unit.RATIO,
        source=TAKERS,
        why="Who was in the greater hurry.",
        formula="bought / sold, by takers",
        low=0.0,
    )


def taker_imbalance() -> Feature:
    """What takers bought less what they sold, as a share of both."""
    return Feature(
        name="taker_imbalance",
        group=Group.FLOW,
        inputs=(Column.TAKER_RATIO,),
        kernel=context.imbalance,
        unit=Unit.FRACTION,
        source=TAKERS,
        why="The same, as far from 0 for sellers as for buyers.",
        formula="(taker_ratio - 1) / (taker_ratio + 1)",
        low=-1.0,
        high=1.0,
    )


def taker_imbalance_zscore(n: int) -> Feature:
    """Distance of the takers' imbalance from the mean of the last n in standard deviations."""
    return unusual("taker_imbalance_zscore", n, taker_imbalance(), "Whether takers press unusually.")


_LENGTH = (length(96, low=2),)
KINDS = (
    Kind("premium", premium),
    Kind("premium_zscore", premium_zscore, _LENGTH),
    Kind("basis", basis),
    Kind("basis_zscore", basis_zscore, _LENGTH),
    Kind("taker_ratio", taker_ratio),
    Kind("taker_imbalance", taker_imbalance),
    Kind("taker_imbalance_zscore", taker_imbalance_zscore, _LENGTH),
)
