"""What is recorded beside candles, for an exchange to tell: no row before it could have been known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from finantrade.domain.context import TakerRatio
from finantrade.domain.units import Millis
from finantrade.market.series import Kind
from finantrade.market.table import Table

WHOLE_MARKET = "whole market"
"""Stands where labels name a symbol, for what is of none."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Series by symbol and kind; the mood is of the whole market. ``labels`` names them by symbol, for people."""

    series: Mapping[str, Mapping[Kind, Table]] = field(default_factory=dict[str, Mapping[Kind, Table]])
    mood: Table | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


class Rows:
    """One series, looked up by moments."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known = table.available()
        # Takers are told later than the rest of their row.
        self._takers_known = table.available(TakerRatio.LAG_MS) if table.kind is Kind.RATIOS else self._known

    def stamps(self, column: str, step: Millis, first: Millis, last: Millis, now: Millis) -> list[Millis]:
        """Return the times from ``first`` to ``last`` on the grid of ``step`` whose value is known ``now``."""
        begin, end = np.searchsorted(self._table.time, (first, last + 1))
        part = slice(int(begin), int(end))
        times, values = self._table.time[part], self._table.values[column][part]
        known = self._takers_known if column == "taker" else self._known
        return times[(times % step == 0) & ~np.isnan(values) & (known[part] <= now)].tolist()

    def at(self, column: str, now: Millis) -> float | None:
        """Return the value of the row whose period or interval ``now`` is in, None in a hole."""
        row = int(np.searchsorted(self._table.time, now, side="right")) - 1
        if row < 0 or now - int(self._table.time[row]) >= max(self._table.interval, 1):
            return None
        value = float(self._table.values[column][row])
        return None if np.isnan(value) else value

    def after(self, now: Millis) -> Millis | None:
        """Return the time of the next row, None after the last."""
        row = int(np.searchsorted(self._table.time, now, side="right"))
        return int(self._table.time[row]) if row < len(self._table) else None

    def on_the_way(self, column: str, now: Millis) -> float:
        """Return a value between the row before and the row after, by how much of the time between is over."""
        return float(np.interp(now, self._table.time, self._table.values[column]))

    def between(self, after: Millis, until: Millis) -> Iterator[tuple[Millis, dict[str, float]]]:
        """Yield the rows from after a moment up to another."""
        begin, end = np.searchsorted(self._table.time, (after, until), side="right")
        for row in range(int(begin), int(end)):
            yield int(self._table.time[row]), self._table.row(row)
