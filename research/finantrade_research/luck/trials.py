"""What a Sharpe ratio is worth after so many were tried on the same data.

The number of trials is counted twice: every distinct one, pruned ones included, and those that are left when trials
that resemble each other count as one (`clusters`). Both deflate the ratio; the truth is between. The variance of ratios
is that across all trials that have one. The probability of overfitting needs trials that went to the end of the span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb, isnan, nan, sqrt

import msgspec
import numpy as np

from finantrade_research.curve import Floats
from finantrade_research.luck.clusters import effective_trials
from finantrade_research.luck.overfitting import Overfitting, overfitting
from finantrade_research.luck.sharpe import Track, deflated_sharpe, expected_maximum
from finantrade_research.ratios import YEAR_DAYS

CELLS = 1_000_000
"""Halves times trials of a cross-validation: with more trials there are fewer blocks."""
BLOCKS = (16, 14, 12, 10, 8, 6)
FEWEST_CHOICES = 8
"""Trials below which the rank of the best says little of anything."""


class Outcome(StrEnum):
    """How a trial ended: at the end of its span, or given up on the way because it did not look like much."""

    COMPLETE = "complete"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Trial:
    """One distinct set of parameters that was tried on a span; ``returns`` a day, as far as it got."""

    parameters: str
    outcome: Outcome
    sharpe: float
    """Per day."""
    returns: Floats


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """How many were tried on the span, and what is left of the ratio then.

    ``overlapping`` more were tried on spans of the same market that overlap this one; they are in no other figure.
    ``clustered`` trials had returns to be compared. ``expected_maximum`` is annualised.
    """

    tried: int
    pruned: int
    overlapping: int
    clustered: int
    effective: int
    expected_maximum: float
    expected_maximum_effective: float
    dsr: float
    dsr_effective: float
    overfitting: Overfitting


def judge(track: Track, tried: Sequence[Trial], overlapping: int = 0) -> Trials:
    """Return what is left of the ratio of ``track``, which is one of those ``tried``, or the only one."""
    count = max(len(tried), 1)
    returns = matrix(tried)
    # What has no returns to be compared by counts by itself.
    effective = min(effective_trials(returns) + count - returns.shape[1], count)
    variance = _variance(tried)
    return Trials(
        tried=count,
        pruned=sum(one.outcome is Outcome.PRUNED for one in tried),
        overlapping=overlapping,
        clustered=returns.shape[1],
        effective=effective,
        expected_maximum=expected_maximum(count, variance) * sqrt(YEAR_DAYS),
        expected_maximum_effective=expected_maximum(effective, variance) * sqrt(YEAR_DAYS),
        dsr=deflated_sharpe(track, count, variance),
        dsr_effective=deflated_sharpe(track, effective, variance),
        overfitting=_overfitting(returns),
    )


def matrix(tried: Sequence[Trial]) -> Floats:
    """Return the returns of the trials that went to the end, a column each; no column where there are none."""
    complete = [one.returns for one in tried if one.outcome is Outcome.COMPLETE and np.isfinite(one.returns).all()]
    longest = max((len(one) for one in complete), default=0)
    columns = [one for one in complete if len(one) == longest and longest]
    return np.column_stack(columns) if columns else np.empty((longest, 0))


def _variance(tried: Sequence[Trial]) -> float:
    ratios = [one.sharpe for one in tried if not isnan(one.sharpe)]
    return float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0


def _overfitting(returns: Floats) -> Overfitting:
    trials = returns.shape[1]
    blocks = next((one for one in BLOCKS if comb(one, one // 2) * trials <= CELLS), BLOCKS[-1])
    if trials < FEWEST_CHOICES:
        return Overfitting(trials=trials, blocks=blocks, halves=0, probability=nan, loss=nan)
    return overfitting(returns, blocks)
