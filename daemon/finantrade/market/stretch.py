"""Consecutive rows of a segment, for whoever looks at many bars at once; and the facts of a single row.

Where there is context, facts of it fall between openings and closes: they count among the inputs that rows consist of.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from finantrade.domain.market import Bar, BarArrived, BarOpened
from finantrade.domain.units import Millis
from finantrade.market.candles import VALUES, Candles, Floats
from finantrade.market.fact_order import Fact
from finantrade.market.facts import Segment
from finantrade.market.timeline import Beside


class Stretch:
    """``rows`` rows of a segment from row ``start`` on: each a close of every symbol, all at one instant."""

    __slots__ = ("_columns", "_ends", "beside", "members", "rows", "segment", "start", "symbols", "timeframe")

    def __init__(self, segment: Segment, beside: Beside | None = None) -> None:
        first = segment.group[0]
        self.segment = segment
        self.beside = beside
        self.symbols = tuple(candles.symbol for candles in segment.group)
        self.members = set(self.symbols)
        self.timeframe: Millis = first.timeframe
        self.start = 0
        self.rows = len(segment)
        self._ends: array[Millis] = array("q", (first.open_time + (first.timeframe - 1)).tobytes())
        self._columns = {candles.symbol: candles for candles in segment.group}

    @property
    def first_open(self) -> Millis:
        """Open time of the first row."""
        return self.first_close + 1 - self.timeframe

    @property
    def last_open(self) -> Millis:
        """Open time of the last row."""
        return self.last_close + 1 - self.timeframe

    @property
    def first_close(self) -> Millis:
        """Close time of the first row."""
        return self._ends[self.start]

    @property
    def last_close(self) -> Millis:
        """Close time of the last row."""
        return self._ends[self.start + self.rows - 1]

    @property
    def close_times(self) -> array[Millis]:
        """Close times of all rows."""
        return self._ends[self.start : self.start + self.rows]

    @property
    def closes_on(self) -> array[Millis]:
        """Close times from the first row to the end of the segment."""
        return self._ends[self.start :]

    @property
    def latency_ms(self) -> Millis:
        """How much later than its event time a fact became available."""
        return self.segment.latency_ms

    @property
    def inputs(self) -> int:
        """How many facts these rows are: an opening and a close of every symbol, and context between them."""
        bars = 2 * len(self.symbols) * self.rows
        return bars if self.beside is None else bars + self.beside.passed(self.start, self.rows)

    @property
    def unwaited(self) -> int:
        """How many of these rows come before one with a fact of context that somebody waits for."""
        return self.rows if self.beside is None else self.beside.unwaited(self.start, self.rows)

    def column(self, symbol: str, name: str) -> Floats:
        """Return one column of a symbol of the group, as a view."""
        column: Floats = getattr(self._columns[symbol], name)
        return column[self.start : self.start + self.rows]

    def rest(self, symbol: str) -> Candles:
        """Return a symbol's bars from the first row to the end of the segment."""
        return self._columns[symbol].slice(self.start, len(self.segment))

    def last(self, symbol: str, name: str) -> float:
        """Return the value of the last row."""
        column: Floats = getattr(self._columns[symbol], name)
        return float(column[self.start + self.rows - 1])


class RowFacts:
    """Makes the facts of one row at a time: what ``Segment.facts`` yields for it, without the way there."""

    __slots__ = ("_beside", "_latency_ms", "_symbols")

    def __init__(self, segment: Segment, beside: Beside | None = None) -> None:
        self._beside = beside
        self._latency_ms = segment.latency_ms
        self._symbols = [_views(candles) for candles in segment.group]

    def of(self, row: int) -> list[Fact]:
        """Return the openings, then the closes; what of context became known before each of the two, before it."""
        late, beside = self._latency_ms, self._beside
        facts: list[Fact] = [] if beside is None else beside.at_opening(row)
        for symbol, _, times, values in self._symbols:
            facts.append((times[row] + late, BarOpened(symbol, times[row], values[0][row])))
        if beside is not None:
            facts += beside.inside(row)
        for symbol, length, times, values in self._symbols:
            opened, close = times[row], times[row] + length
            o, h, l, c, v, quote, trades, taker, taker_quote = [column[row] for column in values]  # noqa: E741
            bar = Bar(symbol, opened, close, o, h, l, c, v, quote, trades, taker, taker_quote)
            facts.append((close + late, BarArrived(bar)))
        return facts


def _views(candles: Candles) -> tuple[str, Millis, Sequence[int], list[Sequence[float]]]:
    # A memoryview gives plain Python numbers, an array numpy's own.
    values = [np.ascontiguousarray(candles.column(name)).data for name in VALUES]
    return candles.symbol, candles.timeframe - 1, np.ascontiguousarray(candles.open_time).data, values  # pyright: ignore[reportReturnType]
