"""Market structure: confirmed swings, their order, breaks of them, levels where they cluster, and gaps left open."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, FeatureError, Group, Memory, Unit
from finantrade.features.kernels import ratios, structure
from finantrade.features.kind import Kind, Parameter, length, named
from finantrade.features.kinds.momentum import highest, lowest
from finantrade.features.kinds.volatility import atr

SWINGS = "bars; swing points as in Williams 1995, Trading chaos"
BREAKS = "bars; market structure as practitioners define it, on closes"


def swing_high(k: int) -> Feature:
    """The last confirmed swing high."""
    formula = "the last high above the side highs before it and not below the side highs after it; missing before one"
    return _swing("swing_high", k, Column.HIGH, formula, "Where sellers last turned the price: stops lie above it.")


def swing_low(k: int) -> Feature:
    """The last confirmed swing low."""
    formula = "the last low below the side lows before it and not above the side lows after it; missing before one"
    return _swing("swing_low", k, Column.LOW, formula, "Where buyers last turned the price: stops lie below it.")


def swing_high_distance(k: int) -> Feature:
    """How far the close is above the last swing high, as a fraction of it."""
    return _distance("swing_high_distance", k, swing_high(k), "close / swing_high - 1")


def swing_low_distance(k: int) -> Feature:
    """How far the close is above the last swing low, as a fraction of it."""
    return _distance("swing_low_distance", k, swing_low(k), "close / swing_low - 1")


def swing_order(k: int) -> Feature:
    """Whether swings rise (1: higher highs and higher lows), fall (-1) or neither (0)."""
    return Feature(
        name=named("swing_order", k),
        group=Group.STRUCTURE,
        inputs=(swing_high(k), swing_low(k)),
        kernel=structure.order_of_swings,
        state=4,
        unit=Unit.SIGN,
        source=BREAKS,
        why="The plainest definition of a trend there is.",
        formula="1 if the last swing high and low are each above the one before, -1 if each below, else 0",
        low=-1.0,
        high=1.0,
        memory=Memory.EVENT,
    )


def break_of_structure(k: int) -> Feature:
    """A close beyond the last swing, in the direction of the break before."""
    return _broken("break_of_structure", k, 0, "the way of the last break or the first of all", "The trend goes on.")


def change_of_character(k: int) -> Feature:
    """A close beyond the last swing, against the direction of the break before."""
    return _broken("change_of_character", k, 1, "against the last break", "The trend may be over.")


def support_distance(k: int, m: int) -> Feature:
    """How far below the close the nearest support is, as a fraction of it."""
    return _level(
        "support_distance", k, m, -1, "How far to the next level at which buyers have turned the price twice."
    )


def resistance_distance(k: int, m: int) -> Feature:
    """How far above the close the nearest resistance is, as a fraction of it."""
    return _level("resistance_distance", k, m, 1, "How far to the next level at which sellers have turned it twice.")


def compression(n: int, m: int) -> Feature:
    """The range of the last n bars over that of the last m. Raises FeatureError unless n is the smaller."""
    name = named("compression", n, m)
    if n >= m:
        raise FeatureError(f"{name}: expected a near length below the far one, found {n} and {m}")
    return Feature(
        name=name,
        group=Group.STRUCTURE,
        inputs=(highest(n), lowest(n), highest(m), lowest(m)),
        kernel=structure.compression,
        unit=Unit.RATIO,
        source="bars; Crabel 1990, Day trading with short-term price patterns",
        why="Whether the market is winding itself up before a move.",
        formula="(max(high, near) - min(low, near)) / (max(high, far) - min(low, far)); 1 where nothing moved",
        low=0.0,
        high=1.0,
    )


def fair_value_gap() -> Feature:
    """What three bars left untraded, as a fraction of the close."""
    return Feature(
        name="fair_value_gap",
        group=Group.STRUCTURE,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=structure.fair_value_gap,
        state=5,
        lookback=3,
        unit=Unit.FRACTION,
        source=BREAKS,
        why="A move so quick that one side had no time to trade; the price often comes back for it.",
        formula="(low - high[2]) / close if above 0, (high - low[2]) / close if below 0, else 0",
    )


def open_gap() -> Feature:
    """What is left unfilled of the last fair-value gap, as a fraction of the close."""
    return Feature(
        name="open_gap",
        group=Group.STRUCTURE,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE, fair_value_gap()),
        kernel=structure.open_gap,
        state=3,
        unit=Unit.FRACTION,
        source=BREAKS,
        why="How much of the quick move is still to be traded back.",
        formula="the last fair_value_gap less what later lows (of a rising one) or highs have covered, over close",
        memory=Memory.EVENT,
    )


def _swing(kind: str, k: int, column: Column, formula: str, why: str) -> Feature:
    return Feature(
        name=named(kind, k),
        group=Group.STRUCTURE,
        inputs=(column,),
        kernel=structure.swing_high if column is Column.HIGH else structure.swing_low,
        parameters=(k,),
        state=4 + 2 * k,
        lookback=2 * k + 1,
        unit=Unit.PRICE,
        source=SWINGS,
        why=why,
        formula=formula,
        low=0.0,
        memory=Memory.EVENT,
    )


def _distance(kind: str, k: int, swing: Feature, formula: str) -> Feature:
    return Feature(
        name=named(kind, k),
        group=Group.STRUCTURE,
        inputs=(Column.CLOSE, swing),
        kernel=ratios.change,
        unit=Unit.FRACTION,
        source=SWINGS,
        why="How near the price is to the last turn, or how far beyond it.",
        formula=formula,
        low=-1.0,
    )


def _broken(kind: str, k: int, turns: int, which: str, why: str) -> Feature:
    return Feature(
        name=named(kind, k),
        group=Group.STRUCTURE,
        inputs=(Column.CLOSE, swing_high(k), swing_low(k)),
        kernel=structure.broken,
        parameters=(turns,),
        state=3,
        unit=Unit.SIGN,
        source=BREAKS,
        why=why,
        formula=f"1 at the first close above a swing high, -1 below a swing low, if {which}; else 0",
        low=-1.0,
        high=1.0,
        memory=Memory.EVENT,
    )


def _level(kind: str, k: int, m: int, side: int, why: str) -> Feature:
    return Feature(
        name=named(kind, k, m),
        group=Group.STRUCTURE,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE, atr(14)),
        kernel=structure.level_distance,
        parameters=(k, m, side),
        state=5 + 4 * k + 2 * m,
        lookback=2 * k + 1,
        unit=Unit.FRACTION,
        source="bars; support and resistance as in Murphy 1999, Technical analysis of the financial markets",
        why=why,
        formula=f"to the nearest of the last swings {'above' if side > 0 else 'below'} the close that another came"
        " within atr_14 / 2 of, over close; missing without one",
        low=0.0,
        memory=Memory.EVENT,
    )


_SIDE = Parameter("side", 3, high=50)
_SWINGS = Parameter("swings", 20, low=2, high=100)
KINDS = (
    Kind("swing_high", swing_high, (_SIDE,)),
    Kind("swing_low", swing_low, (_SIDE,)),
    Kind("swing_high_distance", swing_high_distance, (_SIDE,)),
    Kind("swing_low_distance", swing_low_distance, (_SIDE,)),
    Kind("swing_order", swing_order, (_SIDE,)),
    Kind("break_of_structure", break_of_structure, (_SIDE,)),
    Kind("change_of_character", change_of_character, (_SIDE,)),
    Kind("support_distance", support_distance, (_SIDE, _SWINGS)),
    Kind("resistance_distance", resistance_distance, (_SIDE, _SWINGS)),
    Kind("compression", compression, (length(10, name="near"), length(50, name="far"))),
    Kind("fair_value_gap", fair_value_gap),
    Kind("open_gap", open_gap),
)
