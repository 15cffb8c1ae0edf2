"""One price for a bar, and its logarithms: what other figures are made of."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import ranges, ratios
from finantrade.features.kind import Kind
from finantrade.features.kinds.returns import close_lag


def typical_price() -> Feature:
    """Mean of high, low and close."""
    return Feature(
        name="typical_price",
        group=Group.RAW,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=ratios.mean_of_three,
        unit=Unit.PRICE,
        source="bars",
        why="One price that stands for the whole bar.",
        formula="(high + low + close) / 3",
        low=0.0,
    )


def median_price() -> Feature:
    """Middle of the bar's range."""
    return Feature(
        name="median_price",
        group=Group.RAW,
        inputs=(Column.HIGH, Column.LOW),
        kernel=ratios.midpoint,
        unit=Unit.PRICE,
        source="bars",
        why="Where the bar was in the middle, wherever it closed.",
        formula="(high + low) / 2",
        low=0.0,
    )


def log_high() -> Feature:
    """Logarithm of the high over the open."""
    return _log("log_high", (Column.HIGH, Column.OPEN), "How far the bar went up from where it began.", "high / open")


def log_low() -> Feature:
    """Logarithm of the low over the open."""
    return _log("log_low", (Column.LOW, Column.OPEN), "How far the bar went down from where it began.", "low / open")


def log_body() -> Feature:
    """Logarithm of the close over the open."""
    return _log("log_body", (Column.CLOSE, Column.OPEN), "What the bar achieved.", "close / open")


def log_gap() -> Feature:
    """Logarithm of the open over the last close."""
    why = "What happened between two bars: little where trading never stops."
    return _log("log_gap", (Column.OPEN, close_lag(1)), why, "open / close[1]")


def log_range() -> Feature:
    """Logarithm of the high over the low."""
    return Feature(
        name="log_range",
        group=Group.RETURN,
        inputs=(log_high(), log_low()),
        kernel=ranges.apart,
        unit=Unit.FRACTION,
        source="bars",
        why="The bar's whole range in the form that compares between prices of any level.",
        formula="log(high / open) - log(low / open)",
        low=0.0,
    )


def _log(name: str, inputs: tuple[Column | Feature, ...], why: str, ratio: str) -> Feature:
    return Feature(
        name=name,
        group=Group.RETURN,
        inputs=inputs,
        kernel=ratios.log_change,
        unit=Unit.FRACTION,
        source="bars",
        why=why,
        formula=f"log({ratio})",
    )


KINDS = (
    Kind("typical_price", typical_price),
    Kind("median_price", median_price),
    Kind("log_high", log_high),
    Kind("log_low", log_low),
    Kind("log_body", log_body),
    Kind("log_gap", log_gap),
    Kind("log_range", log_range),
)
