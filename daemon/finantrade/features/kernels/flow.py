"""What was traded, at which price, and who was in a hurry: where nothing was, the figure is neutral."""

from __future__ import annotations

import math

from finantrade.domain.units import DAY
from finantrade.features.declaration import State
from finantrade.features.kernels.totals import share
from finantrade.features.kernels.windows import std


def on_balance(state: State, at: int, close: float, size: float) -> float:
    """The sum of sizes, those of falls below zero; the first counts as a rise. State: seen, last close, sum."""
    last = state[at + 1]
    if state[at] == 0.0 or close > last:
        state[at + 2] += size
    elif close < last:
        state[at + 2] -= size
    state[at] = 1.0
    state[at + 1] = close
    return state[at + 2]


def accumulated(state: State, at: int, x: float) -> float:
    """The sum since the start. State: it."""
    state[at] += x
    return state[at]


def leaning(state: State, at: int, high: float, low: float, close: float, size: float) -> float:
    """The size, as far as the close is above the middle of the bar: all at the high, all below zero at the low."""
    return size * ((close - low) - (high - close)) / (high - low) if high != low else 0.0


def net_taken(state: State, at: int, size: float, bought: float) -> float:
    """What takers bought less what they sold."""
    return 2.0 * bought - size


def part_of(state: State, at: int, part: float, whole: float, neutral: float) -> float:
    """part / whole; neutral where there is none."""
    return part / whole if whole > 0.0 else neutral


def average_price(state: State, at: int, price: float, size: float, n: int) -> float:
    """The mean price of what was traded in the last n bars; the present one where nothing was. State: two sums."""
    return share(state, at, price * size, size, n, price)


def session_price(state: State, at: int, close_time: int, price: float, size: float) -> float:
    """The mean price of what was traded since 00:00 UTC, or since the start. State: day, value, size."""
    day = close_time // DAY
    if state[at] != day:
        state[at] = day + 0.0
        state[at + 1] = 0.0
        state[at + 2] = 0.0
    state[at + 1] += price * size
    state[at + 2] += size
    return state[at + 1] / state[at + 2] if state[at + 2] > 0.0 else price


def unusual(state: State, at: int, x: float, n: int) -> float:
    """Distance from the mean of the last n in deviations; 0 where there is none. State: that of the deviation."""
    spread = std(state, at, x, n)
    if math.isnan(spread):
        return math.nan
    return (x - state[at + 1]) / spread if spread > 0.0 else 0.0
