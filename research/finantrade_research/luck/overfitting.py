"""The probability of backtest overfitting, by combinatorially symmetric cross-validation.

1. The returns of all trials (periods by trials) are cut into S blocks of equal length; what is left over at the
   beginning is dropped.
2. Every choice of S/2 blocks is once in-sample, the other half out of it. Sharpe ratios of a half come from the sums
   and sums of squares of its blocks, so that a half is never put together.
3. The trial that is best in-sample has a rank out of it; its relative rank w (rank over trials + 1, ties at their mean)
   gives the logit ln(w / (1 - w)).
4. The probability of overfitting is the share of halves in which that is not above zero: the best of the past was no
   better than the median later.

Source: D. Bailey, J. Borwein, M. López de Prado, Q. Zhu, *The Probability of Backtest Overfitting* (2015).
"""

from __future__ import annotations

from itertools import combinations
from math import nan

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade_research.curve import Floats
from finantrade_research.ratios import ROUNDING

BLOCKS = 16
CELLS = 2_000_000
"""Halves times trials that are looked at together: it bounds the memory."""


class Overfitting(msgspec.Struct, frozen=True, kw_only=True):
    """``probability`` of overfitting over ``halves`` of ``blocks`` blocks; ``loss``: how often the chosen one lost."""

    trials: int
    blocks: int
    halves: int
    probability: float
    loss: float


def overfitting(returns: Floats, blocks: int = BLOCKS) -> Overfitting:
    """Return the probability of overfitting of ``returns`` (periods by trials).

    NaN below two trials or two periods a block. Raises ValueError unless ``blocks`` is even and at least two.
    """
    if blocks < 2 or blocks % 2:
        raise ValueError(f"expected an even number of blocks, at least 2, found {blocks}")
    periods, trials = returns.shape
    length = periods // blocks
    if trials < 2 or length < 2:
        return Overfitting(trials=trials, blocks=blocks, halves=0, probability=nan, loss=nan)
    cut = returns[periods - length * blocks :].reshape(blocks, length, trials)
    chosen = _halves(blocks)
    step = max(CELLS // trials, 1)
    judged = [_judge(cut, chosen[begin : begin + step]) for begin in range(0, len(chosen), step)]
    logits, lost = (np.concatenate(one) for one in zip(*judged, strict=True))
    return Overfitting(
        trials=trials,
        blocks=blocks,
        halves=len(chosen),
        probability=float(np.mean(logits <= 0)),
        loss=float(np.mean(lost)),
    )


def _halves(blocks: int) -> Floats:
    every = list(combinations(range(blocks), blocks // 2))
    chosen = np.zeros((len(every), blocks))
    chosen[np.arange(len(every))[:, None], np.array(every)] = 1.0
    return chosen


def _judge(cut: Floats, chosen: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    inside, outside = _sharpe(cut, chosen), _sharpe(cut, 1 - chosen)
    row = np.arange(len(chosen))
    best = np.argmax(inside, axis=1)
    mine = outside[row, best][:, None]
    # The same column gives the same ratio only up to rounding, wherever it stands in a product of matrices.
    below, equal = np.sum(outside < mine - ROUNDING, axis=1), np.sum(np.abs(outside - mine) <= ROUNDING, axis=1)
    rank = (below + (equal + 1) / 2) / (cut.shape[2] + 1)
    return np.log(rank / (1 - rank)), mine[:, 0] < 0


def _sharpe(cut: Floats, chosen: Floats) -> Floats:
    count = (chosen.sum(axis=1) * cut.shape[1])[:, None]
    mean = chosen @ cut.sum(axis=1) / count
    variance = chosen @ (cut * cut).sum(axis=1) / count - mean * mean
    # A trial that stood still in this half has no ratio; it is neither good nor bad.
    return np.where(variance > ROUNDING * ROUNDING, mean / np.sqrt(np.maximum(variance, ROUNDING * ROUNDING)), 0.0)
