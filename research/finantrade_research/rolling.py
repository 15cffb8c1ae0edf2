"""Figures over a window that moves along the daily returns, by bottleneck: one value a day, NaN until it is full."""

from __future__ import annotations

from importlib import import_module
from math import nan, sqrt
from typing import Any

import numpy as np

from finantrade_research.curve import Floats
from finantrade_research.ratios import ROUNDING, YEAR_DAYS

WINDOW_DAYS = 90


def rolling_volatility(returns: Floats, window: int = WINDOW_DAYS) -> Floats:
    """Return the standard deviation (n - 1) of the last ``window`` returns, a year's worth."""
    return _spread(returns, window) * sqrt(YEAR_DAYS)


def rolling_sharpe(returns: Floats, window: int = WINDOW_DAYS) -> Floats:
    """Return mean over standard deviation of the last ``window`` returns, a year's worth; NaN where they are equal."""
    if len(returns) < window:
        return np.full(len(returns), nan)
    mean, spread = _moving().move_mean(returns, window), _spread(returns, window)
    return mean / np.where(spread > 0, spread, nan) * sqrt(YEAR_DAYS)


def rolling_drawdown(closes: Floats, window: int = WINDOW_DAYS) -> Floats:
    """Return how far each close is below the highest of the last ``window`` closes, as a share of that."""
    return 1 - closes / _moving().move_max(closes, min(window, len(closes)), min_count=1)


def _spread(returns: Floats, window: int) -> Floats:
    if len(returns) < window:
        return np.full(len(returns), nan)
    moving = _moving()
    # A moving sum of squares leaves a residue where returns have become equal; their range does not.
    differ = moving.move_max(returns, window) - moving.move_min(returns, window) >= ROUNDING
    return np.where(np.isnan(moving.move_mean(returns, window)), nan, moving.move_std(returns, window, ddof=1) * differ)


def _moving() -> Any:
    return import_module("bottleneck")
