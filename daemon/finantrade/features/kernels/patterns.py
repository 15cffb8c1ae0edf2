"""Candlestick patterns by exact definitions: 1 for a rising one, -1 for a falling one, 0 for none.

A body is |close - open|, the range high - low. A bar rises if it closes above its open, falls if below. Trading around
the clock leaves no gaps, so none of the definitions asks for one.
"""

from __future__ import annotations

import math

from finantrade.features.declaration import State

SMALL = 0.1
"""Of the range: what counts as next to nothing."""
LARGE = 0.5
"""Of the range: what makes a body long."""
WHOLE = 0.95
"""Of the range: a body that leaves no wicks."""
STAR = 0.3
"""Of the body before: the greatest body of a star."""


def doji(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """1 where the body is at most a tenth of a range that is not nothing."""
    return 1.0 if high > low and abs(close - opened) <= SMALL * (high - low) else 0.0


def pin(state: State, at: int, opened: float, high: float, low: float, close: float, sign: int) -> float:
    """The sign where one wick is at least twice the body and the other at most a tenth of the range; 0 without body."""
    body = abs(close - opened)
    upper = high - (close if close > opened else opened)
    lower = (close if close < opened else opened) - low
    long_wick = lower if sign > 0 else upper
    short_wick = upper if sign > 0 else lower
    return float(sign) if body > 0.0 and long_wick >= 2.0 * body and short_wick <= SMALL * (high - low) else 0.0


def marubozu(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """The direction where the body is at least 95 % of the range."""
    body = close - opened
    return 0.0 if body == 0.0 or abs(body) < WHOLE * (high - low) else 1.0 if body > 0.0 else -1.0


def inside(state: State, at: int, high: float, low: float) -> float:
    """1 where the range lies within that of the bar before, -1 where it exceeds it on both sides. State: seen, bar."""
    last_high = state[at + 1]
    last_low = state[at + 2]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = high
    state[at + 2] = low
    if first:
        return math.nan
    if high < last_high and low > last_low:
        return 1.0
    return -1.0 if high > last_high and low < last_low else 0.0


def engulfing(state: State, at: int, opened: float, close: float) -> float:
    """The direction where a bar goes against the one before and its greater body covers it. State: seen, bar before."""
    last_open = state[at + 1]
    last = state[at + 2] - last_open
    first = state[at] == 0.0
    last_close = state[at + 2]
    state[at] = 1.0
    state[at + 1] = opened
    state[at + 2] = close
    if first:
        return math.nan
    body = close - opened
    if abs(body) <= abs(last):
        return 0.0
    if last < 0.0 < body and opened <= last_close and close >= last_open:
        return 1.0
    return -1.0 if body < 0.0 < last and opened >= last_close and close <= last_open else 0.0


def harami(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """The direction where a smaller body lies within a long one against it. State: seen, bar before, whether long."""
    last_open = state[at + 1]
    last_close = state[at + 2]
    long_before = state[at + 3] > 0.0
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = opened
    state[at + 2] = close
    state[at + 3] = 1.0 if close != opened and abs(close - opened) >= LARGE * (high - low) else 0.0
    if first:
        return math.nan
    if not long_before or abs(close - opened) >= abs(last_close - last_open):
        return 0.0
    if last_close < last_open and opened < close and opened >= last_close and close <= last_open:
        return 1.0
    return -1.0 if last_close > last_open and opened > close and opened <= last_close and close >= last_open else 0.0


def star(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """1 for a morning star, -1 for an evening star. State: bars seen, then open, close and whether long of two bars.

    1. A long body, at least half of its range.
    2. A body of at most 0.3 of that.
    3. A bar against the first that closes beyond the middle of its body.
    """
    seen = state[at]
    first_open = state[at + 1]
    first_close = state[at + 2]
    long_first = state[at + 3] > 0.0
    small_second = abs(state[at + 5] - state[at + 4]) <= STAR * abs(first_close - first_open)
    state[at] = seen + 1.0 if seen < 2.0 else 2.0
    state[at + 1] = state[at + 4]
    state[at + 2] = state[at + 5]
    state[at + 3] = state[at + 6]
    state[at + 4] = opened
    state[at + 5] = close
    state[at + 6] = 1.0 if close != opened and abs(close - opened) >= LARGE * (high - low) else 0.0
    if seen < 2.0:
        return math.nan
    if not (long_first and small_second):
        return 0.0
    middle = 0.5 * (first_open + first_close)
    if first_close < first_open and opened < close and close > middle:
        return 1.0
    return -1.0 if first_close > first_open and opened > close and close < middle else 0.0


def soldiers(state: State, at: int, opened: float, high: float, low: float, close: float) -> float:
    """1 for three white soldiers, -1 for three black crows. State: signed run, open and close before, bars seen.

    Three bars one way, each with a long body, closing further than the one before and opening within its body.
    """
    body = close - opened
    run = state[at]
    last_open = state[at + 1]
    last_close = state[at + 2]
    seen = state[at + 3]
    state[at + 1] = opened
    state[at + 2] = close
    state[at + 3] = seen + 1.0 if seen < 2.0 else 2.0
    if body == 0.0 or abs(body) < LARGE * (high - low):
        state[at] = 0.0
    elif body > 0.0:
        follows = run > 0.0 and last_open <= opened <= last_close < close
        state[at] = 1.0 if not follows else run + 1.0 if run < 3.0 else 3.0
    else:
        follows = run < 0.0 and close < last_close <= opened <= last_open
        state[at] = -1.0 if not follows else run - 1.0 if run > -3.0 else -3.0
    if seen < 2.0:
        return math.nan
    return 1.0 if state[at] == 3.0 else -1.0 if state[at] == -3.0 else 0.0


def run(state: State, at: int, close: float, last: float) -> float:
    """How many closes in a row have risen, or below zero fallen, up to now. State: it."""
    if close > last:
        state[at] = state[at] + 1.0 if state[at] > 0.0 else 1.0
    elif close < last:
        state[at] = state[at] - 1.0 if state[at] < 0.0 else -1.0
    else:
        state[at] = 0.0
    return state[at]
