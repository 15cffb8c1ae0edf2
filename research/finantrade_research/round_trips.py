"""Figures of closed round trips. ``profits`` are in quote units after fees, ``shares`` over what a trade entered for.

Where several histories of trades are judged at once, as the bootstrap does, they lie along the last axis.

Sources: V. Tharp, *Definitive Guide to Position Sizing* (2008) for the system quality number, with the profit over what
was entered for in place of multiples of an initial risk, which not every strategy has; J. L. Kelly, *A New
Interpretation of Information Rate* (1956) in the form for two outcomes, the mean win and the mean loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import Millis
from finantrade.runtime.trades import Trade
from finantrade_research.curve import Floats
from finantrade_research.ratios import deviation, quotient, undefined


def profits_of(closed: Iterable[Trade]) -> Floats:
    """Return the profit of each trade in quote units, fees taken off."""
    return np.array([float(trade.profit_abs) for trade in closed], dtype=np.float64)


def shares_of(closed: Iterable[Trade]) -> Floats:
    """Return the profit of each trade over what it entered for."""
    return np.array([float(trade.profit_abs) / float(trade.open_value) for trade in closed], dtype=np.float64)


def win_rate(profits: Floats) -> Floats:
    """Return the share of trades with a profit; NaN without trades."""
    return _mean(profits > 0)


def expectancy(profits: Floats) -> Floats:
    """Return the mean profit of a trade; NaN without trades."""
    return _mean(profits)


def profit_factor(profits: Floats) -> Floats:
    """Return what winning trades won over what losing trades lost; NaN where none lost."""
    return quotient(np.sum(np.maximum(profits, 0.0), axis=-1), -np.sum(np.minimum(profits, 0.0), axis=-1))


def payoff_ratio(profits: Floats) -> Floats:
    """Return the mean winning trade over the mean losing one; NaN where either is missing."""
    mean_win = quotient(np.sum(np.maximum(profits, 0.0), axis=-1), np.sum(profits > 0, axis=-1))
    mean_loss = quotient(-np.sum(np.minimum(profits, 0.0), axis=-1), np.sum(profits < 0, axis=-1))
    return quotient(mean_win, mean_loss)


def system_quality(shares: Floats) -> Floats:
    """Return root n times mean over standard deviation (n - 1) of the trades' returns; NaN where they do not differ."""
    if not shares.shape[-1]:
        return undefined(shares)
    return quotient(np.mean(shares, axis=-1) * sqrt(shares.shape[-1]), deviation(shares))


def kelly(shares: Floats) -> Floats:
    """Return the win rate less the loss rate over the payoff ratio: the share to stake for the fastest growth."""
    return win_rate(shares) - quotient(1 - win_rate(shares), payoff_ratio(shares))


def losing_streak(profits: Floats) -> NDArray[np.int64]:
    """Return the most trades without a profit in a row."""
    lost = profits <= 0
    counted = np.cumsum(lost, axis=-1)
    until = np.maximum.accumulate(np.where(lost, 0, counted), axis=-1)
    return np.max(counted - until, axis=-1, initial=0)


def average_duration(closed: Sequence[Trade]) -> float:
    """Return the mean time from entry to exit, in milliseconds."""
    durations = [trade.close_time - trade.open_time for trade in closed if trade.close_time is not None]
    return float(np.mean(durations)) if durations else nan


def exposure(trades: Iterable[Trade], start: Millis, end: Millis) -> float:
    """Return the share of the time from ``start`` to ``end`` in which anything was held."""
    held, until = 0, start
    for trade in sorted(trades, key=lambda one: one.open_time):
        closing = end if trade.close_time is None else trade.close_time
        held += max(closing - max(trade.open_time, until), 0)
        until = max(until, closing)
    return held / (end - start) if end > start else nan


def traded_value(trades: Iterable[Trade]) -> float:
    """Return the value of all fills, entries and exits, in quote units."""
    return float(sum(trade.bought + trade.sold for trade in trades))


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> Floats:
    return np.mean(values, axis=-1) if values.shape[-1] else undefined(values)
