"""What Binance answers of the series beside candles, a page at a time; and the Fear & Greed index, which is another's.

Statistics are asked for in spans of exactly a page, so that it does not matter from which end a venue cuts off.
"""

from __future__ import annotations

from collections.abc import Sequence

from finantrade.domain.context import Crowd
from finantrade.domain.units import DAY, HOUR, Millis
from finantrade.edges.binance.errors import RestError
from finantrade.edges.binance.rest import STATISTICS_ROWS, BinanceRest
from finantrade.edges.market_data import Page, Unavailable
from finantrade.edges.mood import days
from finantrade.market.context_tape import PERIOD, STATISTICS, Fact, Key, Polled

PAGE = (STATISTICS_ROWS - 1) * PERIOD
PREMIUMS = 500
"""Candles a page: it weighs half of one of a thousand, and there is no hurry."""


class BinanceContext:
    """The series of one market; ``fear_greed`` is the address of the index, ``timeframe`` that of the premium."""

    def __init__(self, rest: BinanceRest, fear_greed: str, timeframe: Millis) -> None:
        self._rest = rest
        self._fear_greed = fear_greed
        self._timeframe = timeframe

    async def page(self, key: Key, start: Millis, end: Millis) -> Page:
        """Return the facts from ``start`` on, and up to when these are all. Raises Unavailable."""
        try:
            if key.series in STATISTICS:
                until = min(end, start + PAGE)
                return Page(await self._statistics(key, start, until), until)
            if key.series is Polled.PREMIUM:
                # Candles are asked for by when they open, and told by when they close.
                opens = start - self._timeframe
                until = min(end, start + (PREMIUMS - 1) * self._timeframe)
                opened = until - self._timeframe
                return Page(await self._rest.premiums(key.symbol, self._timeframe, opens, opened), until)
            if key.series is Polled.FUNDING:
                # From the settlement before on, so that the first one knows its interval.
                return Page(await self._rest.funding(key.symbol, max(start - 8 * HOUR, 0), end), end)
        except RestError as error:
            raise Unavailable(f"{error.trouble}: {error}") from None
        return Page(await days(self._fear_greed, (end - start) // DAY + 2), end)

    async def _statistics(self, key: Key, start: Millis, end: Millis) -> Sequence[Fact]:
        match key.series:
            case Polled.OPEN_INTEREST:
                return await self._rest.past_interest(key.symbol, start, end)
            case Polled.TAKERS:
                return await self._rest.takers(key.symbol, start, end)
            case _:
                return await self._rest.ratios(key.symbol, Crowd(key.series.value), start, end)
