"""Open contracts, and who holds them: whether a move brings new positions or closes old ones, and how crowded it is."""

from __future__ import annotations

from functools import partial

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import context, ratios
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.momentum import zscore
from finantrade.features.kinds.unusual import unusual
from finantrade.features.series import SERIES

COUNTED = SERIES[Column.OPEN_INTEREST].source
CROWDS = {
    "long_short_accounts": Column.ALL_ACCOUNTS,
    "long_short_top_accounts": Column.TOP_ACCOUNTS,
    "long_short_top_positions": Column.TOP_POSITIONS,
}
WHO = {
    "long_short_accounts": ("accounts that are long", "How many hold which side: small accounts are most of them."),
    "long_short_top_accounts": ("of the fifth with the most margin, accounts that are long", "What the large hold."),
    "long_short_top_positions": ("of the fifth with the most margin, what is long", "How much the large hold."),
}


def open_interest() -> Feature:
    """Open contracts in base units."""
    return _raw("open_interest", Column.OPEN_INTEREST, Unit.BASE, "open contracts in base units")


def open_interest_value() -> Feature:
    """Open contracts in quote units."""
    return _raw("open_interest_value", Column.OPEN_INTEREST_VALUE, Unit.QUOTE, "open contracts in quote units")


def oi_change(n: int) -> Feature:
    """Change of open interest over n bars, as a fraction."""
    return Feature(
        name=named("oi_change", n),
        group=Group.FUNDING,
        inputs=(Column.OPEN_INTEREST,),
        kernel=context.change_over,
        parameters=(n,),
        state=1 + n,
        lookback=n + 1,
        unit=Unit.FRACTION,
        source=COUNTED,
        why="Whether positions are being opened or closed.",
        formula="open_interest / open_interest[length] - 1",
        low=-1.0,
    )


def oi_zscore(n: int) -> Feature:
    """Distance of open interest from the mean of the last n in standard deviations."""
    return unusual("oi_zscore", n, open_interest(), "Whether unusually much is open, which will have to be closed.")


def oi_divergence(n: int) -> Feature:
    """By how many standard deviations open interest stands higher than the price, each among its last n."""
    return Feature(
        name=named("oi_divergence", n),
        group=Group.FUNDING,
        inputs=(oi_zscore(n), zscore(n)),
        kernel=ratios.difference,
        unit=Unit.DEVIATIONS,
        source=COUNTED,
        why="A rise without new positions is a closing of shorts; a fall with new ones is somebody's conviction.",
        formula="oi_zscore - zscore",
    )


def long_short(name: str) -> Feature:
    """Longs by shorts of a crowd."""
    who, why = WHO[name]
    return Feature(
        name=name,
        group=Group.FUNDING,
        inputs=(CROWDS[name],),
        kernel=ratios.same,
        unit=Unit.RATIO,
        source=SERIES[CROWDS[name]].source,
        why=why,
        formula=f"{who} / short",
        low=0.0,
    )


def long_short_zscore(name: str, n: int) -> Feature:
    """Distance of longs by shorts from the mean of the last n in standard deviations."""
    return unusual(f"{name}_zscore", n, long_short(name), "Whether this crowd leans to one side more than usually.")


def _raw(name: str, column: Column, unit: Unit, formula: str) -> Feature:
    why = "How much stands behind the price, and will have to be closed."
    return Feature(name, Group.FUNDING, (column,), ratios.same, unit, COUNTED, why, formula=formula, low=0.0)


_LENGTH = (length(96, low=2),)
KINDS = (
    Kind("open_interest", open_interest),
    Kind("open_interest_value", open_interest_value),
    Kind("oi_change", oi_change, (length(16),)),
    Kind("oi_zscore", oi_zscore, _LENGTH),
    Kind("oi_divergence", oi_divergence, _LENGTH),
    *(Kind(name, partial(long_short, name)) for name in CROWDS),
    *(Kind(f"{name}_zscore", partial(long_short_zscore, name), _LENGTH) for name in CROWDS),
)
