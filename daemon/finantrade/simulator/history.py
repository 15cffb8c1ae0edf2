"""Series over REST, paged as the exchange pages them: from ``startTime`` on the first rows, else the last ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from math import isnan
from typing import Any

import numpy as np

from finantrade.domain.context import LongShortRatio
from finantrade.domain.market import Bar
from finantrade.domain.units import DAY, Millis
from finantrade.market.context_facts import CROWD_COLUMNS
from finantrade.market.series import Kind
from finantrade.simulator.answers import Refusal, length_of, limit_of, moment
from finantrade.simulator.figures import Figures
from finantrade.simulator.invented import FUNDING_INTERVAL
from finantrade.simulator.recording import Recording, bar_of
from finantrade.wire.derivatives import CROWDS, PastInterest, Ratio, Settlement, Takers
from finantrade.wire.klines import row_of

Query = Mapping[str, str]
Keeps = Callable[[str, Millis], bool]
"""Whether the exchange has the bar of a symbol that opened then."""

STATISTICS_REACH = 30 * DAY
"""Open interest and ratios are given for this long, then they are gone."""
MOST_CANDLES = 1_500


@dataclass(frozen=True, slots=True)
class Span:
    """Figures that are asked for: a column of a kind each ``step`` from ``first`` on, so many where nobody says."""

    kind: Kind
    column: str
    step: Millis
    first: Millis
    usual: int
    most: int


class History:
    """The past of one symbol, up to the moment of asking."""

    def __init__(self, recording: Recording, figures: Figures, keeps: Keeps) -> None:
        self.symbol = recording.symbol
        self._recording = recording
        self._figures = figures
        self._keeps = keeps

    def bars(self, query: Query, now: Millis, most: int = MOST_CANDLES) -> list[Bar]:
        """Return the candles that are asked for; the forming one comes last, as the exchange gives it."""
        return self._page(self._recording, query, now, most)

    def klines(self, query: Query, now: Millis) -> list[Any]:
        return [row_of(bar) for bar in self.bars(query, now)]

    def mark_klines(self, query: Query, now: Millis) -> list[Any]:
        return [row_of(bar) for bar in self._beside(Kind.MARK, self._figures.marked, query, now)]

    def premium_klines(self, query: Query, now: Millis) -> list[Any]:
        return [
            [bar.open_time, bar.open, bar.high, bar.low, bar.close, 0.0, bar.close_time, 0.0, 12, 0.0, 0.0, 0.0]
            for bar in self._beside(Kind.PREMIUM, self._figures.premium_bar, query, now)
        ]

    def funding(self, query: Query, now: Millis) -> list[Settlement]:
        """Return settlements, with the stamps and the mark price as the venue writes them down."""
        rows: list[Settlement] = []
        span = Span(Kind.FUNDING, "rate", FUNDING_INTERVAL, self._recording.first, usual=100, most=1_000)
        for time in self._moments(span, query, now):
            settled = self._figures.settled(time)
            if settled is not None:
                stamp = self._figures.stamp_of(settled)
                mark = "" if isnan(settled.mark_price) else settled.mark_price
                rows.append(
                    Settlement(symbol=self.symbol, funding_rate=settled.rate, funding_time=stamp, mark_price=mark)
                )
        return rows

    def interest(self, query: Query, now: Millis) -> list[PastInterest]:
        found = map(self._figures.interest, self._periods(Kind.OPEN_INTEREST, "amount", query, now))
        return [
            PastInterest(
                symbol=self.symbol, sum_open_interest=one.qty, sum_open_interest_value=one.value, timestamp=one.time
            )
            for one in found
            if one is not None
        ]

    def ratios(self, endpoint: str, query: Query, now: Millis) -> list[Ratio]:
        crowd = CROWDS[endpoint]
        stamps = self._periods(Kind.RATIOS, CROWD_COLUMNS[crowd], query, now)
        return [self._ratio(one) for stamp in stamps if (one := self._figures.ratio(crowd, stamp)) is not None]

    def takers(self, query: Query, now: Millis) -> list[Takers]:
        found = map(self._figures.takers, self._periods(Kind.RATIOS, "taker", query, now))
        return [
            Takers(
                buy_sell_ratio=one.ratio,
                sell_vol=one.sold,
                buy_vol=one.bought,
                timestamp=one.time,
            )
            for one in found
            if one is not None
        ]

    def _ratio(self, one: LongShortRatio) -> Ratio:
        longs = round(one.ratio / (1 + one.ratio), 4)
        return Ratio(
            symbol=self.symbol,
            long_account=longs,
            long_short_ratio=one.ratio,
            short_account=round(1 - longs, 4),
            timestamp=one.time,
        )

    def _beside(self, kind: Kind, invented: Callable[[Bar, Millis], Bar], query: Query, now: Millis) -> list[Bar]:
        """Return recorded candles of a kind; where there are none, those invented beside the candles of the price."""
        recorded = self._figures.bars.get(kind)
        if recorded is None:
            return [invented(bar, now) for bar in self.bars(query, now)]
        return self._page(recorded, query, now, MOST_CANDLES)

    def _page(self, recording: Recording, query: Query, now: Millis, most: int) -> list[Bar]:
        interval = length_of(query, "interval")
        if not self._recording.serves(interval):
            raise Refusal(-1120, "Invalid interval.")
        limit, begin, end = limit_of(query, 500, most), moment(query, "startTime"), moment(query, "endTime")
        span = begin or 0, now if end is None else end
        bars = _between(recording, interval, span, now, backwards=begin is None)
        found = list(islice((bar for bar in bars if self._keeps(self.symbol, bar.open_time)), limit))
        return found if begin is not None else found[::-1]

    def _periods(self, kind: Kind, column: str, query: Query, now: Millis) -> Sequence[Millis]:
        begin = moment(query, "startTime")
        if begin is not None and begin < now - STATISTICS_REACH:
            raise Refusal(-1130, "parameter 'startTime' is invalid.")
        reach, period = max(self._recording.first, now - STATISTICS_REACH), length_of(query, "period")
        return self._moments(Span(kind, column, period, reach, usual=30, most=500), query, now)

    def _moments(self, span: Span, query: Query, now: Millis) -> Sequence[Millis]:
        limit = limit_of(query, span.usual, span.most)
        begin, end = moment(query, "startTime"), moment(query, "endTime")
        first, last = max(span.first, begin or 0), now if end is None else min(end, now)
        found = self._figures.stamps(span.kind, span.column, span.step, first, last, now)
        return found[:limit] if begin is not None else found[-limit:]


def _between(
    recording: Recording, interval: Millis, span: tuple[Millis, Millis], now: Millis, *, backwards: bool
) -> Iterator[Bar]:
    """Yield bars that open in a span (both ends inclusive), the one that forms now among them, lazily."""
    begin, end = span
    candles, opened = recording.bars(interval), now // interval * interval
    start = int(np.searchsorted(candles.open_time, begin))
    stop = int(np.searchsorted(candles.open_time, min(end, opened - 1), side="right"))
    rows = range(start, stop)
    forming = recording.forming(interval, now) if begin <= opened <= end else None
    last = () if forming is None else (forming,)
    if backwards:
        return chain(last, (bar_of(candles, row) for row in reversed(rows)))
    return chain((bar_of(candles, row) for row in rows), last)
