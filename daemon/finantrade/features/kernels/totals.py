"""Sums over the last n values from which nothing is ever subtracted, each O(1) a value on average.

1. Values come in blocks of n. The window is the present block up to now and the end of the block before it.
2. When a block is full, its slots are filled anew, from the end backwards, with the sums from there to its end.
3. The window's sum is then one addition: the present block's sum and the slot after the present place.

So a sum carries the rounding of n additions and no more, whatever has passed through: after a jump of ten thousand
times and back, and after a million bars, it is what adding up the window gives.
"""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.windows import counted, place_of


def total(state: State, at: int, x: float, n: int) -> float:
    """The sum of the last n values. State: seen, sum of the present block, ring."""
    seen = int(state[at])
    place = place_of(seen, n)
    ring = at + 2
    state[at] = counted(seen, n)
    state[at + 1] = x if place == 0 else state[at + 1] + x
    whole = state[at + 1]
    state[ring + place] = x
    if place == n - 1:
        rest = 0.0
        for i in range(ring + n - 1, ring - 1, -1):
            rest += state[i]
            state[i] = rest
    else:
        whole += state[ring + place + 1]
    return whole if seen + 1 >= n else math.nan


def mean(state: State, at: int, x: float, n: int) -> float:
    """The mean of the last n values. State: that of their sum."""
    return total(state, at, x, n) / n


def wma(state: State, at: int, x: float, n: int) -> float:
    """The mean of the last n values weighted 1 to n. State: seen, sum and weighted sum of the present block, ring.

    The slots of the block before hold weighted sums: the first after the present place counts once, the next twice.
    """
    seen = int(state[at])
    place = place_of(seen, n)
    ring = at + 3
    state[at] = counted(seen, n)
    state[at + 1] = x if place == 0 else state[at + 1] + x
    state[at + 2] = x if place == 0 else state[at + 2] + (place + 1.0) * x
    whole = state[at + 2] + (n - 1.0 - place) * state[at + 1]
    state[ring + place] = x
    if place == n - 1:
        rest = 0.0
        weighted = 0.0
        for i in range(ring + n - 1, ring - 1, -1):
            rest += state[i]
            weighted += rest
            state[i] = weighted
    else:
        whole += state[ring + place + 1]
    return whole / (0.5 * n * (n + 1.0)) if seen + 1 >= n else math.nan


def root_mean(state: State, at: int, x: float, n: int) -> float:
    """The square root of the mean of the last n values, 0 where that is below 0. State: that of their sum."""
    whole = total(state, at, x, n)
    if math.isnan(whole):
        return math.nan
    return math.sqrt(whole / n) if whole > 0.0 else 0.0


def share(state: State, at: int, part: float, whole: float, n: int, neutral: float) -> float:
    """The sum of the last n parts over that of the wholes; neutral where those are 0. State: that of the two sums."""
    parts = total(state, at, part, n)
    wholes = total(state, at + 2 + n, whole, n)
    if math.isnan(wholes):
        return math.nan
    return parts / wholes if wholes > 0.0 else neutral


def covariance(state: State, at: int, x: float, y: float, n: int) -> float:
    """The mean product of the last n deviations of x and y from their means. State: that of three sums."""
    product = total(state, at, x * y, n)
    xs = total(state, at + 2 + n, x, n)
    ys = total(state, at + 4 + 2 * n, y, n)
    return product / n - xs / n * (ys / n)
