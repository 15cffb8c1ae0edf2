"""What follows from the inputs of one moment. Where nothing moved, a share of the movement is the neutral value."""

from __future__ import annotations

import math

from finantrade.features.declaration import State


def same(state: State, at: int, x: float) -> float:
    """The value itself."""
    return x


def difference(state: State, at: int, a: float, b: float) -> float:
    """a - b."""
    return a - b


def midpoint(state: State, at: int, a: float, b: float) -> float:
    """(a + b) / 2."""
    return 0.5 * (a + b)


def mean_of_three(state: State, at: int, a: float, b: float, c: float) -> float:
    """(a + b + c) / 3."""
    return (a + b + c) / 3.0


def change(state: State, at: int, now: float, then: float) -> float:
    """now / then - 1."""
    return now / then - 1.0 if then != 0.0 else math.nan


def percent_change(state: State, at: int, now: float, then: float) -> float:
    """100 * (now / then - 1)."""
    return 100.0 * (now / then - 1.0) if then != 0.0 else math.nan


def log_change(state: State, at: int, now: float, then: float) -> float:
    """log(now / then)."""
    return math.log(now / then) if then > 0.0 and now / then > 0.0 else math.nan


def band(state: State, at: int, mean: float, spread: float, width: float) -> float:
    """mean + width * spread."""
    return mean + width * spread


def relative_width(state: State, at: int, upper: float, lower: float, middle: float) -> float:
    """(upper - lower) / middle."""
    return (upper - lower) / middle if middle != 0.0 else math.nan


def place(state: State, at: int, x: float, lower: float, upper: float, whole: float) -> float:
    """Where x lies between lower (0) and upper (whole); the middle where they are the same."""
    if upper == lower:
        return 0.5 * whole
    return whole * (x - lower) / (upper - lower)


def deviations(state: State, at: int, x: float, mean: float, spread: float) -> float:
    """(x - mean) / spread; 0 where there is none."""
    return (x - mean) / spread if spread != 0.0 else 0.0


def percent_of(state: State, at: int, part: float, whole: float) -> float:
    """100 * part / whole; 0 where there is none."""
    return 100.0 * part / whole if whole != 0.0 else 0.0


def percent_apart(state: State, at: int, a: float, b: float) -> float:
    """100 * |a - b| / (a + b); 0 where both are."""
    return 100.0 * abs(a - b) / (a + b) if a + b != 0.0 else 0.0


def body(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """(close - open) / (high - low); 0 for a bar without range."""
    return (close - opened) / (high - low) if high != low else 0.0


def upper_wick(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """(high - max(open, close)) / (high - low); 0 for a bar without range."""
    return (high - (close if close > opened else opened)) / (high - low) if high != low else 0.0


def lower_wick(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """(min(open, close) - low) / (high - low); 0 for a bar without range."""
    return ((close if close < opened else opened) - low) / (high - low) if high != low else 0.0
