"""Who was closed by force of late, and where the next would be: forced orders do not ask for a price."""

from __future__ import annotations

from functools import partial

from finantrade.domain.units import DAY
from finantrade.features.declaration import Column, Feature, Group, Kernel, Memory, Unit
from finantrade.features.kernels import clusters, context, flow, totals
from finantrade.features.kind import Kind, length, named
from finantrade.features.series import SERIES

FORCED = SERIES[Column.LIQUIDATED_LONGS].source
ESTIMATED = f"{SERIES[Column.OPEN_INTEREST].source}, and assumed leverages of 5 to 100; bars"
SIDES = {"longs": Column.LIQUIDATED_LONGS, "shorts": Column.LIQUIDATED_SHORTS}
WAYS: dict[str, tuple[Kernel, Column, str]] = {
    "above": (clusters.cluster_above, Column.HIGH, "shorts"),
    "below": (clusters.cluster_below, Column.LOW, "longs"),
}


def liquidated(side: str, n: int) -> Feature:
    """What was liquidated of one side in the last n bars, in quote units."""
    return Feature(
        name=named(f"liquidated_{side}", n),
        group=Group.FLOW,
        inputs=(SIDES[side],),
        kernel=totals.total,
        parameters=(n,),
        state=2 + n,
        lookback=n,
        unit=Unit.QUOTE,
        source=FORCED,
        why="How many were thrown out: after a wave of them the pressure is spent.",
        formula=f"sum(price * quantity of liquidated {side}, length)",
        low=0.0,
    )


def liquidated_share(side: str, n: int) -> Feature:
    """What was liquidated of one side in the last n bars, of all that was traded."""
    return Feature(
        name=named(f"liquidated_{side}_share", n),
        group=Group.FLOW,
        inputs=(SIDES[side], Column.QUOTE_VOLUME),
        kernel=totals.share,
        parameters=(n, 0.0),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.FRACTION,
        source=FORCED,
        why="How much of the trading was forced, comparable between markets.",
        formula=f"sum(liquidated {side}, length) / sum(quote_volume, length); 0 where nothing was traded",
        low=0.0,
    )


def liquidated_zscore(side: str, n: int) -> Feature:
    """Distance of what was liquidated of one side from the mean of the last n bars in standard deviations."""
    return Feature(
        name=named(f"liquidated_{side}_zscore", n),
        group=Group.FLOW,
        inputs=(SIDES[side],),
        kernel=flow.unusual,
        parameters=(n,),
        state=4 + n,
        lookback=n,
        unit=Unit.DEVIATIONS,
        source=FORCED,
        why="Whether a cascade is under way.",
        formula=f"(liquidated {side} - mean(of the last length bars)) / their std; 0 where there is none",
    )


def liquidation_imbalance(n: int) -> Feature:
    """Which side was liquidated more in the last n bars."""
    return Feature(
        name=named("liquidation_imbalance", n),
        group=Group.FLOW,
        inputs=(Column.LIQUIDATED_LONGS, Column.LIQUIDATED_SHORTS),
        kernel=context.net_share,
        parameters=(n,),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.FRACTION,
        source=FORCED,
        why="Whether the move up was bought, or shorts had to; and the same for a fall.",
        formula="sum(shorts - longs, length) / sum(shorts + longs, length), liquidated; 0 where none were",
        low=-1.0,
        high=1.0,
    )


def cluster(way: str) -> Feature:
    """The nearest cluster of estimated liquidations: twice the number of its step, and its weight."""
    kernel, reached, who = WAYS[way]
    return Feature(
        name=f"cluster_{way}",
        group=Group.FLOW,
        inputs=(Column.CLOSE_TIME, reached, Column.CLOSE, Column.OPEN_INTEREST, Column.OPEN_INTEREST_TIME),
        kernel=kernel,
        state=clusters.CLUSTER_STATE,
        lookback=2,
        span=3 * DAY,
        unit=Unit.RATIO,
        source=ESTIMATED,
        why="What distance and weight are told from; a map of levels in one number.",
        formula=f"twice the step, a 400th of log price, of the nearest cluster of {who}, and its weight; the steps and "
        "their sizes are those of the liquidation map; missing where nothing stands",
        memory=Memory.EVENT,
    )


def cluster_distance(way: str) -> Feature:
    """How far the nearest cluster of estimated liquidations is from the close."""
    return Feature(
        name=f"cluster_{way}_distance",
        group=Group.FLOW,
        inputs=(Column.CLOSE, cluster(way)),
        kernel=clusters.cluster_distance,
        unit=Unit.FRACTION,
        source=ESTIMATED,
        why="Price is drawn to where others will be forced to trade, and moves fast once it is there.",
        formula=f"middle of the nearest step {way} that is at least half as large as the largest {way} / close - 1",
        low=0.0 if way == "above" else -1.0,
        high=1.0 if way == "above" else 0.0,
    )


def cluster_weight(way: str) -> Feature:
    """How large the nearest cluster of estimated liquidations is."""
    return Feature(
        name=f"cluster_{way}_weight",
        group=Group.FLOW,
        inputs=(cluster(way),),
        kernel=clusters.cluster_weight,
        unit=Unit.FRACTION,
        source=ESTIMATED,
        why="How much would be forced there.",
        formula="estimated size of the cluster / (open_interest * close), at most 1",
        low=0.0,
        high=1.0,
    )


_LENGTH = (length(16),)
_LONG = (length(96, low=2),)
KINDS = (
    *(Kind(f"liquidated_{side}", partial(liquidated, side), _LENGTH) for side in SIDES),
    *(Kind(f"liquidated_{side}_share", partial(liquidated_share, side), _LENGTH) for side in SIDES),
    *(Kind(f"liquidated_{side}_zscore", partial(liquidated_zscore, side), _LONG) for side in SIDES),
    Kind("liquidation_imbalance", liquidation_imbalance, _LENGTH),
    *(Kind(f"cluster_{way}", partial(cluster, way)) for way in WAYS),
    *(Kind(f"cluster_{way}_distance", partial(cluster_distance, way)) for way in WAYS),
    *(Kind(f"cluster_{way}_weight", partial(cluster_weight, way)) for way in WAYS),
)
