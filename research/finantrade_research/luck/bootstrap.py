"""The stationary bootstrap: what else might have come of the same returns, with their memory kept.

1. A resampled history is put together of blocks of the measured one. A block begins anywhere with equal chance, goes
   round from the end to the beginning, and ends after each period with probability 1 / ``length``: so its length is
   geometric, and the resampled series is stationary.
2. The mean length follows from the series itself. M is twice the smallest lag after which the autocorrelations stay
   below 2 root(log10 n / n) for a while; with autocovariances R(k) and a flat-top window of width M,
   G = sum of |k| R(k), D = 2 (sum of R(k))^2, length = (2 G^2 / D)^(1/3) n^(1/3), between 1 and min(3 root n, n / 3).

Sources: D. Politis, J. Romano, *The Stationary Bootstrap* (1994); D. Politis, H. White, *Automatic Block-Length
Selection for the Dependent Bootstrap* (2004), as corrected by A. Patton, D. Politis, H. White (2009).
"""

from __future__ import annotations

from math import ceil, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from finantrade_research.curve import Floats, Times

FEWEST = 10
"""Below this many periods nothing is said of their memory."""


def block_length(series: Floats) -> float:
    """Return the mean length of a block, in periods; 1 where the series has no memory, or is too short to tell."""
    n = len(series)
    centred = series - np.mean(series) if n else series
    if n < FEWEST or not np.any(np.abs(centred) > 0):
        return 1.0
    few = max(5, int(log10(n)))
    most = ceil(sqrt(n)) + few
    covariances = np.array([centred[lag:] @ centred[: n - lag] for lag in range(min(most, n - 1) + 1)]) / n
    width = min(2 * _last_lag(covariances / covariances[0], few, n), len(covariances) - 1)
    lags = np.arange(-width, width + 1)
    weighted = _flat_top(lags / width) * covariances[np.abs(lags)]
    slope, level = float(np.sum(np.abs(lags) * weighted)), float(np.sum(weighted))
    longest = ceil(min(3 * sqrt(n), n / 3))
    if level == 0:
        return float(longest)
    return min(max((slope / level) ** 2 * n, 1.0) ** (1 / 3), float(longest))


def resampled(periods: int, draws: int, length: float, random: np.random.Generator) -> Times:
    """Return ``draws`` rows of ``periods`` places in the measured history, in blocks of mean ``length``."""
    begins = random.random((draws, periods)) < 1 / length
    begins[:, 0] = True
    place = np.arange(periods)
    since = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    starts = random.integers(periods, size=(draws, periods))
    return (np.take_along_axis(starts, since, axis=1) + place - since) % periods


def _last_lag(correlations: Floats, few: int, n: int) -> int:
    small = np.abs(correlations[1:]) < 2 * sqrt(log10(n) / n)
    for lag in range(len(small) - few + 1):
        if small[lag : lag + few].all():
            return max(lag, 1)
    # No quiet stretch: the memory reaches beyond what can be seen.
    return max(len(small), 1)


def _flat_top(at: NDArray[np.float64]) -> Floats:
    return np.where(np.abs(at) <= 0.5, 1.0, 2 * (1 - np.abs(at)))
