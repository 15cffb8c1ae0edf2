"""The effective number of trials: how many different ones there are among trials that resemble each other.

A thousand neighbouring parameters are not a thousand attempts. Trials are put together by average linkage on one less
the correlation of their returns, as long as the trials of two groups correlate by at least ``ALIKE`` on average; the
groups that are left are the effective number. Trials that never moved correlate with nothing but their like.

Why not the number of clusters with the best silhouette (M. López de Prado, M. Lewis, *Detection of False Investment
Strategies Using Unsupervised Learning Methods*, 2018): a silhouette can say neither "one" nor "all of them", and among
independent trials it still finds a few clusters, so that luck would pass for skill. A fixed correlation leaves
independent trials apart and needs no seed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finantrade_research.curve import Floats
from finantrade_research.ratios import ROUNDING

ALIKE = 0.5
"""Trials whose returns correlate by this much on average count as one."""

Labels = NDArray[np.int64]


def clusters(returns: Floats, alike: float = ALIKE) -> Labels:
    """Return the cluster of each column of ``returns`` (periods by trials), named after one of its columns.

    By chains of nearest neighbours (F. Murtagh, *A Survey of Recent Advances in Hierarchical Clustering Algorithms*,
    1983): from a group to the one that it is most alike, and on, until two are each other's; these are put together.
    Average linkage comes to the same groups in whatever order such pairs are found, and no pair is more alike than what
    it is made of. The work grows with the square of the trials.
    """
    label: Labels = np.arange(int(returns.shape[1]))
    if len(label) < 2:
        return label
    close = correlations(returns)
    np.fill_diagonal(close, -np.inf)
    size = np.ones(len(close))
    chain: list[int] = []
    for _ in range(len(close) - 1):
        if not chain:
            chain = [int(np.flatnonzero(size)[0])]
        one, other = _pair(close, chain)
        if close[one, other] >= alike:
            label[label == one] = other
        _put_together(close, size, one, other)
    return label


def effective_trials(returns: Floats, alike: float = ALIKE) -> int:
    """Return the number of clusters among the columns of ``returns`` (periods by trials)."""
    return len(np.unique(clusters(returns, alike)))


def correlations(returns: Floats) -> Floats:
    """Return the correlation of every two columns; 0 with a column that never moved, 1 between two of those."""
    still = np.ptp(returns, axis=0) < ROUNDING
    centred = returns - returns.mean(axis=0)
    length = np.sqrt(np.sum(centred * centred, axis=0))
    scaled = np.where(still, 0.0, centred / np.where(still, 1.0, length))
    found = np.clip(scaled.T @ scaled, -1.0, 1.0)
    found[np.ix_(still, still)] = 1.0
    return found


def _pair(close: Floats, chain: list[int]) -> tuple[int, int]:
    while True:
        here = chain[-1]
        nearest = int(np.argmax(close[here]))
        # Of equals the one we come from, or the chain would go round for ever.
        if len(chain) > 1 and close[here, chain[-2]] >= close[here, nearest]:
            return chain.pop(), chain.pop()
        chain.append(nearest)


def _put_together(close: Floats, size: Floats, one: int, other: int) -> None:
    both = size[one] + size[other]
    close[other] = close[:, other] = (size[one] * close[one] + size[other] * close[other]) / both
    close[one] = close[:, one] = close[other, other] = -np.inf
    size[one], size[other] = 0, both
