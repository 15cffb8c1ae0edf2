"""Context facts of several series, in the order in which they become known; where among bars they fall.

1. Series are laid one after the other in the order of ``fact_order`` for one instant. One stable sort by the time at
   which each row was known then gives the total order, without a comparison in Python.
2. What is kept is a time, a series and a row for each fact. A fact is made when it is asked for, by its position.
3. ``woven`` puts them among the facts of bars: before an opening or a close of the same instant, after a gap.
4. ``Beside`` knows for each row of a segment how many were known by its opening and by its close, so that whoever
   passes over rows can count what is passed over with them, and stop before what somebody waits for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.market import FeedGap
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.market.candles import Times
from finantrade.market.context_facts import ContextRows, context_rows
from finantrade.market.fact_order import Fact
from finantrade.market.table import Table

Rows = NDArray[np.int32]
NO_TIMES: Times = np.empty(0, np.int64)
NO_ROWS: Rows = np.empty(0, np.int32)


class Timeline:
    """Facts by position; ``known`` is when each was known, ascending, without the feed's latency."""

    __slots__ = ("_rows", "_series", "_which", "known")

    def __init__(self, series: Sequence[ContextRows], known: Times, which: NDArray[np.uint16], rows: Rows) -> None:
        self.known = known
        self._series = series
        self._which = which
        self._rows = rows

    @classmethod
    def of(cls, tables: Iterable[Table]) -> Timeline:
        """Lay out series of the kinds that facts are told of, each once."""
        series = sorted((rows for table in tables for rows in context_rows(table)), key=lambda one: one.order)
        known = np.concatenate([one.known for one in series] or [NO_TIMES])
        order = np.argsort(known, kind="stable")
        which = np.repeat(np.arange(len(series), dtype=np.uint16), [len(one.known) for one in series])
        rows = np.concatenate([np.arange(len(one.known), dtype=np.int32) for one in series] or [NO_ROWS])
        return cls(series, known[order], which[order], rows[order])

    def __len__(self) -> int:
        return len(self.known)

    def between(self, start: Millis, end: Millis) -> Timeline:
        """Return what was known from ``start`` to ``end`` (exclusive), as views of the same memory."""
        first, last = np.searchsorted(self.known, (start, end)).tolist()
        return Timeline(self._series, self.known[first:last], self._which[first:last], self._rows[first:last])

    def teller(self, latency_ms: Millis) -> Callable[[int], Fact]:
        """Return what makes the fact of a position, available ``latency_ms`` after it was known."""
        # A memoryview gives plain Python numbers, an array numpy's own.
        known, which, rows = (np.ascontiguousarray(one).data for one in (self.known, self._which, self._rows))
        makers = [one.make for one in self._series]
        return lambda at: (known[at] + latency_ms, makers[which[at]](rows[at]))  # pyright: ignore[reportReturnType]

    def facts(self, latency_ms: Millis) -> Iterator[Fact]:
        """Yield every fact in order."""
        return map(self.teller(latency_ms), range(len(self)))

    def by_series(self) -> Iterator[tuple[ContextRows, Times, Rows]]:
        """Yield each series with when its facts are known and the rows that they are, in the order of being told."""
        for number, one in enumerate(self._series):
            here = self._which == number
            yield one, self.known[here], self._rows[here]

    def of_types(self, types: Iterable[type[Message]]) -> Sequence[int]:
        """Return the positions of the facts of some types, ascending."""
        wanted = set(types)
        numbers = [number for number, one in enumerate(self._series) if one.type in wanted]
        return array("q", np.flatnonzero(np.isin(self._which, numbers)).astype(np.int64).tobytes())


NO_CONTEXT = Timeline.of(())


def woven(bars: Iterable[Fact], context: Iterable[Fact]) -> Iterator[Fact]:
    """Yield both in their common order, as far as there are bars: what becomes known after the last one is not told."""
    waiting = iter(context)
    upcoming = next(waiting, None)
    for fact in bars:
        at = fact[0]
        while upcoming is not None and upcoming[0] <= at and (upcoming[0] < at or type(fact[1]) is not FeedGap):
            yield upcoming
            upcoming = next(waiting, None)
        yield fact


class Beside:
    """Where the facts of a timeline fall among rows that open at ``opens`` and close ``length`` - 1 later."""

    __slots__ = ("_begin", "_closed", "_opened", "_tell", "_waited_for", "first")

    def __init__(
        self, timeline: Timeline, begin: int, opens: Times, length: Millis, latency_ms: Millis, waited: Sequence[int]
    ) -> None:
        known = timeline.known
        self._begin = begin
        self.first = int(np.searchsorted(known, int(opens[0])))
        self._opened = _positions(known, opens)
        self._closed = _positions(known, opens + (length - 1))
        self._tell = timeline.teller(latency_ms)
        self._waited_for = waited

    @property
    def end(self) -> int:
        """How many facts were known when the last row closed."""
        return self._closed[-1]

    def earlier(self) -> list[Fact]:
        """Return what was known before the first row opened, and has not been told."""
        return [self._tell(at) for at in range(self._begin, self.first)]

    def facts(self) -> Iterator[Fact]:
        """Yield what became known from the first opening to the last close."""
        return map(self._tell, range(self.first, self.end))

    def at_opening(self, row: int) -> list[Fact]:
        """Return what became known after the close before, up to the opening of a row."""
        return [self._tell(at) for at in range(self._before(row), self._opened[row])]

    def inside(self, row: int) -> list[Fact]:
        """Return what became known inside a row, up to its close."""
        return [self._tell(at) for at in range(self._opened[row], self._closed[row])]

    def passed(self, row: int, rows: int) -> int:
        """Return how many facts go with ``rows`` rows from ``row`` on."""
        return self._closed[row + rows - 1] - self._before(row)

    def unwaited(self, row: int, rows: int) -> int:
        """Return how many of these rows come before one with a fact that somebody waits for."""
        following = bisect_left(self._waited_for, self._before(row))
        if following == len(self._waited_for):
            return rows
        return min(rows, bisect_right(self._closed, self._waited_for[following]) - row)

    def _before(self, row: int) -> int:
        return self._closed[row - 1] if row else self.first


def _positions(known: Times, times: Times) -> Sequence[int]:
    return array("q", np.searchsorted(known, times, side="right").astype(np.int64).tobytes())
