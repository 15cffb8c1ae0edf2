"""What a venue tells of the past of every kind of series, as rows of the store.

Statistics are given for about 30 days, then they are gone: what is asked for beyond that is cut off, and stays a hole.
Their newest rows are told by one endpoint before another; a row of ratios is given once all have told theirs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from math import nan
from typing import Any, TypeVar

from finantrade.domain.context import Crowd, FundingRate, LongShortRatio, OpenInterest, TakerRatio
from finantrade.domain.market import Bar
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.edges.binance.rest import STATISTICS_ROWS, BinanceRest, Prices
from finantrade.market.context_facts import CROWD_COLUMNS
from finantrade.market.place import Place
from finantrade.market.series import SERIES, Kind
from finantrade.market.table import Table

REACH = 30 * DAY - 10 * MINUTE
"""How far back statistics are asked for: what is about to expire may be gone when the request arrives."""
PRICES: Mapping[Kind, Prices] = {
    Kind.CANDLES: Prices.TRADES,
    Kind.MARK: Prices.MARK,
    Kind.INDEX: Prices.INDEX,
    Kind.PREMIUM: Prices.PREMIUM,
}
BEFORE = 8 * HOUR
"""The longest time between settlements: with the one before, each knows its own interval."""

Statistic = TypeVar("Statistic", OpenInterest, LongShortRatio, TakerRatio)
Ask = Callable[[Millis, Millis], Awaitable[Sequence[Statistic]]]


class History:
    """The past of one market of a venue."""

    def __init__(self, rest: BinanceRest) -> None:
        self.rest = rest

    async def rows(self, place: Place, start: Millis, end: Millis) -> Table:
        """Return the rows of a series from ``start`` to ``end`` (exclusive) that the venue has. Raises RestError."""
        match place.kind:
            case Kind.FUNDING:
                settled = await self.rest.funding(place.symbol, start - BEFORE, end - 1)
                return _funding(place, settled)
            case Kind.OPEN_INTEREST:
                return _interest(place, await self._statistics(place, start, end, self._past_interest(place.symbol)))
            case Kind.RATIOS:
                return await self._ratios(place, start, end)
            case _:
                of = PRICES[place.kind]
                bars = await self.rest.bars(place.symbol, place.interval_ms, start, end - 1, of=of)
                return _table(place, [bar.open_time for bar in bars], _columns(place, bars))

    def _past_interest(self, symbol: str) -> Ask[OpenInterest]:
        return lambda begin, end: self.rest.past_interest(symbol, begin, end)

    async def _ratios(self, place: Place, start: Millis, end: Millis) -> Table:
        symbol, told = place.symbol, dict[str, dict[Millis, float]]()
        for crowd, name in CROWD_COLUMNS.items():
            ratios = await self._statistics(place, start, end, self._crowd(symbol, crowd))
            told[name] = {one.time: one.ratio for one in ratios}
        takers = await self._statistics(place, start, end, lambda begin, end: self.rest.takers(symbol, begin, end))
        told["taker"] = {one.time: one.ratio for one in takers}
        newest = min((max(rows) for rows in told.values() if rows), default=start)
        times = sorted({time for rows in told.values() for time in rows if time <= newest})
        return _table(place, times, {name: [rows.get(time, nan) for time in times] for name, rows in told.items()})

    def _crowd(self, symbol: str, crowd: Crowd) -> Ask[LongShortRatio]:
        return lambda begin, end: self.rest.ratios(symbol, crowd, begin, end)

    async def _statistics(self, place: Place, start: Millis, end: Millis, ask: Ask[Statistic]) -> list[Statistic]:
        step, now = place.interval_ms, await self.rest.server_time()
        least = max(start, now - REACH)
        first = -(-least // step) * step
        found: list[Statistic] = []
        for begin in range(first, min(end, now), STATISTICS_ROWS * step):
            last = min(begin + (STATISTICS_ROWS - 1) * step, end - 1, now)
            found += await ask(begin, last)
        return found


def _columns(place: Place, bars: Sequence[Bar]) -> dict[str, list[float]]:
    return {name: [getattr(bar, name) for bar in bars] for name in SERIES[place.kind].names}


def _funding(place: Place, settled: Iterable[FundingRate]) -> Table:
    rows = list(settled)
    hours = [nan if one.interval_ms is None else one.interval_ms / HOUR for one in rows]
    values = {"rate": [one.rate for one in rows], "interval_h": hours, "mark_price": [one.mark_price for one in rows]}
    return _table(place, [one.time for one in rows], values)


def _interest(place: Place, found: Sequence[OpenInterest]) -> Table:
    values = {"amount": [one.qty for one in found], "value": [one.value for one in found]}
    return _table(place, [one.time for one in found], values)


def _table(place: Place, times: Sequence[Millis], values: Mapping[str, Any]) -> Table:
    return Table.of(place.kind, place.symbol, place.interval_ms, times, values)
