"""Lines that follow the price on one side until it crosses them, and then on the other."""

from __future__ import annotations

import math

from finantrade.features.declaration import State


def supertrend(state: State, at: int, high: float, low: float, close: float, spread: float, width: float) -> float:
    """The band that the price has not crossed. State: side (0 before the first), upper band, lower band, last close.

    1. The bands are the bar's middle plus and minus ``width`` times the spread.
    2. The upper one only falls, the lower one only rises, until a close has passed it.
    3. Below the trend lies the lower band, until a close is under it; above it the upper one, until a close is over it.
    """
    upper = 0.5 * (high + low) + width * spread
    lower = 0.5 * (high + low) - width * spread
    side = state[at]
    last = state[at + 3]
    if side != 0.0 and upper > state[at + 1] and last <= state[at + 1]:
        upper = state[at + 1]
    if side != 0.0 and lower < state[at + 2] and last >= state[at + 2]:
        lower = state[at + 2]
    turned = close < lower if side >= 0.0 else close > upper
    side = -1.0 if turned == (side >= 0.0) else 1.0
    state[at] = side
    state[at + 1] = upper
    state[at + 2] = lower
    state[at + 3] = close
    return lower if side > 0.0 else upper


def side_of(state: State, at: int, x: float, line: float) -> float:
    """1 above the line, -1 below it, 0 on it."""
    return 1.0 if x > line else -1.0 if x < line else 0.0


def side_of_two(state: State, at: int, x: float, one: float, other: float) -> float:
    """1 above both lines, -1 below both, 0 between them."""
    if x > one and x > other:
        return 1.0
    return -1.0 if x < one and x < other else 0.0


def parabolic(state: State, at: int, high: float, low: float, step: float, most: float) -> float:
    """Wilder's parabolic stop. State: side (0, 2 before the second bar), stop, extreme, pace, last top, last bottom.

    1. The second bar begins a fall if its low reaches further down than its high up, else a rise; the stop is the first
       bar's other end.
    2. Each bar brings the stop nearer to the extreme by ``pace`` of the distance, never into the last two bars.
    3. A new extreme adds ``step`` to the pace, up to ``most``.
    4. A bar that touches the stop turns it: the stop is then the old extreme, the pace ``step`` again.

    A fall is kept as a rise of prices below zero: one text does for both.
    """
    if state[at] == 0.0:
        state[at] = 2.0
        state[at + 4] = high
        state[at + 5] = low
        return math.nan
    if state[at] == 2.0:
        begin_stop(state, at, high, low, step)
    if state[at] > 0.0:
        return follow_rise(state, at, high, low, step, most)
    return -follow_rise(state, at, -low, -high, step, most)


def begin_stop(state: State, at: int, high: float, low: float, step: float) -> None:
    """Choose the side by two bars."""
    down = state[at + 5] - low
    rises = not (down > 0.0 and down > high - state[at + 4])
    state[at] = 1.0 if rises else -1.0
    state[at + 1] = state[at + 5] if rises else -state[at + 4]
    state[at + 2] = high if rises else -low
    state[at + 3] = step
    state[at + 4] = high if rises else -low
    state[at + 5] = low if rises else -high


def follow_rise(state: State, at: int, top: float, bottom: float, step: float, most: float) -> float:
    """Bring the stop of a rise forward by a bar and return where it was for this one; turn it where it was touched."""
    stop = state[at + 1]
    extreme = state[at + 2]
    pace = state[at + 3]
    last_top = state[at + 4]
    last_bottom = state[at + 5]
    if bottom <= stop:
        shown = greatest(extreme, last_top, top)
        state[at] = -state[at]
        state[at + 1] = -greatest(shown + step * (bottom - shown), last_top, top)
        state[at + 2] = -bottom
        state[at + 3] = step
        state[at + 4] = -bottom
        state[at + 5] = -top
        return shown
    if top > extreme:
        extreme = top
        pace = pace + step if pace + step < most else most
    state[at + 1] = -greatest(-(stop + pace * (extreme - stop)), -last_bottom, -bottom)
    state[at + 2] = extreme
    state[at + 3] = pace
    state[at + 4] = top
    state[at + 5] = bottom
    return stop


def greatest(x: float, one: float, other: float) -> float:
    """The greatest of three."""
    x = one if one > x else x
    return other if other > x else x
