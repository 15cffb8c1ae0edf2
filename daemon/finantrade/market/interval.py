"""Lengths of bars, from seconds to weeks, and the UTC grids that they stand on.

Every grid is anchored at the epoch, which was a Thursday; only whole weeks begin on Mondays, as exchanges have it.
"""

from __future__ import annotations

import re

import numpy as np

from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.market.candles import Times

WEEK = 7 * DAY
MONDAY = 4 * DAY
"""1970-01-05, the first Monday."""
IRREGULAR = "irregular"
"""The interval of series whose rows come when they come."""

_UNIT = {"w": WEEK, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}
_INTERVAL = re.compile(r"([1-9][0-9]{0,4})([smhdw])")


def interval_ms(text: str) -> Millis:
    """Return the length of ``1s``, ``15m``, ``4h``, ``1d`` or ``1w``; 0 for ``irregular``.

    Raises ValueError for anything else, and for a length that neither divides the UTC day nor is whole days.
    """
    if text == IRREGULAR:
        return 0
    match = _INTERVAL.fullmatch(text)
    length = int(match[1]) * _UNIT[match[2]] if match else 0
    if not is_interval(length):
        raise ValueError(f"expected an interval such as 1m, 15m, 4h, 1d or 1w that fits the day, found {text!r}")
    return length


def interval_text(length: Millis) -> str:
    """Return an interval as people write it; ``irregular`` for 0."""
    if not length:
        return IRREGULAR
    for unit, size in _UNIT.items():
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length}ms"


def is_interval(length: Millis) -> bool:
    """Whether bars of this length align with the calendar."""
    return length >= SECOND and not (DAY % length and length % DAY)


def grid_offset(length: Millis) -> Millis:
    """Return how far after the epoch the grid of a length begins."""
    return MONDAY if length % WEEK == 0 else 0


def grid_start(times: Times, length: Millis) -> Times:
    """Return for each time the last grid point at or before it."""
    offset = grid_offset(length)
    return times - (times - offset) % length


def infer_interval(times: Times) -> Millis:
    """Return the commonest step of ascending times, the shortest of equals; 0 where there is none that fits the day."""
    steps = np.diff(times)
    lengths, counts = np.unique(steps[steps > 0], return_counts=True)
    if not len(lengths):
        return 0
    length = int(lengths[np.argmax(counts)])
    return length if is_interval(length) else 0
