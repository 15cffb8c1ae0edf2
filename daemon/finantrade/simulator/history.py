"""Series over REST, paged as the exchange pages them: from ``startTime`` on the first rows, else the last ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np

from finantrade.domain.market import Bar
from finantrade.domain.units import DAY, Millis
from finantrade.simulator.answers import Refusal, length_of, limit_of, moment
from finantrade.simulator.invented import FUNDING_INTERVAL, Invented
from finantrade.simulator.tape import Tape, bar_of
from finantrade.wire.derivatives import CROWDS, PastInterest, Ratio, Settlement, Takers
from finantrade.wire.klines import row_of

Query = Mapping[str, str]
Keeps = Callable[[str, Millis], bool]
"""Whether the exchange has the bar of a symbol that opened then."""

STATISTICS_REACH = 30 * DAY
"""Open interest and ratios are given for this long, then they are gone."""
MOST_CANDLES = 1_500


class History:
    """The past of one symbol, up to the moment of asking."""

    def __init__(self, tape: Tape, invented: Invented, keeps: Keeps) -> None:
        self.symbol = tape.symbol
        self._tape = tape
        self._invented = invented
        self._keeps = keeps

    def bars(self, query: Query, now: Millis, most: int = MOST_CANDLES) -> list[Bar]:
        """Return the candles that are asked for; the forming one comes last, as the exchange gives it."""
        interval = length_of(query, "interval")
        if not self._tape.serves(interval):
            raise Refusal(-1120, "Invalid interval.")
        limit, begin, end = limit_of(query, 500, most), moment(query, "startTime"), moment(query, "endTime")
        bars = self._between(interval, begin or 0, now if end is None else end, now, backwards=begin is None)
        found = list(islice((bar for bar in bars if self._keeps(self.symbol, bar.open_time)), limit))
        return found if begin is not None else found[::-1]

    def klines(self, query: Query, now: Millis) -> list[Any]:
        return [row_of(bar) for bar in self.bars(query, now)]

    def mark_klines(self, query: Query, now: Millis) -> list[Any]:
        return [row_of(self._invented.marked(bar, now)) for bar in self.bars(query, now)]

    def index_klines(self, query: Query, now: Millis) -> list[Any]:
        return [row_of(self._invented.indexed(bar, now)) for bar in self.bars(query, now)]

    def premium_klines(self, query: Query, now: Millis) -> list[Any]:
        return [
            [bar.open_time, *self._invented.premiums(bar, now), 0.0, bar.close_time, 0.0, 12, 0.0, 0.0, 0.0]
            for bar in self.bars(query, now)
        ]

    def funding(self, query: Query, now: Millis) -> list[Settlement]:
        """Return settlements, with the stamps and the mark price as the venue writes them down."""
        rows: list[Settlement] = []
        for time in self._moments(FUNDING_INTERVAL, query, now, usual=100, most=1_000):
            settled = self._invented.settled(time)
            if settled is not None:
                stamp = self._invented.stamp_of(settled)
                rows.append(
                    Settlement(
                        symbol=self.symbol, funding_rate=settled.rate, funding_time=stamp, mark_price=settled.mark_price
                    )
                )
        return rows

    def interest(self, query: Query, now: Millis) -> list[PastInterest]:
        found = map(self._invented.interest, self._periods(query, now))
        return [
            PastInterest(
                symbol=self.symbol, sum_open_interest=one.qty, sum_open_interest_value=one.value, timestamp=one.time
            )
            for one in found
            if one is not None
        ]

    def ratios(self, endpoint: str, query: Query, now: Millis) -> list[Ratio]:
        rows: list[Ratio] = []
        for time in self._periods(query, now):
            ratio = self._invented.ratio(CROWDS[endpoint], time).ratio
            longs = round(ratio / (1 + ratio), 4)
            rows.append(
                Ratio(
                    symbol=self.symbol,
                    long_account=longs,
                    long_short_ratio=ratio,
                    short_account=round(1 - longs, 4),
                    timestamp=time,
                )
            )
        return rows

    def takers(self, query: Query, now: Millis) -> list[Takers]:
        found = map(self._invented.takers, self._periods(query, now))
        return [
            Takers(
                buy_sell_ratio=round(one.bought / one.sold, 4),
                sell_vol=one.sold,
                buy_vol=one.bought,
                timestamp=one.time,
            )
            for one in found
        ]

    def _between(self, interval: Millis, begin: Millis, end: Millis, now: Millis, *, backwards: bool) -> Iterator[Bar]:
        """Yield bars that open from ``begin`` to ``end``, the one that forms now among them, lazily."""
        candles, opened = self._tape.bars(interval), now // interval * interval
        start = int(np.searchsorted(candles.open_time, begin))
        stop = int(np.searchsorted(candles.open_time, min(end, opened - 1), side="right"))
        rows = range(start, stop)
        forming = self._tape.forming(interval, now) if begin <= opened <= end else None
        last = () if forming is None else (forming,)
        if backwards:
            return chain(last, (bar_of(candles, row) for row in reversed(rows)))
        return chain((bar_of(candles, row) for row in rows), last)

    def _periods(self, query: Query, now: Millis) -> Iterable[Millis]:
        begin = moment(query, "startTime")
        if begin is not None and begin < now - STATISTICS_REACH:
            raise Refusal(-1130, "parameter 'startTime' is invalid.")
        reach = max(self._tape.first, now - STATISTICS_REACH)
        return self._moments(length_of(query, "period"), query, now, usual=30, most=500, first=reach)

    def _moments(
        self, step: Millis, query: Query, now: Millis, *, usual: int, most: int, first: Millis | None = None
    ) -> Iterable[Millis]:
        limit, begin, end = limit_of(query, usual, most), moment(query, "startTime"), moment(query, "endTime")
        least = max(self._tape.first if first is None else first, begin or 0)
        last = now if end is None else min(end, now)
        moments = range(-(-least // step) * step, last + 1, step)
        return moments[:limit] if begin is not None else moments[-limit:]
