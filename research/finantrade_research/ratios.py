"""Ratios of daily returns. Each takes returns along the last axis, so that one definition serves a report and, a
thousand resampled histories at once, the bootstrap. Years have 365 days, the risk-free rate is zero.

What is not defined is NaN: a Sharpe ratio of returns that do not differ, an Omega ratio without a losing day.

Sources: W. F. Sharpe, *The Sharpe Ratio* (1994); F. Sortino, L. Price, *Performance Measurement in a Downside Risk
Framework* (1994); T. Young, *Calmar Ratio* (1991); C. Keating, W. Shadwick, *A Universal Performance Measure* (2002);
C. Acerbi, D. Tasche, *Expected Shortfall* (2002).
"""

from __future__ import annotations

from math import ceil, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finantrade_research.curve import Floats

YEAR_DAYS = 365
ROUNDING = 1e-12
"""A spread of daily returns below this is the rounding of equal ones."""
TAIL = 0.05
"""The share of days in the tail that value at risk and expected shortfall look at."""


def sharpe(returns: Floats) -> Floats:
    """Return mean over standard deviation (n - 1), a year's worth; NaN where returns do not differ."""
    return sharpe_per_day(returns) * sqrt(YEAR_DAYS)


def sharpe_per_day(returns: Floats) -> Floats:
    """Return mean over standard deviation (n - 1); NaN where returns do not differ."""
    if returns.shape[-1] < 2:
        return undefined(returns)
    return quotient(np.mean(returns, axis=-1), deviation(returns))


def volatility(returns: Floats) -> Floats:
    """Return the standard deviation (n - 1), a year's worth; NaN below two days."""
    if returns.shape[-1] < 2:
        return undefined(returns)
    return finite(np.std(returns, axis=-1, ddof=1) * sqrt(YEAR_DAYS))


def sortino(returns: Floats) -> Floats:
    """Return mean over root mean square of the losses, a year's worth; NaN where no day lost."""
    if returns.shape[-1] < 2:
        return undefined(returns)
    losses = np.minimum(returns, 0.0)
    return quotient(np.mean(returns, axis=-1), np.sqrt(np.mean(losses * losses, axis=-1))) * sqrt(YEAR_DAYS)


def omega(returns: Floats) -> Floats:
    """Return what winning days won over what losing days lost, as sums of returns; NaN where no day lost."""
    return quotient(np.sum(np.maximum(returns, 0.0), axis=-1), -np.sum(np.minimum(returns, 0.0), axis=-1))


def value_at_risk(returns: Floats) -> Floats:
    """Return the loss that one day in twenty exceeded: the 5 % quantile with its sign turned."""
    if not returns.shape[-1]:
        return undefined(returns)
    return finite(-np.quantile(returns, TAIL, axis=-1))


def expected_shortfall(returns: Floats) -> Floats:
    """Return the mean loss of the worst twentieth of days, at least of one."""
    count = returns.shape[-1]
    if not count:
        return undefined(returns)
    # 0.05 * 20 is above one by its rounding: a whole number of days is meant to stay one.
    worst = max(ceil(count * TAIL - ROUNDING), 1)
    return finite(-np.mean(np.partition(returns, worst - 1, axis=-1)[..., :worst], axis=-1))


def tail_ratio(returns: Floats) -> Floats:
    """Return the 95 % quantile over the 5 % one without its sign; NaN where the latter is zero."""
    if not returns.shape[-1]:
        return undefined(returns)
    low, high = np.quantile(returns, (TAIL, 1 - TAIL), axis=-1)
    return quotient(np.abs(high), np.abs(low))


def annual_growth(total: Floats, days: float) -> Floats:
    """Return the growth over 365 days at the pace of ``total`` (final over initial); NaN below a day or at ruin."""
    if days < 1:
        return np.full(np.shape(total), nan)[()]
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(np.power(np.where(total > 0, total, nan), YEAR_DAYS / days) - 1)


def deepest_fall(returns: Floats) -> Floats:
    """Return the deepest fall below the highest close of a day so far, the beginning included, over that close."""
    closes = np.cumprod(1 + returns, axis=-1)
    peaks = np.maximum(np.maximum.accumulate(closes, axis=-1), 1.0)
    return np.max(1 - closes / peaks, axis=-1, initial=0.0)


def calmar(growth: Floats, fall: Floats) -> Floats:
    """Return annual growth over the maximum drawdown; NaN where there was none."""
    return quotient(growth, fall)


def skewness(returns: Floats) -> Floats:
    """Return the third standardised moment (n in the denominators); NaN where returns do not differ."""
    return _standardised(returns, 3)


def kurtosis(returns: Floats) -> Floats:
    """Return the fourth standardised moment, 3 for normal returns; NaN where they do not differ."""
    return _standardised(returns, 4)


def quotient(above: Floats, below: Floats) -> Floats:
    """Return one over the other; NaN where that is not a finite number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return finite(np.divide(above, below))


def finite(values: Floats) -> Floats:
    """Return the values, NaN in place of infinities."""
    return np.where(np.isfinite(values), values, nan)[()]


def undefined(returns: NDArray[Any]) -> Floats:
    """Return NaN for every history along the last axis."""
    return np.full(returns.shape[:-1], nan)[()]


def deviation(returns: Floats) -> Floats:
    """Return the standard deviation (n - 1); NaN where returns do not differ, or there are fewer than two."""
    if returns.shape[-1] < 2:
        return undefined(returns)
    return np.where(_differ(returns), np.std(returns, axis=-1, ddof=1), nan)[()]


def _standardised(returns: Floats, moment: int) -> Floats:
    if returns.shape[-1] < 2:
        return undefined(returns)
    from_mean = returns - np.mean(returns, axis=-1, keepdims=True)
    spread = np.where(_differ(returns), np.sqrt(np.mean(from_mean * from_mean, axis=-1)), nan)
    return quotient(np.mean(from_mean**moment, axis=-1), spread**moment)


def _differ(returns: Floats) -> NDArray[np.bool_]:
    return np.ptp(returns, axis=-1) >= ROUNDING
