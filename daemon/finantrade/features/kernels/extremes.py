"""When the greatest of the last n values was, and where the present one lies among them."""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.ratios import place
from finantrade.features.kernels.windows import counted, highest, lowest, place_of


def since_highest(state: State, at: int, x: float, n: int) -> float:
    """How many values ago the greatest of the last n was, the latest of equals. State: seen, first, count, two rings.

    The rings hold, oldest first, the values that are greater than all after them, and when they came: what a new value
    reaches can never again be the greatest, and goes out at the end, what is too old at the beginning.
    """
    seen = state[at]
    first = int(state[at + 1])
    count = int(state[at + 2])
    values = at + 3
    times = values + n
    if count > 0 and state[times + first] <= seen - n:
        first = first + 1 if first + 1 < n else 0
        count -= 1
    while count > 0 and state[values + wrapped(first + count - 1, n)] <= x:
        count -= 1
    end = wrapped(first + count, n)
    state[values + end] = x
    state[times + end] = seen
    state[at] = seen + 1.0
    state[at + 1] = first
    state[at + 2] = count + 1.0
    return seen - state[times + first] if seen + 1.0 >= n else math.nan


def wrapped(slot: int, n: int) -> int:
    """The slot of a ring of n."""
    return slot - n if slot >= n else slot


def aroon(state: State, at: int, x: float, n: int, sign: int) -> float:
    """How recent the highest (sign 1) or lowest (-1) of n + 1 values is, 100 for now. State: that of the search."""
    return 100.0 * (n - since_highest(state, at, sign * x, n + 1)) / n


def place_among(state: State, at: int, x: float, n: int, whole: float) -> float:
    """Where x lies between the least (0) and the greatest (whole) of the last n. State: that of both."""
    top = highest(state, at, x, n)
    bottom = lowest(state, at + 2 + n, x, n)
    return place(state, at, x, bottom, top, whole)


def rank(state: State, at: int, x: float, n: int) -> float:
    """The share of the n - 1 values before x that are below it, equal ones by half. State: seen, ring; O(n).

    Equal is what is to 1e-9: values that come from sums begun elsewhere may differ in their last bits.
    """
    seen = int(state[at])
    room = 1e-9 * abs(x)
    low = x - room
    high = x + room
    below = 0
    upto = 0
    for i in range(at + 1, at + 1 + n):
        below += state[i] < low
        upto += state[i] <= high
    old = at + 1 + place_of(seen, n)
    below -= state[old] < low
    upto -= state[old] <= high
    state[old] = x
    state[at] = counted(seen, n)
    return 0.5 * (below + upto) / (n - 1.0) if seen + 1 >= n else math.nan
