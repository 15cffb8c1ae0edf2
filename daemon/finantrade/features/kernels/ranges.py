"""Volatility from what a bar tells beside its close: estimators by range, from logarithms measured from the open.

With u, d and c the logarithms of high, low and close over the open, a bar's variance is estimated as
(u - d)^2 / (4 log 2) by Parkinson, (u - d)^2 / 2 - (2 log 2 - 1) c^2 by Garman and Klass, and u (u - c) + d (d - c) by
Rogers and Satchell, which a trend does not mislead. Yang and Zhang add the variance between bars.
"""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.totals import root_mean, total
from finantrade.features.kernels.windows import std

PARKINSON = 0.36067376022224085
"""1 / (4 log 2)."""
GARMAN_KLASS = 0.3862943611198906
"""2 log 2 - 1."""


def apart(state: State, at: int, high: float, low: float) -> float:
    """high - low, 0 where rounding left less."""
    return high - low if high > low else 0.0


def realised(state: State, at: int, change: float, n: int) -> float:
    """The root of the mean square. State: that of a sum."""
    return root_mean(state, at, change * change, n)


def parkinson(state: State, at: int, span: float, n: int) -> float:
    """By the range alone. State: that of a sum."""
    return root_mean(state, at, PARKINSON * span * span, n)


def garman_klass(state: State, at: int, span: float, body: float, n: int) -> float:
    """By range and close. State: that of a sum."""
    return root_mean(state, at, 0.5 * span * span - GARMAN_KLASS * body * body, n)


def rogers_satchell(state: State, at: int, high: float, low: float, body: float, n: int) -> float:
    """By high, low and close, whatever the trend. State: that of a sum."""
    return root_mean(state, at, high * (high - body) + low * (low - body), n)


def yang_zhang(state: State, at: int, gap: float, high: float, low: float, body: float, n: int) -> float:
    """With the variance between bars. State: that of two deviations and a sum."""
    between = std(state, at, gap, n)
    within = std(state, at + 4 + n, body, n)
    whole = total(state, at + 8 + 2 * n, high * (high - body) + low * (low - body), n)
    if math.isnan(whole):
        return math.nan
    drift = whole / n if whole > 0.0 else 0.0
    weight = 0.34 / (1.34 + (n + 1.0) / (n - 1.0))
    unbiased = n / (n - 1.0)
    return math.sqrt(unbiased * (between * between + weight * within * within) + (1.0 - weight) * drift)
