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

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finantrade_research.curve import Floats
from finantrade_research.ratios import ROUNDING

ALIKE = 0.5
"""Trials whose returns correlate by this much on average count as one."""


def clusters(returns: Floats, alike: float = ALIKE) -> NDArray[np.int64]:
    """Return the cluster of each column of ``returns`` (periods by trials), numbered from 1."""
    trials = returns.shape[1]
    if trials < 2:
        return np.ones((trials,), dtype=np.int64)
    hierarchy: Any = import_module("scipy.cluster.hierarchy")
    above = np.triu_indices(trials, 1)
    tree = hierarchy.linkage(1 - correlations(returns)[above], method="average")
    found: NDArray[np.int32] = hierarchy.fcluster(tree, 1 - alike, criterion="distance")
    return found.astype(np.int64)


def effective_trials(returns: Floats, alike: float = ALIKE) -> int:
    """Return the number of clusters among the columns of ``returns`` (periods by trials)."""
    found = clusters(returns, alike)
    return int(found.max()) if len(found) else 0


def correlations(returns: Floats) -> Floats:
    """Return the correlation of every two columns; 0 with a column that never moved, 1 between two of those."""
    still = np.ptp(returns, axis=0) < ROUNDING
    centred = returns - returns.mean(axis=0)
    length = np.sqrt(np.sum(centred * centred, axis=0))
    scaled = np.where(still, 0.0, centred / np.where(still, 1.0, length))
    found = np.clip(scaled.T @ scaled, -1.0, 1.0)
    found[np.ix_(still, still)] = 1.0
    return found
