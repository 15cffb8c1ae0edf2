"""Plain loops for the statistics of luck, written from the papers and not from our vectors."""

from __future__ import annotations

from itertools import combinations
from math import ceil, log, log10, sqrt
from statistics import fmean, pstdev

import numpy as np


def block_length(series: list[float]) -> float:
    """Politis and White (2004) with the correction of 2009, for the stationary bootstrap."""
    n, mean = len(series), fmean(series)

    def covariance(lag: int) -> float:
        return sum((series[i] - mean) * (series[i + lag] - mean) for i in range(n - lag)) / n

    def window(t: float) -> float:
        return 1.0 if abs(t) <= 0.5 else 2 * (1 - abs(t))

    few = max(5, int(log10(n)))
    small = [abs(covariance(k) / covariance(0)) < 2 * sqrt(log10(n) / n) for k in range(1, ceil(sqrt(n)) + few + 1)]
    quiet = [m for m in range(len(small) - few + 1) if all(small[m : m + few])]
    lag = max(quiet[0], 1) if quiet else len(small)
    width = min(2 * lag, len(small))
    g = sum(window(k / width) * abs(k) * covariance(abs(k)) for k in range(-width, width + 1))
    d = 2 * sum(window(k / width) * covariance(abs(k)) for k in range(-width, width + 1)) ** 2
    return min(max((2 * g * g / d) ** (1 / 3) * n ** (1 / 3), 1.0), ceil(min(3 * sqrt(n), n / 3)))


def overfitting(columns: list[list[float]], blocks: int) -> tuple[float, float]:
    """Bailey et al. (2015): each half put together and judged; probability of overfitting, and how often a loss."""
    length = len(columns[0]) // blocks
    begin = len(columns[0]) - length * blocks

    def ratio(column: list[float], chosen: tuple[int, ...]) -> float:
        half = [one for b in chosen for one in column[begin + b * length : begin + (b + 1) * length]]
        return fmean(half) / pstdev(half)

    logits: list[float] = []
    losses = 0
    for inside in combinations(range(blocks), blocks // 2):
        outside = tuple(b for b in range(blocks) if b not in inside)
        best = max(range(len(columns)), key=lambda n: ratio(columns[n], inside))
        later = [ratio(column, outside) for column in columns]
        rank = sum(one < later[best] for one in later) + 1
        share = rank / (len(columns) + 1)
        logits.append(log(share / (1 - share)))
        losses += later[best] < 0
    return fmean(one <= 0 for one in logits), losses / len(logits)


def groups(returns: np.ndarray, alike: float) -> list[set[int]]:
    """Average linkage by looking at every pair of groups again after each merger."""
    correlation = np.corrcoef(returns.T)
    found = [{n} for n in range(returns.shape[1])]
    while len(found) > 1:
        pairs = list(combinations(range(len(found)), 2))
        means = [fmean(correlation[a, b] for a in found[i] for b in found[j]) for i, j in pairs]
        best = max(range(len(pairs)), key=means.__getitem__)
        if means[best] < alike:
            break
        i, j = pairs[best]
        found = [one for n, one in enumerate(found) if n not in (i, j)] + [found[i] | found[j]]
    return found


def held_and_grown(
    opens: list[float], last: float, trades: list[tuple[int, int, float, float]]
) -> tuple[list[bool], float]:
    """Which bars are held, and what trades of (first bar, bars, stake, cost) compound to."""
    prices = [*opens, last]
    held = [False] * len(opens)
    grown = 1.0
    for first, bars, stake, cost in trades:
        for bar in range(first, first + bars):
            assert not held[bar]
            held[bar] = True
        grown *= 1 + stake * (prices[first + bars] / prices[first] - 1) - cost
    return held, grown - 1
