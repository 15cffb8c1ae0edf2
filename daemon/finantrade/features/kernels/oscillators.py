"""Figures that swing around a middle; where nothing moved or nothing was traded they are there."""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.averages import twice_smoothed
from finantrade.features.kernels.extremes import place_among
from finantrade.features.kernels.totals import share
from finantrade.features.kernels.windows import counted, place_of

LAMBERT = 0.015
"""Chosen by Lambert so that most values lie between -100 and 100."""
FISHER_LIMIT = 0.999
"""The transform is endless at 1."""


def cci(state: State, at: int, x: float, n: int) -> float:
    """Distance from the mean of the last n in mean absolute deviations over 0.015. State: seen, ring; O(n).

    Everything is measured from x, so that equal values have no deviation at all. Each sum is made as two, of every
    other value, since an addition waits for the one before.
    """
    seen = int(state[at])
    ring = at + 1
    state[ring + place_of(seen, n)] = x
    state[at] = counted(seen, n)
    if seen + 1 < n:
        return math.nan
    middle = state[ring] - x if n % 2 else 0.0
    other = 0.0
    for i in range(ring + n % 2, ring + n, 2):
        middle += state[i] - x
        other += state[i + 1] - x
    middle = (middle + other) / n
    apart = abs(state[ring] - x - middle) if n % 2 else 0.0
    other = 0.0
    for i in range(ring + n % 2, ring + n, 2):
        apart += abs(state[i] - x - middle)
        other += abs(state[i + 1] - x - middle)
    apart += other
    return -middle * n / (LAMBERT * apart) if apart > 0.0 else 0.0


def money_flow(state: State, at: int, x: float, size: float, n: int) -> float:
    """The share of x * size, in percent, of the last n values at which x rose, of those at which it changed.

    State: seen, last, two sums.
    """
    change = x - state[at + 1]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = x
    if first:
        return math.nan
    flow = x * size
    return 100.0 * share(state, at + 2, flow if change > 0.0 else 0.0, flow if change != 0.0 else 0.0, n, 0.5)


def chande_momentum(state: State, at: int, x: float, last: float, n: int) -> float:
    """Rises less falls over both, of the last n changes, in percent. State: that of two sums."""
    change = x - last
    return 100.0 * share(state, at, change, abs(change), n, 0.0)


def true_strength(state: State, at: int, x: float, last: float, first: int, second: int) -> float:
    """A change smoothed twice over its size smoothed twice, in percent. State: that of the four averages."""
    change = twice_smoothed(state, at, x - last, first, second)
    size = twice_smoothed(state, at + 4, abs(x - last), first, second)
    if math.isnan(size):
        return math.nan
    return 100.0 * change / size if size > 0.0 else 0.0


def ultimate(
    state: State, at: int, high: float, low: float, close: float, last: float, n: int, m: int, k: int
) -> float:
    """Buying pressure over true range in three windows, weighing 4, 2 and 1, in percent. State: that of six sums."""
    bottom = low if low < last else last
    top = high if high > last else last
    one = share(state, at, close - bottom, top - bottom, n, 0.5)
    two = share(state, at + 4 + 2 * n, close - bottom, top - bottom, m, 0.5)
    three = share(state, at + 8 + 2 * n + 2 * m, close - bottom, top - bottom, k, 0.5)
    return 100.0 * (4.0 * one + 2.0 * two + three) / 7.0


def fisher(state: State, at: int, x: float, n: int) -> float:
    """Ehlers' transform of where x lies among the last n. State: place smoothed, transform smoothed, two extremes."""
    lies = place_among(state, at + 2, x, n, 2.0)
    if math.isnan(lies):
        return math.nan
    smooth = 0.33 * (lies - 1.0) + 0.67 * state[at]
    smooth = FISHER_LIMIT if smooth > FISHER_LIMIT else -FISHER_LIMIT if smooth < -FISHER_LIMIT else smooth
    state[at] = smooth
    state[at + 1] = 0.5 * math.log((1.0 + smooth) / (1.0 - smooth)) + 0.5 * state[at + 1]
    return state[at + 1]
