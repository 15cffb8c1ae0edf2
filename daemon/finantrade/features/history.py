"""What is known beside the bars of a symbol at the close of each, as columns: ``standing`` joins the same fact by fact.

1. A fact counts at the closes from the first one on by which it was known: a search in ascending closes.
2. Of facts known by a close the newest by event time counts, of two of one time the later told: so a fact that is older
   than one told before it is left out beforehand, and what is left ascends in both times.
3. Sums are added up in the order of being told, from zero in each bar, as whoever hears the facts adds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Literal

import numpy as np

from finantrade.domain.context import Liquidation, Sentiment
from finantrade.domain.units import Millis
from finantrade.features.declaration import Column
from finantrade.features.series import SERIES, Series, age_limit
from finantrade.features.standing import NEVER
from finantrade.market.candles import Floats, Times
from finantrade.market.context_facts import ContextRows
from finantrade.market.timeline import NO_CONTEXT, Rows, Timeline

NO_TIMES: Times = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The figures of one column: when each was known, its event time, what it said."""

    known: Times
    time: Times
    value: Floats


NOTHING_TOLD = Told(NO_TIMES, NO_TIMES, np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Columns beside bars that close at ``closes``: ``values`` with NaN where missing, ``times`` of the events behind.

    ``spoke`` is the close of the last bar in which anybody was said to be liquidated.
    """

    closes: Times
    values: tuple[Floats, ...]
    times: tuple[Times, ...]
    spoke: Times

    def slice(self, start: int, stop: int) -> Aligned:
        """Return the bars ``start`` to ``stop`` (exclusive)."""
        values = tuple(one[start:stop] for one in self.values)
        times = tuple(one[start:stop] for one in self.times)
        return Aligned(self.closes[start:stop], values, times, self.spoke[start:stop])

    def rows(self) -> Iterator[tuple[float, ...]]:
        """Yield the values beside each bar."""
        return zip(*(one.tolist() for one in self.values), strict=True) if self.values else repeat((), len(self.closes))

    def standing(self, row: int) -> tuple[Millis, list[float], list[Millis], Millis]:
        """Return what stands at the close of a bar, as ``Standing.leap`` takes it."""
        values, times = [float(one[row]) for one in self.values], [int(one[row]) for one in self.times]
        return int(self.closes[row]), values, times, int(self.spoke[row])


class History:
    """Everything that is told of some columns of a symbol, from the beginning on."""

    __slots__ = ("_columns", "_spoke", "_told")

    def __init__(self, columns: Sequence[Column], told: Mapping[Column, Told], spoke: Times) -> None:
        self._columns = tuple(columns)
        self._told = told
        self._spoke = spoke

    @classmethod
    def of(cls, timeline: Timeline, symbol: str, columns: Sequence[Column]) -> History:
        """Take from a timeline what is of this symbol, or of the whole market."""
        told: dict[Column, Told] = {}
        spoke = [NO_TIMES]
        for series, known, rows in timeline.by_series():
            if series.type is not Sentiment and series.place[0] != symbol:
                continue
            if series.type is Liquidation:
                spoke.append(known)
            for column in columns:
                if _is_of(SERIES[column], series):
                    told[column] = _told(SERIES[column], series, known, rows)
        return cls(columns, told, np.concatenate(spoke))

    def beside(self, open_time: Times, timeframe: Millis) -> Aligned:
        """Return the columns beside bars of ``timeframe`` ms that open at ascending times."""
        closes = open_time + (timeframe - 1)
        spoke = np.unique(_closing(self._spoke, timeframe))
        values: list[Floats] = []
        times: list[Times] = []
        for column in self._columns:
            told, limit = self._told.get(column, NOTHING_TOLD), age_limit(column, timeframe)
            if SERIES[column].summed:
                values.append(_summed(told, closes, timeframe, spoke, limit))
                times.append(np.full(len(closes), NEVER))
            else:
                value, time = _newest(told, closes, timeframe)
                values.append(np.where(closes - time <= limit, value, np.nan))
                times.append(time)
        return Aligned(closes, tuple(values), tuple(times), _last(spoke, closes, "right"))


def nothing(columns: Sequence[Column]) -> History:
    """Return the history of a symbol that nothing is told of."""
    return History.of(NO_CONTEXT, "", columns)


def histories(timeline: Timeline, columns: Mapping[str, Sequence[Column]]) -> dict[str, History]:
    """Return the history of each symbol, by the columns that are wanted of it."""
    return {symbol: History.of(timeline, symbol, wanted) for symbol, wanted in columns.items() if wanted}


def _is_of(series: Series, rows: ContextRows) -> bool:
    return series.fact is rows.type and (not rows.detail or rows.detail == series.detail)


def _told(series: Series, rows: ContextRows, known: Times, numbers: Rows) -> Told:
    time = rows.time[numbers]
    value = time.astype(np.float64) if series.field == "time" else rows.figures[series.field][numbers]
    here = ~np.isnan(value)
    if series.along:
        here &= ~np.isnan(rows.figures[series.along][numbers])
    return Told(known[here], time[here], value[here])


def _closing(known: Times, timeframe: Millis) -> Times:
    return known - known % timeframe + (timeframe - 1)


def _newest(told: Told, closes: Times, timeframe: Millis) -> tuple[Floats, Times]:
    newest = told.time == np.maximum.accumulate(told.time)
    known = _closing(told.known[newest], timeframe)
    at = np.searchsorted(known, closes, side="right")
    value, time = np.append(np.nan, told.value[newest]), np.append(NEVER, told.time[newest])
    return value[at], time[at]


def _summed(told: Told, closes: Times, timeframe: Millis, spoke: Times, limit: Millis) -> Floats:
    known = _closing(told.known, timeframe)
    row = np.searchsorted(closes, known)
    inside = row < len(closes)
    row, value, known = row[inside], told.value[inside], known[inside]
    here = closes[row] == known
    sums = np.bincount(row[here], value[here], len(closes))
    before = _last(spoke, closes, "left")
    return np.where((before != NEVER) & (closes - before <= limit), sums, np.nan)


def _last(spoke: Times, closes: Times, side: Literal["left", "right"]) -> Times:
    at = np.searchsorted(spoke, closes, side=side)
    return np.append(NEVER, spoke)[at]
