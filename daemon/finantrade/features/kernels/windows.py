"""Figures over the last n values, each O(1) a value on average, from a ring of n floats.

Whenever the ring is full to its end (each n values) the running figure is computed afresh from the ring, so rounding
never piles up. A deviation is computed afresh also when it has shrunk a thousandfold since: a price that jumped and
came back would otherwise leave more rounding behind than there is spread.
"""

from __future__ import annotations

import math

from finantrade.features.declaration import State

SHRUNK = 1e-6
ROUNDED = 1e-28
"""Of the square of the mean: a spread below it is made of rounding, and is computed anew."""


def lag(state: State, at: int, x: float, n: int) -> float:
    """The value n steps ago. State: seen, ring."""
    seen = int(state[at])
    slot = at + 1 + place_of(seen, n)
    old = state[slot]
    state[slot] = x
    state[at] = counted(seen, n)
    return old if seen >= n else math.nan


def sma(state: State, at: int, x: float, n: int) -> float:
    """The mean of the last n values. State: seen, sum, ring."""
    seen = int(state[at])
    place = place_of(seen, n)
    slot = at + 2 + place
    state[at] = counted(seen, n)
    state[at + 1] += x - state[slot]
    state[slot] = x
    if place == n - 1:
        total = 0.0
        for i in range(at + 2, at + 2 + n):
            total += state[i]
        state[at + 1] = total
    return state[at + 1] / n if seen + 1 >= n else math.nan


def std(state: State, at: int, x: float, n: int) -> float:
    """The population deviation of the last n values. State: seen, mean, squares, their peak, ring."""
    seen = int(state[at])
    place = place_of(seen, n)
    slot = at + 4 + place
    old = state[slot]
    state[slot] = x
    state[at] = counted(seen, n)
    if seen + 1 < n:
        return math.nan
    mean = state[at + 1] + (x - old) / n
    squares = state[at + 2] + (x - old) * (x - mean + old - state[at + 1])
    peak = state[at + 3] if state[at + 3] > squares else squares
    if place == n - 1 or squares < SHRUNK * peak or squares < ROUNDED * mean * mean:
        return spread_afresh(state, at, n)
    state[at + 1] = mean
    state[at + 2] = squares
    state[at + 3] = peak
    return math.sqrt(squares / n)


def spread_afresh(state: State, at: int, n: int) -> float:
    """Compute the deviation from the ring, in two passes, less the first value: exactly 0 where all are the same."""
    ring = at + 4
    first = state[ring]
    total = 0.0
    for i in range(ring, ring + n):
        total += state[i] - first
    mean = first + total / n
    squares = 0.0
    for i in range(ring, ring + n):
        squares += (state[i] - mean) * (state[i] - mean)
    state[at + 1] = mean
    state[at + 2] = squares
    state[at + 3] = squares
    return math.sqrt(squares / n)


def highest(state: State, at: int, x: float, n: int) -> float:
    """The greatest of the last n values. State: seen, greatest of the present block, ring.

    The window is the present block of n up to now and the end of the block before it, whose slots hold, since that
    block was full, the greatest value from there to its end (van Herk, Gil and Werman).
    """
    seen = int(state[at])
    place = place_of(seen, n)
    ring = at + 2
    state[at] = counted(seen, n)
    if place == 0 or x > state[at + 1]:
        state[at + 1] = x
    best = state[at + 1]
    state[ring + place] = x
    if place == n - 1:
        top = x
        for i in range(ring + n - 2, ring - 1, -1):
            top = state[i] if state[i] > top else top
            state[i] = top
    elif state[ring + place + 1] > best:
        best = state[ring + place + 1]
    return best if seen + 1 >= n else math.nan


def lowest(state: State, at: int, x: float, n: int) -> float:
    """The least of the last n values: the greatest, mirrored. State: seen, greatest of the present block, ring."""
    return -highest(state, at, -x, n)


def place_of(seen: int, n: int) -> int:
    """Where in the ring the next value goes; ``seen`` counts to 2 n, then from n again, which spares a division."""
    return seen - n if seen >= n else seen


def counted(seen: int, n: int) -> float:
    """The next ``seen``."""
    return seen + 1.0 if seen + 1 < 2 * n else n + 0.0
