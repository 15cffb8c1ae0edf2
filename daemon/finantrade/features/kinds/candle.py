"""The shape of one bar."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import ratios
from finantrade.features.kind import Kind


def body_ratio() -> Feature:
    """Close minus open as a fraction of the range, below zero for a falling bar."""
    return Feature(
        name="body_ratio",
        group=Group.CANDLE,
        inputs=(Column.OPEN, Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=ratios.body,
        unit=Unit.FRACTION,
        source="bars",
        why="How decided the bar was.",
        formula="(close - open) / (high - low); 0 without range",
        low=-1.0,
        high=1.0,
    )


def upper_wick_ratio() -> Feature:
    """The part of the range above open and close."""
    return Feature(
        name="upper_wick_ratio",
        group=Group.CANDLE,
        inputs=(Column.OPEN, Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=ratios.upper_wick,
        unit=Unit.FRACTION,
        source="bars",
        why="How much of a rise was given back.",
        formula="(high - max(open, close)) / (high - low); 0 without range",
        low=0.0,
        high=1.0,
    )


def lower_wick_ratio() -> Feature:
    """The part of the range below open and close."""
    return Feature(
        name="lower_wick_ratio",
        group=Group.CANDLE,
        inputs=(Column.OPEN, Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=ratios.lower_wick,
        unit=Unit.FRACTION,
        source="bars",
        why="How much of a fall was made good.",
        formula="(min(open, close) - low) / (high - low); 0 without range",
        low=0.0,
        high=1.0,
    )


def range_ratio() -> Feature:
    """High minus low as a fraction of the close."""
    return Feature(
        name="range_ratio",
        group=Group.CANDLE,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=ratios.relative_width,
        unit=Unit.FRACTION,
        source="bars",
        why="How much the bar moved, comparable between prices of any level.",
        formula="(high - low) / close",
        low=0.0,
    )


KINDS = (
    Kind("body_ratio", body_ratio),
    Kind("upper_wick_ratio", upper_wick_ratio),
    Kind("lower_wick_ratio", lower_wick_ratio),
    Kind("range_ratio", range_ratio),
)
