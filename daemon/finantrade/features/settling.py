"""The warm-up of what rests on events: begun at another bar, it comes to the same values, as soon as one has happened.

No one can tell from outside when that was; but from then on the values are the same. So, at every cut,

1. values are compared from the warm-up on, as those of a window are;
2. they have **settled** after their last difference, if ``LOOKED_AT`` bars without one follow;
3. they have **not** where they still differ ``WAIT`` bars, or ``FADED`` warm-ups, after the start;
4. where the data ends before either, or its warm-up has a hole, nothing can be said.

A feature that settles wherever it can be judged has a verdict: the most bars it took. One that never does breaks the
law: it says that it rests on an event, and rests on where it began. What settles at times only has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from finantrade.features.declaration import Memory
from finantrade.features.laws import Finding, Law, Subject, finding
from finantrade.features.warming import FADED, LOOKED_AT, first_break, same_as_window

WAIT = 2_000


@dataclass(frozen=True, slots=True)
class Settling:
    """What several cuts say: by column the bars that each took, and the first difference of those that did not."""

    took: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    differed: dict[int, Finding] = field(default_factory=dict[int, Finding])

    def judge(self, subject: Subject, cut: int) -> None:
        """Begin at the row ``cut`` and compare what rests on events."""
        ends = first_break(subject.candles, cut)
        judged = {
            column: one.warmup
            for column, one in enumerate(subject.features.describe())
            if subject.features.features[column].reach is Memory.EVENT and cut + one.warmup <= ends
        }
        if not judged:
            return
        stop = min(cut + max(map(_longest, judged.values())), len(subject.candles))
        try:
            begun = subject.features.batch(subject.candles.slice(cut, stop), subject.history)
        except ArithmeticError:
            return  # That is said by the law of warm-up.
        for column, warmup in judged.items():
            self._judge(subject, cut, column, warmup, begun[: _longest(warmup), column])

    def verdicts(self, names: tuple[str, ...]) -> dict[str, int]:
        """Return the features that always settle, with the most bars that it took."""
        return {names[column]: max(took) for column, took in sorted(self.took.items()) if column not in self.differed}

    def findings(self) -> Iterator[Finding]:
        """Yield the features that never settle."""
        return (one for column, one in sorted(self.differed.items()) if column not in self.took)

    def _judge(self, subject: Subject, cut: int, column: int, warmup: int, begun: np.ndarray) -> None:
        first = cut + warmup - 1
        found = begun[warmup - 1 :]
        values = subject.rows[first : first + len(found), column]
        if not np.isfinite(values).any():
            return
        differing = np.flatnonzero(~same_as_window(subject, column, values, found))
        last = int(differing[-1]) if len(differing) else -1
        if len(found) - 1 - last >= LOOKED_AT:
            self.took.setdefault(column, []).append(warmup + last + 1)
        elif len(begun) == _longest(warmup):
            row, name = first + last, subject.features.names[column]
            how = f"begun {row - cut + 1} bars before, and never the same"
            pair = float(values[last]), float(found[last])
            self.differed.setdefault(column, finding(Law.WARM_UP, subject.candles, name, row, pair, how, cut))


def _longest(warmup: int) -> int:
    return warmup + max(WAIT, FADED * warmup) + LOOKED_AT
