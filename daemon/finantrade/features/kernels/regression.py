"""The straight line through the last n values by least squares, from their plain and weighted means.

With weights 1 to n the two means hold all that the sums of the normal equations do: the line ends at 3 wma - 2 sma and
climbs 6 (wma - sma) / (n - 1) a step.
"""

from __future__ import annotations

from finantrade.features.declaration import State


def line_end(state: State, at: int, weighted: float, plain: float) -> float:
    """Where the line ends."""
    return 3.0 * weighted - 2.0 * plain


def line_slope(state: State, at: int, weighted: float, plain: float, n: int) -> float:
    """How far the line climbs a step."""
    return 6.0 * (weighted - plain) / (n - 1.0)


def line_fit(state: State, at: int, slope: float, spread: float, n: int) -> float:
    """The share of the variance that the line explains (R squared); 0 where there is none."""
    if spread <= 0.0:
        return 0.0
    fit = slope * slope * (n * n - 1.0) / (12.0 * spread * spread)
    return fit if fit < 1.0 else 1.0
