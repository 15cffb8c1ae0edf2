"""What a venue is asked over REST, as facts. Every method raises RestError and nothing else of the world's.

Pages are fetched one after the other, each from where the one before ended; their number is bounded by the span that
was asked for. A bar is given once its close time is past by the venue's own clock.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from random import Random
from typing import Any, TypeVar

import msgspec

from finantrade.config import Market
from finantrade.domain.context import Crowd, FundingRate, LongShortRatio, OpenInterest, Premium, TakerRatio
from finantrade.domain.market import Bar
from finantrade.domain.units import Millis, timeframe_text
from finantrade.edges.binance.asking import Asking
from finantrade.edges.binance.client import failures, opened
from finantrade.edges.binance.pacing import Pacer, Timing, WallTiming
from finantrade.wire import derivatives, klines, rules
from finantrade.wire.addresses import Addresses
from finantrade.wire.errors import Trouble, WireError

T = TypeVar("T")
Call = Callable[[], Awaitable[object]]
Read = Callable[[object], T]

FUNDING_ROWS, STATISTICS_ROWS = 1_000, 500
PERIOD = "5m"
STATISTICS_A_WINDOW, STATISTICS_WINDOW_S = 1_000, 300.0
"""Requests for statistics that an address may make in five minutes: a limit of their own, which no header tells."""


class Prices(StrEnum):
    """What candles are made of; spot has those of trades only."""

    TRADES = "klines"
    MARK = "mark_price_klines"
    INDEX = "index_price_klines"
    PREMIUM = "premium_index_klines"
    """Shares instead of prices, which may be negative."""


class Paging(msgspec.Struct, frozen=True):
    """How a market gives its candles: rows a page, what a page of fewer rows weighs, and the budget of a minute."""

    rows: int
    weights: tuple[tuple[int, int], ...]
    a_minute: int

    def weight(self, rows: int) -> int:
        """Return what a page of at most so many rows weighs."""
        return next(weight for below, weight in self.weights if rows < below)


PAGING: Mapping[Market, Paging] = {
    # One of 1 500 futures candles would weigh 10.
    Market.USDM: Paging(rows=1_000, weights=((100, 1), (500, 2), (1_001, 5)), a_minute=2_400),
    Market.SPOT: Paging(rows=1_000, weights=((1_001, 2),), a_minute=6_000),
}
_RATIOS: Mapping[Crowd, str] = {
    Crowd.ALL_ACCOUNTS: "futures_global_longshort_ratio",
    Crowd.TOP_ACCOUNTS: "futures_top_longshort_account_ratio",
    Crowd.TOP_POSITIONS: "futures_top_longshort_position_ratio",
}


class ClockOffset(msgspec.Struct, frozen=True):
    """The venue's time less ours, right to ``give_or_take_ms``: half of what asking took."""

    ms: float
    give_or_take_ms: float


@asynccontextmanager
async def open_rest(
    addresses: Addresses,
    market: Market = Market.USDM,
    *,
    timing: Timing | None = None,
    pacer: Pacer | None = None,
    chance: Random | None = None,
) -> AsyncGenerator[BinanceRest]:
    """Give one market of a venue. Whoever shares an address with others shares their ``pacer``."""
    timing = timing or WallTiming()
    pacer = pacer or Pacer(PAGING[market].a_minute, timing)
    async with opened(addresses) as client:
        asking = Asking(client, failures(), pacer, timing, chance or Random())  # noqa: S311  jitter is no secret
        statistics = Pacer(STATISTICS_A_WINDOW, timing, STATISTICS_WINDOW_S)
        yield BinanceRest(client, market, asking, pacer, statistics)


class BinanceRest:
    """One market of a venue."""

    def __init__(self, client: Any, market: Market, asking: Asking, pacer: Pacer, statistics: Pacer) -> None:
        self.asking = asking
        self.pacer = pacer
        self.statistics = statistics
        self.client = client
        self._market = market
        self._paging = PAGING[market]

    async def server_time(self) -> Millis:
        """Return the venue's time."""
        return await self._ask(self._named("futures_time", "get_server_time"), 1, rules.server_time_of)

    async def clock_offset(self, clock: Callable[[], float]) -> ClockOffset:
        """Compare the venue's time with ``clock``, which gives ours in UTC milliseconds."""
        before = clock()
        server = await self.server_time()
        after = clock()
        return ClockOffset(server - (before + after) / 2, (after - before) / 2)

    async def listings(self) -> dict[str, rules.Listing]:
        """Return the trading rules of all symbols, as they are now."""
        return await self._info(rules.listings_of)

    async def simulation(self) -> str:
        """Return what a simulated exchange says of itself, nothing where it is none."""
        return await self._info(rules.simulation_of)

    async def bars(
        self,
        symbol: str,
        timeframe: Millis,
        start: Millis,
        end: Millis,
        *,
        backfilled: bool = False,
        of: Prices = Prices.TRADES,
    ) -> tuple[Bar, ...]:
        """Return the closed bars that open from ``start`` to ``end``, both inclusive."""
        now, name = await self.server_time(), self._named(f"futures_{of}", f"get_{of}")
        found: list[Bar] = []
        for begin in self._starts(start, min(end, now), timeframe):
            last = min(begin + (self._paging.rows - 1) * timeframe, end)
            rows = (last - begin) // timeframe + 1
            whose = "pair" if of is Prices.INDEX else "symbol"
            asked = {whose: symbol, "interval": timeframe_text(timeframe), "limit": rows}
            call = partial(name, **asked, startTime=begin, endTime=last)
            span = _Span(symbol, timeframe, begin, last, now, backfilled, of)
            found += await self._ask(call, self._paging.weight(rows), span.read)
        return tuple(found)

    async def first_bar(self, symbol: str, timeframe: Millis) -> Millis | None:
        """Return when the oldest bar of a symbol opened that the venue has, None where it has none."""
        name = self._named("futures_klines", "get_klines")
        call = partial(name, symbol=symbol, interval=timeframe_text(timeframe), limit=1, startTime=0)
        found = await self._ask(call, 1, klines.opened_of)
        return found[0] if found else None

    async def premiums(self, symbol: str, timeframe: Millis, start: Millis, end: Millis) -> tuple[Premium, ...]:
        """Return the closes of the premium index' candles that open from ``start`` to ``end``, both inclusive."""
        bars = await self.bars(symbol, timeframe, start, end, of=Prices.PREMIUM)
        return tuple(Premium(symbol, bar.close_time + 1, bar.close) for bar in bars)

    async def funding(self, symbol: str, start: Millis, end: Millis) -> tuple[FundingRate, ...]:
        """Return the settlements from ``start`` to ``end``, with intervals where the one before is among them."""
        found: list[FundingRate] = []
        begin = start
        while begin <= end:
            call = partial(
                self.client.futures_funding_rate, symbol=symbol, startTime=begin, endTime=end, limit=FUNDING_ROWS
            )
            page = await self._ask(call, 0, derivatives.funding_of)
            # The last one is asked for again, so that the next one knows its interval.
            found += [one for one in page if not found or one.time > found[-1].time]
            if len(page) < FUNDING_ROWS or page[-1].time <= begin:
                break
            begin = page[-1].time
        return tuple(found)

    async def open_interest(self, symbol: str) -> OpenInterest:
        """Return the open contracts as they are now."""
        return await self._ask(
            partial(self.client.futures_open_interest, symbol=symbol), 1, derivatives.open_interest_of
        )

    async def past_interest(self, symbol: str, start: Millis, end: Millis) -> tuple[OpenInterest, ...]:
        """Return open interest each 5 minutes, at most ``STATISTICS_ROWS`` from ``start`` on; 30 days are kept."""
        call = partial(self.client.futures_open_interest_hist, **_statistics(symbol, start, end))
        return await self._ask_statistics(call, derivatives.past_interest_of)

    async def ratios(self, symbol: str, crowd: Crowd, start: Millis, end: Millis) -> tuple[LongShortRatio, ...]:
        """Return longs by shorts each 5 minutes, as ``past_interest`` does."""
        call = partial(getattr(self.client, _RATIOS[crowd]), **_statistics(symbol, start, end))
        return await self._ask_statistics(call, partial(derivatives.ratios_of, crowd=crowd))

    async def takers(self, symbol: str, start: Millis, end: Millis) -> tuple[TakerRatio, ...]:
        """Return what takers bought and sold each 5 minutes, as ``past_interest`` does."""
        call = partial(self.client.futures_taker_longshort_ratio, **_statistics(symbol, start, end))
        return await self._ask_statistics(call, partial(derivatives.takers_of, symbol=symbol))

    async def _info(self, read: Read[T]) -> T:
        weight = 1 if self._market is Market.USDM else 20
        return await self._ask(self._named("futures_exchange_info", "get_exchange_info"), weight, read)

    async def _ask(self, call: Call, weight: int, read: Read[T]) -> T:
        return await self.asking.ask(call, weight, read)

    async def _ask_statistics(self, call: Call, read: Read[T]) -> T:
        await self.statistics.admit(1)
        try:
            return await self._ask(call, 0, read)
        finally:
            self.statistics.settle(1, None, limited=False)

    def _named(self, futures: str, spot: str) -> Callable[..., Awaitable[object]]:
        return getattr(self.client, futures if self._market is Market.USDM else spot)

    def _starts(self, start: Millis, end: Millis, timeframe: Millis) -> range:
        first = -(-start // timeframe) * timeframe
        return range(first, end + 1, self._paging.rows * timeframe)


def _statistics(symbol: str, start: Millis, end: Millis) -> dict[str, object]:
    return {"symbol": symbol, "period": PERIOD, "startTime": start, "endTime": end, "limit": STATISTICS_ROWS}


@dataclass(frozen=True, slots=True)
class _Span:
    """What a page of candles may hold."""

    symbol: str
    timeframe: Millis
    first: Millis
    last: Millis
    server_time: Millis
    backfilled: bool
    of: Prices

    def read(self, payload: object) -> tuple[Bar, ...]:
        if self.of is Prices.PREMIUM:
            bars = klines.premium_bars_of(payload, self.symbol, self.server_time)
        else:
            bars = klines.bars_of(payload, self.symbol, self.server_time, backfilled=self.backfilled)
        for bar in bars:
            length = bar.close_time + 1 - bar.open_time
            if not self.first <= bar.open_time <= self.last or length != self.timeframe:
                expected = f"candles of {timeframe_text(self.timeframe)} from {self.first} to {self.last}"
                raise WireError(Trouble.SHAPE, expected, bar)
        return bars
