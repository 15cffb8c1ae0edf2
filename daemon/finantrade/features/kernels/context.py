"""Figures of what is known beside bars. What comes once in hours or a day is counted by its time, not by bar."""

from __future__ import annotations

import math

from finantrade.domain.units import DAY, HOUR
from finantrade.features.declaration import State
from finantrade.features.kernels.flow import unusual
from finantrade.features.kernels.totals import share
from finantrade.features.kernels.windows import lag

YEAR = 365 * DAY


def event_zscore(state: State, at: int, time: float, x: float, n: int) -> float:
    """Distance of the newest figure from the mean of the last n in deviations. State: time, distance, deviation's."""
    if time > state[at]:
        state[at] = time
        state[at + 1] = unusual(state, at + 2, x, n)
    return state[at + 1] if state[at + 2] >= n else math.nan


def event_change(state: State, at: int, time: float, x: float, n: int) -> float:
    """The newest figure less that of n before it. State: time, difference, lag's."""
    if time > state[at]:
        state[at] = time
        state[at + 1] = x - lag(state, at + 2, x, n)
    return state[at + 1] if state[at] > 0.0 else math.nan


def change_over(state: State, at: int, x: float, n: int) -> float:
    """x over what it was n values ago, less 1. State: lag's."""
    then = lag(state, at, x, n)
    return x / then - 1.0 if then > 0.0 else math.nan


def annualised(state: State, at: int, rate: float, interval: float) -> float:
    """A rate per interval in ms as one per year, not compounded."""
    return rate * (YEAR / interval) if interval > 0.0 else math.nan


def hours_to_next(state: State, at: int, close_time: int, last: float, interval: float) -> float:
    """Hours until the next of what comes each interval since ``last``, all in ms; the whole interval at one."""
    return (interval - (close_time + 1 - last) % interval) / HOUR if interval > 0.0 else math.nan


def imbalance(state: State, at: int, ratio: float) -> float:
    """The difference over the sum of two amounts, of which the ratio is known."""
    return (ratio - 1.0) / (ratio + 1.0) if ratio >= 0.0 else math.nan


def net_share(state: State, at: int, down: float, up: float, n: int) -> float:
    """The sum of the last n (up - down) over that of their sums; 0 where there are none. State: that of two sums."""
    return share(state, at, up - down, up + down, n, 0.0)


def reaches(state: State, at: int, x: float, level: int) -> float:
    """1 from the level on, else 0."""
    return 1.0 if x >= level else 0.0


def falls_below(state: State, at: int, x: float, level: int) -> float:
    """1 below the level, else 0."""
    return 1.0 if x < level else 0.0
