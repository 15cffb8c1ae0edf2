"""The law of warm-up: begun at another bar, a feature comes to the same values. By how much they may then differ:

1. a ``WINDOW``: from the declared warm-up on by ``ROUNDING`` of the value and ``WINDOW_SPREAD`` of the feature's
   standard deviation, since its sums began elsewhere;
2. what is ``FADING``: after ``FADED`` times the warm-up by ``FADED_SPREAD`` of the standard deviation;
3. what counts from the ``START``: its changes, from the warm-up on, by the same as a window;
4. what rests on an ``EVENT`` may differ until the next one: how long that takes is in ``settling``.

Warm-up is promised for data without holes, so a start judges a feature only where its warm-up has none, neither in the
bars nor in what is known beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from finantrade.features.declaration import Memory
from finantrade.features.laws import ROUNDING, Finding, Law, Subject, alike, finding, memory
from finantrade.features.series import columns_beside
from finantrade.market.candles import Candles, Floats

WINDOW_SPREAD = 1e-6
FADED, FADED_SPREAD = 32, 1e-2
NEVER = 2**62
LOOKED_AT = 1_000
"""Bars that are compared after the first one that has to be right."""


def warm_up(subject: Subject, cut: int) -> Iterator[Finding]:
    """Begin at the row ``cut`` and compare what can be judged there."""
    judged = judgeable(subject, cut)
    if not judged:
        return
    last = max(first for first in judged.values()) + LOOKED_AT
    part = subject.candles.slice(cut, min(last, len(subject.candles)))
    try:
        begun = subject.features.batch(part, subject.history)
    except ArithmeticError:
        # It raises only when begun here; plain Python says where.
        yield from (replace(one, row=one.row + cut, cut=cut) for one in memory(subject.features, part, subject.tables))
        return
    for column, first in judged.items():
        yield from _compared(subject, cut, column, first, begun[:, column])


def judgeable(subject: Subject, cut: int) -> dict[int, int]:
    """Return which columns can be judged when begun at a row, and the first row that has to be right."""
    unbroken = first_break(subject.candles, cut)
    found: dict[int, int] = {}
    for column, one in enumerate(subject.features.describe()):
        feature = subject.features.features[column]
        ends = min(unbroken, *(_first_missing(subject.beside[each], cut) for each in columns_beside((feature,))), NEVER)
        memory = feature.reach
        first = cut + one.warmup * (FADED if memory is Memory.FADING else 1) - 1
        if memory is not Memory.EVENT and cut + one.warmup <= ends and first + 1 < len(subject.candles):
            found[column] = first
    return found


def _compared(subject: Subject, cut: int, column: int, first: int, begun: Floats) -> Iterator[Finding]:
    stop = min(first + LOOKED_AT, cut + len(begun))
    values, found = subject.rows[first:stop, column], begun[first - cut : stop - cut]
    memory = subject.features.features[column].reach
    offset = 0
    if memory is Memory.START:
        offset = 1
        level = np.maximum(abs(values), abs(found))[1:]
        same = alike(np.diff(values), np.diff(found), ROUNDING * level + WINDOW_SPREAD * _spread(np.diff(values)))
    elif memory is Memory.FADING:
        same = alike(values, found, ROUNDING * abs(values) + FADED_SPREAD * _spread(subject.rows[:, column]))
    else:
        same = same_as_window(subject, column, values, found)
    for at in np.flatnonzero(~same)[:1].tolist():
        row = first + offset + at
        pair = float(subject.rows[row, column]), float(begun[row - cut])
        name = subject.features.names[column]
        yield finding(Law.WARM_UP, subject.candles, name, row, pair, f"begun {row - cut + 1} bars before", cut)


def same_as_window(subject: Subject, column: int, values: Floats, found: Floats) -> NDArray[np.bool_]:
    """Return where values of a column are as near to each other as those of a window have to be."""
    return alike(values, found, ROUNDING * abs(values) + WINDOW_SPREAD * _spread(subject.rows[:, column]))


def _spread(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.std(known)) if len(known) else 0.0


def first_break(candles: Candles, start: int) -> int:
    """Return the first row after ``start`` that does not follow on the one before, or lacks a value others have."""
    times = candles.open_time[start:]
    broken = np.concatenate(([False], np.diff(times) != candles.timeframe))
    for values in candles.columns().values():
        missing = np.isnan(values[start:])
        broken |= missing & ~missing.all()
    return start + (int(np.argmax(broken)) if broken.any() else len(times))


def _first_missing(values: Floats, start: int) -> int:
    missing = np.isnan(values[start:])
    return start + int(np.argmax(missing)) if missing.any() and not missing.all() else NEVER
