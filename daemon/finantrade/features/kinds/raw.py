"""The columns of a bar as they are."""

from __future__ import annotations

from functools import partial

from finantrade.features.declaration import VALUES, Column, Feature, Group, Unit
from finantrade.features.kernels import ratios
from finantrade.features.kind import Kind

UNITS = {
    Column.VOLUME: Unit.BASE,
    Column.QUOTE_VOLUME: Unit.QUOTE,
    Column.TRADES: Unit.COUNT,
    Column.TAKER_BUY_VOLUME: Unit.BASE,
    Column.TAKER_BUY_QUOTE_VOLUME: Unit.QUOTE,
}


def raw(column: Column) -> Feature:
    """The column itself."""
    unit = UNITS.get(column, Unit.PRICE)
    why = "What other figures are compared with."
    return Feature(str(column), Group.RAW, (column,), ratios.same, unit, "bars", why, formula=str(column), low=0.0)


KINDS = tuple(Kind(str(column), partial(raw, column)) for column in VALUES)
