"""Two tables of one series as one: which rows are new, which are there already, which complete others, which differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from finantrade.market.candles import Floats
from finantrade.market.series import RECEIVED, SERIES
from finantrade.market.store.manifest import Revision
from finantrade.market.table import Table, joined


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """All rows in order. Where two differ the old one is among them, at ``places``, and the new one in ``others``."""

    rows: Table
    places: NDArray[np.intp]
    others: Table
    added: int
    identical: int
    completed: int

    @property
    def changed(self) -> bool:
        """Whether there is more than in the old table."""
        return bool(self.added or self.completed)

    def keeping(self, source: str) -> tuple[Revision, ...]:
        """Return what is recorded of the new rows where the old ones stand."""
        return tuple(
            Revision(int(self.others.time[row]), self.rows.row(place), self.others.row(row), source)
            for row, place in enumerate(self.places.tolist())
        )

    def replacing(self, source: str) -> tuple[Merged, tuple[Revision, ...]]:
        """Return the merger with the new rows standing, and what is recorded of the old ones."""
        values = {name: column.copy() for name, column in self.rows.values.items()}
        for name, column in values.items():
            said = self.others.values[name]
            column[self.places] = np.where(np.isnan(said), column[self.places], said)
        after = replace(self, rows=replace(self.rows, values=values), completed=self.completed + len(self.places))
        revisions = tuple(
            Revision(int(self.others.time[row]), after.rows.row(place), self.rows.row(place), source)
            for row, place in enumerate(self.places.tolist())
        )
        return after, revisions


def merge(old: Table, new: Table) -> Merged:
    """Merge two tables, each in order and without repetition."""
    both = joined(old, new)
    about = SERIES[old.kind]
    ties = [both.values[name] for name in reversed(about.ties)]
    rows = both.take(np.lexsort([np.arange(len(both)), *ties, both.time]))
    again = _again(rows, about.ties)
    second = np.flatnonzero(again)
    first = second - 1
    differing, completing = _compared(rows, first, second)
    whole = _completed(rows, first[completing]).take(~again)
    places = (np.cumsum(~again) - 1)[first[differing]]
    completed, repeated = int(np.count_nonzero(completing)), len(second)
    return Merged(
        rows=whole,
        places=places,
        others=rows.take(second[differing]),
        added=len(new) - repeated,
        identical=repeated - completed - len(places),
        completed=completed,
    )


def _again(rows: Table, ties: tuple[str, ...]) -> NDArray[np.bool_]:
    again = np.zeros(len(rows), dtype=np.bool_)
    again[1:] = rows.time[1:] == rows.time[:-1]
    for name in ties:
        column = rows.values[name]
        again[1:] &= column[1:] == column[:-1]
    return again


def _compared(
    rows: Table, first: NDArray[np.intp], second: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    differing, completing = np.zeros((2, len(first)), dtype=np.bool_)
    for name, column in rows.values.items():
        old, new = column[first], column[second]
        if name == RECEIVED:
            receipt = _receipts(rows, first)
            completing |= (receipt != old) & ~(np.isnan(receipt) & np.isnan(old))
        else:
            known, said = ~np.isnan(old), ~np.isnan(new)
            differing |= known & said & (old != new)
            completing |= said & ~known
    return differing, completing & ~differing


def _completed(rows: Table, first: NDArray[np.intp]) -> Table:
    if not len(first):
        return rows
    values = {name: column.copy() for name, column in rows.values.items()}
    for name, column in values.items():
        old, new = column[first], column[first + 1]
        column[first] = _receipts(rows, first) if name == RECEIVED else np.where(np.isnan(old), new, old)
    return replace(rows, values=values)


def _receipts(rows: Table, first: NDArray[np.intp]) -> Floats:
    """Return when what two rows say together was received as a whole, NaN where nobody knows."""
    received = rows.values[RECEIVED]
    old, new = received[first], received[first + 1]
    known = [~np.isnan(column) for name, column in rows.values.items() if name != RECEIVED]
    gained = np.logical_or.reduce([one[first + 1] & ~one[first] for one in known])
    lacking = np.logical_or.reduce([one[first] & ~one[first + 1] for one in known])
    # Whoever says all of it says when; if each says a part, it is whole with the later one.
    one_of_both = np.where(gained, new, np.where(lacking, old, np.fmin(old, new)))
    return np.where(gained & lacking, np.maximum(old, new), one_of_both)
