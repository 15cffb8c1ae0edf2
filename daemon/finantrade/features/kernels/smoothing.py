"""Recursive averages: constant memory, every value ever seen still in them."""

from __future__ import annotations

import math

from finantrade.features.declaration import State


def ema(state: State, at: int, x: float, n: int) -> float:
    """Exponential average, alpha = 2 / (n + 1), seeded with the first value. State: seen, average."""
    seen = state[at] + 1.0
    state[at] = seen
    if seen == 1.0:
        state[at + 1] = x
    else:
        state[at + 1] += 2.0 / (n + 1.0) * (x - state[at + 1])
    return state[at + 1] if seen >= n else math.nan


def wilder(state: State, at: int, x: float, n: int) -> float:
    """Wilder's average, alpha = 1 / n, seeded with the mean of the first n values. State: seen, average."""
    seen = state[at] + 1.0
    state[at] = seen
    if seen > n:
        state[at + 1] += (x - state[at + 1]) / n
        return state[at + 1]
    state[at + 1] += x
    if seen < n:
        return math.nan
    state[at + 1] /= n
    return state[at + 1]


def rsi(state: State, at: int, x: float, n: int) -> float:
    """Wilder's relative strength, 0 to 100, 50 where nothing moved. State: seen, last, average rise and fall."""
    change = x - state[at + 1]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = x
    if first:
        return math.nan
    rise = wilder(state, at + 2, change if change > 0.0 else 0.0, n)
    fall = wilder(state, at + 4, -change if change < 0.0 else 0.0, n)
    if math.isnan(rise):
        return math.nan
    return 100.0 * rise / (rise + fall) if rise + fall > 0.0 else 50.0


def directional(state: State, at: int, high: float, low: float, n: int, sign: int) -> float:
    """Wilder's average of directional movement: sign 1 up, -1 down. State: seen, high, low, average."""
    up = high - state[at + 1]
    down = state[at + 2] - low
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = high
    state[at + 2] = low
    if first:
        return math.nan
    move = up if sign > 0 else down
    other = down if sign > 0 else up
    return wilder(state, at + 3, move if move > other and move > 0.0 else 0.0, n)


def true_range(state: State, at: int, high: float, low: float, close: float) -> float:
    """The bar's range, widened to the last close. State: seen, last close."""
    last = state[at + 1]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = close
    if first:
        return math.nan
    top = high if high > last else last
    bottom = low if low < last else last
    return top - bottom
