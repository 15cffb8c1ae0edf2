"""Higher-timeframe bars, folded from base bars inside the step.

1. Buckets are aligned to UTC: a base bar belongs to the one that starts at ``open_time - open_time % span``.
2. A bucket counts its base bars as long as each opens exactly where the one before ended; a missing, doubled or
   misplaced one breaks it.
3. It closes with its last base bar: complete, or incomplete if broken. If that one never comes, it closes incomplete at
   the first bar of a later bucket; so do buckets that were skipped altogether.
4. What is computed from closed bars stands until the next close; from an incomplete close on it is missing.

State of a bucket: start, base bars counted (-1 when broken).
"""

from __future__ import annotations

import math

from finantrade.features.declaration import State

OPEN = 0
COMPLETE = 1
INCOMPLETE = 2


def advance(state: State, at: int, open_time: int, base: int, span: int) -> int:
    """Count one base bar in; times and lengths in ms. Returns OPEN, COMPLETE or INCOMPLETE."""
    start = open_time - open_time % span
    bars = state[at + 1]
    lost = False
    if start != state[at]:
        lost = bars * base != span or start != state[at] + span
        bars = 0.0
    state[at] = start + 0.0
    state[at + 1] = bars + 1.0 if bars >= 0.0 and open_time == start + bars * base else -1.0
    if open_time == start + span - base:
        return COMPLETE if state[at + 1] * base == span else INCOMPLETE
    return INCOMPLETE if lost else OPEN


def bucket_open(state: State, at: int, x: float, fresh: bool) -> float:
    """The first value of the bucket. State: it."""
    if fresh:
        state[at] = x
    return state[at]


def bucket_high(state: State, at: int, x: float, fresh: bool) -> float:
    """The greatest value of the bucket. State: it."""
    if fresh or x > state[at]:
        state[at] = x
    return state[at]


def bucket_low(state: State, at: int, x: float, fresh: bool) -> float:
    """The least value of the bucket. State: it."""
    if fresh or x < state[at]:
        state[at] = x
    return state[at]


def bucket_sum(state: State, at: int, x: float, fresh: bool) -> float:
    """The sum over the bucket. State: it."""
    state[at] = x if fresh else state[at] + x
    return state[at]


def canonical(x: float) -> float:
    """The value, a NaN always as the same bits: 0/0 and a negated NaN carry a sign that must not reach a hash."""
    return math.nan if math.isnan(x) else x
