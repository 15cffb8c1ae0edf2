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
WHY = {
    Column.OPEN: "Where the bar began: bodies and gaps are measured from it.",
    Column.HIGH: "How far buyers got: swings, ranges and breakouts are made of it.",
    Column.LOW: "How far sellers got: swings, ranges and stops are made of it.",
    Column.CLOSE: "What the bar came to: the one price that everybody agrees on, and that most figures use.",
    Column.VOLUME: "How much changed hands: the weight of the move.",
    Column.QUOTE_VOLUME: "How much money changed hands, comparable between markets and years.",
    Column.TRADES: "How many trades it took: a crowd, or a few large ones.",
    Column.TAKER_BUY_VOLUME: "How much was bought by those who would not wait.",
    Column.TAKER_BUY_QUOTE_VOLUME: "How much money would not wait to buy.",
}


def raw(column: Column) -> Feature:
    """The column itself."""
    unit = UNITS.get(column, Unit.PRICE)
    return Feature(
        str(column), Group.RAW, (column,), ratios.same, unit, "bars", WHY[column], formula=str(column), low=0.0
    )


KINDS = tuple(Kind(str(column), partial(raw, column)) for column in VALUES)
