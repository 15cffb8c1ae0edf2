"""Market structure: swings that are confirmed, and what the price does with them.

A swing high is a high above those of the k bars before it and not below those of the k bars after: it is known, and
used, k bars after it happened. A swing low is one of the prices turned upside down.
"""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.windows import counted, place_of

NEAR = 0.5
"""Of the average true range: how near to each other two swings are that make a level."""


def turned(state: State, at: int, x: float, k: int) -> float:
    """The value k steps ago if it has just proved to be a peak, else missing. State: seen, ring of 2 k + 1."""
    n = 2 * k + 1
    seen = int(state[at])
    ring = at + 1
    place = place_of(seen, n)
    state[ring + place] = x
    state[at] = counted(seen, n)
    if seen + 1 < n:
        return math.nan
    centre = place - k if place >= k else place - k + n
    peak = state[ring + centre]
    slot = centre
    for _ in range(k):
        slot = slot + 1 if slot + 1 < n else 0
        if state[ring + slot] > peak:
            return math.nan
    for _ in range(k):
        slot = slot + 1 if slot + 1 < n else 0
        if state[ring + slot] >= peak:
            return math.nan
    return peak


def swing_high(state: State, at: int, high: float, k: int) -> float:
    """The last swing high; missing before the first. State: there, swing, that of the search."""
    found = turned(state, at + 2, high, k)
    if not math.isnan(found):
        state[at] = 1.0
        state[at + 1] = found
    return state[at + 1] if state[at] > 0.0 else math.nan


def swing_low(state: State, at: int, low: float, k: int) -> float:
    """The last swing low, the mirror of the high. State: that of the high."""
    return -swing_high(state, at, -low, k)


def order_of_swings(state: State, at: int, high: float, low: float) -> float:
    """1 where the last two swings of each kind rise, -1 where they fall, 0 otherwise. State: two pairs of swings.

    The inputs are the last swings; a swing at the very price of the last one is taken for it.
    """
    if high != state[at + 1]:
        state[at] = state[at + 1]
        state[at + 1] = high
    if low != state[at + 3]:
        state[at + 2] = state[at + 3]
        state[at + 3] = low
    if state[at] == 0.0 or state[at + 2] == 0.0:
        return 0.0
    if high > state[at] and low > state[at + 2]:
        return 1.0
    return -1.0 if high < state[at] and low < state[at + 2] else 0.0


def broken(state: State, at: int, close: float, high: float, low: float, turns: int) -> float:
    """The direction in which a close has just passed the last swing, each swing once. State: direction, broken swings.

    With ``turns`` 0 a break in the direction of the one before, or the first of all; with 1 a break against it.
    """
    way = state[at]
    found = 0.0
    if close > high and state[at + 1] != high:
        found = 1.0
        state[at + 1] = high
    elif close < low and state[at + 2] != low:
        found = -1.0
        state[at + 2] = low
    if found == 0.0:
        return 0.0
    state[at] = found
    against = found == -way
    return found if against == (turns != 0) else 0.0


def level_distance(
    state: State, at: int, high: float, low: float, close: float, spread: float, k: int, m: int, side: int
) -> float:
    """How far the nearest level above (side 1) or below (-1) the close is, as a fraction of it; missing without one.

    1. The last m swings, high or low, are remembered. A new one touches those within half an average true range of it,
       and they touch it; what it touched stays touched when it is forgotten.
    2. A swing that has been touched is a level, one that stands alone is none.
    3. The distance is to the nearest level on that side. State: next slot, two searches, swings, touches.
    """
    peak = turned(state, at + 1, high, k)
    trough = turned(state, at + 3 + 2 * k, -low, k)
    swings = at + 5 + 4 * k
    if not math.isnan(peak):
        remember(state, at, swings, peak, NEAR * spread, m)
    if not math.isnan(trough):
        remember(state, at, swings, -trough, NEAR * spread, m)
    best = math.inf
    for i in range(swings, swings + m):
        apart = side * (state[i] - close)
        # A product, not `and`: which level is near changes all the time, and a wrong guess costs more than three tests.
        nearer = (apart >= 0.0) * (apart < best) * (state[i + m] > 1.0)
        best = apart if nearer else best
    return best / close if best < math.inf and close > 0.0 else math.nan


def remember(state: State, at: int, swings: int, x: float, width: float, m: int) -> None:
    """Put a swing in the place of the oldest and count touches; an untouched one has 1."""
    slot = int(state[at])
    state[swings + slot] = math.inf
    touches = 1.0
    for i in range(swings, swings + m):
        near = 1.0 if state[i] > 0.0 and abs(state[i] - x) <= width else 0.0
        state[i + m] += near
        touches += near
    state[swings + slot] = x
    state[swings + slot + m] = touches
    state[at] = slot + 1.0 if slot + 1 < m else 0.0


def fair_value_gap(state: State, at: int, high: float, low: float, close: float) -> float:
    """What three bars have left untraded, as a fraction of the close, below zero in a fall. State: seen, two bars.

    A rising gap is a low above the high of two bars before.
    """
    seen = state[at]
    then_high = state[at + 1]
    then_low = state[at + 2]
    state[at] = seen + 1.0 if seen < 2.0 else 2.0
    state[at + 1] = state[at + 3]
    state[at + 2] = state[at + 4]
    state[at + 3] = high
    state[at + 4] = low
    if seen < 2.0 or close <= 0.0:
        return math.nan
    if low > then_high:
        return (low - then_high) / close
    return (high - then_low) / close if high < then_low else 0.0


def open_gap(state: State, at: int, high: float, low: float, close: float, gap: float) -> float:
    """What is left of the last fair-value gap, as a fraction of the close, below zero for a falling one; 0 once filled.

    A rising gap is filled from above by lows, a falling one from below by highs. State: bottom, top, side.
    """
    if gap > 0.0:
        state[at] = low - gap * close
        state[at + 1] = low
        state[at + 2] = 1.0
    elif gap < 0.0:
        state[at] = high
        state[at + 1] = high - gap * close
        state[at + 2] = -1.0
    elif state[at + 2] > 0.0 and low < state[at + 1]:
        state[at + 1] = low
    elif state[at + 2] < 0.0 and high > state[at]:
        state[at] = high
    left = state[at + 1] - state[at]
    return state[at + 2] * left / close if left > 0.0 and close > 0.0 else 0.0


def compression(state: State, at: int, near_high: float, near_low: float, far_high: float, far_low: float) -> float:
    """The range of a few bars over that of many; 1 where there is none."""
    return (near_high - near_low) / (far_high - far_low) if far_high > far_low else 1.0
