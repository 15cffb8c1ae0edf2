"""Averages that adapt or are made of others."""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.smoothing import ema
from finantrade.features.kernels.totals import mean, total, wma
from finantrade.features.kernels.windows import lag

KAMA_FAST = 2.0 / 3.0
"""The constant of an exponential average of 2: how fast Kaufman's follows where the price goes straight."""
KAMA_SLOW = 2.0 / 31.0
"""That of 30: how fast it follows where the price goes nowhere."""


def hull(state: State, at: int, x: float, n: int, half: int, root: int) -> float:
    """Hull's average: wma(2 wma(half) - wma(n), root). State: that of the three."""
    fast = wma(state, at, x, half)
    slow = wma(state, at + 3 + half, x, n)
    if math.isnan(slow):
        return math.nan
    return wma(state, at + 6 + half + n, 2.0 * fast - slow, root)


def efficiency(state: State, at: int, x: float, n: int) -> float:
    """The way from n values ago to now over the whole way gone; 0 where none was. State: seen, last, lag, sum."""
    step = abs(x - state[at + 1])
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = x
    then = lag(state, at + 2, x, n)
    if first:
        return math.nan
    way = total(state, at + 3 + n, step, n)
    if math.isnan(way):
        return math.nan
    straight = abs(x - then)
    return (straight if straight < way else way) / way if way > 0.0 else 0.0


def kama(state: State, at: int, x: float, last: float, straightness: float) -> float:
    """Kaufman's average, seeded with the value before the first. State: seen, average."""
    if state[at] == 0.0:
        state[at] = 1.0
        state[at + 1] = last
    pace = straightness * (KAMA_FAST - KAMA_SLOW) + KAMA_SLOW
    state[at + 1] += pace * pace * (x - state[at + 1])
    return state[at + 1]


def twice_smoothed(state: State, at: int, x: float, first: int, second: int) -> float:
    """An exponential average of an exponential average. State: that of both."""
    once = ema(state, at, x, first)
    return once if math.isnan(once) else ema(state, at + 2, once, second)


def mean_gap(state: State, at: int, x: float, fast: int, slow: int) -> float:
    """The mean of the last few values less that of more. State: that of both."""
    near = mean(state, at, x, fast)
    return near - mean(state, at + 2 + fast, x, slow)
