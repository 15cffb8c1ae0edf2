"""Monte Carlo over the closed trades: had they come in another order, had some of them been missed.

1. Each trade is the share of the balance that it won or lost: its profit over the initial balance and all profits of
   trades closed before it. Compounded in their own order they give the closed balance, in any order the same end.
2. In another order the deepest fall and the longest losing streak differ: how deep might it have been?
3. Each trade is missed with a probability, as by an outage: does the result hang on a few of them?

Falls are those of the closed balance, which knows nothing of what an open trade was worth in between.
"""

from __future__ import annotations

from math import nan

import msgspec
import numpy as np

from finantrade_research import ratios, round_trips
from finantrade_research.curve import Floats
from finantrade_research.luck.intervals import draws_of, quantiles

SKIP = 0.1
LEVELS = (0.05, 0.5, 0.95)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as measured, and its 5 %, 50 % and 95 % quantiles over the draws."""

    measured: float
    low: float
    median: float
    high: float


class MonteCarlo(msgspec.Struct, frozen=True, kw_only=True):
    """Trades in another order, and trades missed with probability ``skip``; ``loss``: how often that lost money."""

    draws: int
    skip: float
    shuffled_drawdown: Spread
    shuffled_streak: Spread
    skipped_return: Spread
    skipped_drawdown: Spread
    loss: float


def balance_shares(profits: Floats, initial: float) -> Floats:
    """Return what each trade won or lost of the balance before it; -1 from the trade on that ruined it."""
    before = initial + np.cumsum(profits) - profits
    return np.maximum(np.where(before > 0, profits / np.where(before > 0, before, 1.0), -1.0), -1.0)


def monte_carlo(profits: Floats, initial: float, seed: int, skip: float = SKIP) -> MonteCarlo:
    """Return what other orders and missed trades would have come to; no draws, and NaN, without trades."""
    draws = draws_of(len(profits)) if len(profits) else 0
    random = np.random.default_rng([seed, len(profits)])
    shares = balance_shares(profits, initial)
    shuffled = random.permuted(np.broadcast_to(shares, (draws, len(shares))), axis=1)
    kept = np.where(random.random((draws, len(shares))) < skip, 0.0, shares)
    final: Floats = np.prod(1 + kept, axis=1) - 1
    streaks = round_trips.losing_streak(shuffled).astype(np.float64)
    fall = float(ratios.deepest_fall(shares))
    return MonteCarlo(
        draws=draws,
        skip=skip,
        shuffled_drawdown=_spread(fall, ratios.deepest_fall(shuffled)),
        shuffled_streak=_spread(float(round_trips.losing_streak(shares)), streaks),
        skipped_return=_spread(float(np.prod(1 + shares)) - 1, final),
        skipped_drawdown=_spread(fall, ratios.deepest_fall(kept)),
        loss=float(np.mean(final < 0)) if draws else nan,
    )


def _spread(measured: float, drawn: Floats) -> Spread:
    low, median, high = quantiles(drawn, *LEVELS)
    return Spread(measured=measured, low=low, median=median, high=high)
