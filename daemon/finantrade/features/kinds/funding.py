"""What longs pay shorts for holding a perpetual, or get: the price of leverage, and which side wants it more."""

from __future__ import annotations

from finantrade.domain.units import HOUR
from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import context, ratios
from finantrade.features.kind import Kind, length, named
from finantrade.features.series import SERIES

SETTLED = SERIES[Column.FUNDING_RATE].source
LONGEST = 8 * HOUR
"""Between two settlements."""


def funding_rate() -> Feature:
    """The rate that was settled last."""
    return Feature(
        name="funding_rate",
        group=Group.FUNDING,
        inputs=(Column.FUNDING_RATE,),
        kernel=ratios.same,
        unit=Unit.FRACTION,
        source=SETTLED,
        why="What it costs to be long, or earns where it is below zero.",
        formula="the rate of the last settlement",
    )


def funding_estimate() -> Feature:
    """What would be settled if it were now."""
    return Feature(
        name="funding_estimate",
        group=Group.FUNDING,
        inputs=(Column.FUNDING_ESTIMATE,),
        kernel=ratios.same,
        unit=Unit.FRACTION,
        source=SERIES[Column.FUNDING_ESTIMATE].source,
        why="What the next settlement will be like; only a live venue tells it, no archive has it.",
        formula="the running estimate",
    )


def funding_annual() -> Feature:
    """The settled rate by year."""
    return Feature(
        name="funding_annual",
        group=Group.FUNDING,
        inputs=(Column.FUNDING_RATE, Column.FUNDING_INTERVAL),
        kernel=context.annualised,
        unit=Unit.FRACTION,
        source=SETTLED,
        why="Comparable with interest elsewhere, and between contracts that settle each 8, 4 or 1 hours.",
        formula="funding_rate * 365 d / the interval of the settlement, not compounded",
    )


def funding_zscore(n: int) -> Feature:
    """Distance of the settled rate from the mean of the last n settlements in standard deviations."""
    return Feature(
        name=named("funding_zscore", n),
        group=Group.FUNDING,
        inputs=(Column.FUNDING_TIME, Column.FUNDING_RATE),
        kernel=context.event_zscore,
        parameters=(n,),
        state=6 + n,
        span=n * LONGEST,
        unit=Unit.DEVIATIONS,
        source=SETTLED,
        why="Whether one side has become unusually crowded.",
        formula="(rate - mean(rates, settlements)) / std(rates, settlements), the last included; 0 where there is none",
        memory=Memory.EVENT,
    )


def settlement_hours() -> Feature:
    """Hours until the next settlement, by the last one and its interval."""
    return Feature(
        name="settlement_hours",
        group=Group.FUNDING,
        inputs=(Column.CLOSE_TIME, Column.FUNDING_TIME, Column.FUNDING_INTERVAL),
        kernel=context.hours_to_next,
        unit=Unit.HOURS,
        source=SETTLED,
        why="Positions are closed and opened around settlements; their interval differs and changes.",
        formula="hours from the close to the last settlement plus whole intervals; the whole interval at one",
        low=0.0,
        high=24.0,
    )


KINDS = (
    Kind("funding_rate", funding_rate),
    Kind("funding_estimate", funding_estimate),
    Kind("funding_annual", funding_annual),
    Kind("funding_zscore", funding_zscore, (length(30, low=2, name="settlements"),)),
    Kind("settlement_hours", settlement_hours),
)
