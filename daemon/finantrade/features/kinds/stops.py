"""Which way it goes, by lines that trail the price and by how recent its extremes are."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import extremes, ratios, stops
from finantrade.features.kind import Kind, Parameter, length, named
from finantrade.features.kinds.volatility import WILDER, atr

CHANDE = "bars; Chande 1995, A time price oscillator"
SEBAN = "bars; Seban 2008, Tout le monde mérite d'être riche"


def aroon_up(n: int) -> Feature:
    """How recent the highest high of the last n + 1 bars is, in percent."""
    return _aroon("aroon_up", n, Column.HIGH, 1, "Whether the price still makes new highs.")


def aroon_down(n: int) -> Feature:
    """How recent the lowest low of the last n + 1 bars is, in percent."""
    return _aroon("aroon_down", n, Column.LOW, -1, "Whether the price still makes new lows.")


def aroon(n: int) -> Feature:
    """Aroon up minus Aroon down."""
    return Feature(
        name=named("aroon", n),
        group=Group.TREND,
        inputs=(aroon_up(n), aroon_down(n)),
        kernel=ratios.difference,
        unit=Unit.PERCENT,
        source=CHANDE,
        why="Whether new highs or new lows are the more recent.",
        formula="aroon_up - aroon_down",
        low=-100.0,
        high=100.0,
    )


def supertrend(n: int, width: float) -> Feature:
    """Trailing stop a multiple of the average true range away."""
    return Feature(
        name=named("supertrend", n, width),
        group=Group.TREND,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE, atr(n)),
        kernel=stops.supertrend,
        parameters=(width,),
        state=4,
        unit=Unit.PRICE,
        source=SEBAN,
        why="A stop that only moves with the trend, and what it takes to call it over.",
        formula="(high + low) / 2 -+ width * atr, held until a close passes it",
        memory=Memory.EVENT,
    )


def supertrend_side(n: int, width: float) -> Feature:
    """Whether the close is above (1) or below (-1) its supertrend."""
    return _side(supertrend(n, width), "supertrend_side", (n, width), SEBAN)


def psar(step: float, most: float) -> Feature:
    """Wilder's parabolic stop and reverse."""
    return Feature(
        name=named("psar", step, most),
        group=Group.TREND,
        inputs=(Column.HIGH, Column.LOW),
        kernel=stops.parabolic,
        parameters=(step, most),
        state=6,
        lookback=2,
        unit=Unit.PRICE,
        source=WILDER,
        why="A stop that comes nearer the longer the trend lasts.",
        formula="psar + pace * (extreme - psar), pace grows by step a new extreme up to most; turns when touched",
        memory=Memory.EVENT,
    )


def psar_side(step: float, most: float) -> Feature:
    """Whether the close is above (1) or below (-1) the parabolic stop."""
    return _side(psar(step, most), "psar_side", (step, most), WILDER)


def _aroon(kind: str, n: int, column: Column, sign: int, why: str) -> Feature:
    return Feature(
        name=named(kind, n),
        group=Group.TREND,
        inputs=(column,),
        kernel=extremes.aroon,
        parameters=(n, sign),
        state=3 + 2 * (n + 1),
        lookback=n + 1,
        unit=Unit.PERCENT,
        source=CHANDE,
        why=why,
        formula=f"100 * (length - bars since the {'highest' if sign > 0 else 'lowest'} of length + 1) / length",
        low=0.0,
        high=100.0,
    )


def _side(line: Feature, kind: str, numbers: tuple[float, ...], source: str) -> Feature:
    return Feature(
        name=named(kind, *numbers),
        group=Group.TREND,
        inputs=(Column.CLOSE, line),
        kernel=stops.side_of,
        unit=Unit.SIGN,
        source=source,
        why="Which way the trend goes, as a number.",
        formula=f"1 if close > {kind.removesuffix('_side')}, -1 if below, 0 on it",
        low=-1.0,
        high=1.0,
    )


_AROON = (length(14),)
_TREND = (length(10), Parameter("width", 3, low=0.1, high=20, fraction=True))
_STOP = (
    Parameter("step", 0.02, low=0.001, high=1, fraction=True),
    Parameter("most", 0.2, low=0.001, high=1, fraction=True),
)
KINDS = (
    Kind("aroon_up", aroon_up, _AROON),
    Kind("aroon_down", aroon_down, _AROON),
    Kind("aroon", aroon, _AROON),
    Kind("supertrend", supertrend, _TREND),
    Kind("supertrend_side", supertrend_side, _TREND),
    Kind("psar", psar, _STOP),
    Kind("psar_side", psar_side, _STOP),
)
