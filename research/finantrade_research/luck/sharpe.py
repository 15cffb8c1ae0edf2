"""What a measured Sharpe ratio says of the true one, given its length, its moments, and how many were tried.

All ratios here are **per period** (a day), not annualised: the moments belong to that period.

1. The probabilistic Sharpe ratio is the probability that the true ratio is above a benchmark: the estimate is
   asymptotically normal, its variance grows with negative skew and fat tails.
2. The minimum track record length is the number of periods after which that probability reaches a confidence.
3. Of N trials without any skill the best has a ratio well above zero: its expectation follows from extreme value theory
   and from the variance of the ratios across trials.
4. The deflated Sharpe ratio is the probabilistic one with that expectation as its benchmark.

Sources: D. Bailey, M. López de Prado, *The Sharpe Ratio Efficient Frontier* (2012) for 1 and 2, *The Deflated Sharpe
Ratio: Correcting for Selection Bias, Backtest Overfitting and Non-Normality* (2014) for 3 and 4.
"""

from __future__ import annotations

from math import e, isfinite, nan, sqrt
from statistics import NormalDist

import msgspec
import numpy as np

from finantrade_research import ratios
from finantrade_research.curve import Floats

NORMAL = NormalDist()
CONFIDENCE = 0.95


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A track record in four figures: ``sharpe`` per period, ``kurtosis`` 3 for normal returns."""

    observations: int
    sharpe: float
    skewness: float
    kurtosis: float

    @classmethod
    def of(cls, returns: Floats) -> Track:
        """Return the figures of the returns of each period."""
        return cls(
            observations=len(returns),
            sharpe=float(ratios.sharpe_per_day(returns)),
            skewness=float(ratios.skewness(returns)),
            kurtosis=float(ratios.kurtosis(returns)),
        )


def probabilistic_sharpe(track: Track, benchmark: float = 0.0) -> float:
    """Return the probability that the true ratio is above ``benchmark``; NaN where the ratio is not defined."""
    variance = _variance(track)
    if track.observations < 2 or not variance > 0:
        return nan
    return NORMAL.cdf((track.sharpe - benchmark) * sqrt((track.observations - 1) / variance))


def minimum_track_record(track: Track, benchmark: float = 0.0, confidence: float = CONFIDENCE) -> float:
    """Return the periods that are needed until the ratio is above ``benchmark`` with ``confidence``.

    Infinite where the measured ratio is not above the benchmark, NaN where it is not defined.
    """
    variance = _variance(track)
    if not variance > 0:
        return nan
    if track.sharpe <= benchmark:
        return float("inf")
    quantile = NORMAL.inv_cdf(confidence) / (track.sharpe - benchmark)
    return 1 + variance * quantile * quantile


def expected_maximum(trials: float, variance: float) -> float:
    """Return the ratio that the best of ``trials`` without skill is expected to have; zero for a single one.

    ``variance`` is that of the ratios across trials, per period.
    """
    if trials <= 1:
        return 0.0
    best, runner_up = NORMAL.inv_cdf(1 - 1 / trials), NORMAL.inv_cdf(1 - 1 / (trials * e))
    return max(sqrt(variance) * ((1 - np.euler_gamma) * best + np.euler_gamma * runner_up), 0.0)


def deflated_sharpe(track: Track, trials: float, variance: float) -> float:
    """Return the probability that the true ratio is above what the best of ``trials`` would have had by luck."""
    return probabilistic_sharpe(track, expected_maximum(trials, variance))


def _variance(track: Track) -> float:
    sharpe = track.sharpe
    found = 1 - track.skewness * sharpe + (track.kurtosis - 1) / 4 * sharpe * sharpe
    return found if isfinite(found) else nan
