"""Hundreds of symbols begin at the same time: their history comes quickly, in order, within the venue's budget."""

from __future__ import annotations

import time
from random import Random

import anyio
import numpy as np
import pytest
from tests import virtual_time
from tests.exchanges import START
from tests.memory_venue import MemoryVenue

from finantrade.config import Market
from finantrade.domain.market import BarArrived, FeedRestored
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.edges import live_feed
from finantrade.edges.binance.venue import open_binance
from finantrade.edges.live_feed import FETCHES, LiveFeed, Patience
from finantrade.market.candles import Candles
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.clocks import RunningClock
from finantrade.simulator.exchange import serving
from finantrade.simulator.venue import Venue

SYMBOLS = [f"S{n:03}USDT" for n in range(200)]
HISTORY = 300
LIMIT_S = 60.0


def flat(symbol: str) -> Candles:
    """Return bars that hardly move."""
    times = START - (HISTORY + 10) * MINUTE + np.arange(HISTORY + 60) * MINUTE
    prices = np.round(100 + np.arange(len(times)) % 7 / 100, 2)
    columns = {"open": prices, "high": prices + 0.5, "low": prices - 0.5, "close": prices, "volume": prices}
    return Candles.of(symbol, MINUTE, times, columns)


class Counting:
    """Passes requests on, and counts how many are under way."""

    def __init__(self, inner: object) -> None:
        self.inner = inner
        self.under_way = self.most = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def bars(self, symbol: str, start: Millis, end: Millis) -> object:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await self.inner.bars(symbol, start, end)  # type: ignore[attr-defined]
        finally:
            self.under_way -= 1


async def test_two_hundred_symbols_begin_at_the_same_time() -> None:
    venue = Venue([flat(symbol) for symbol in SYMBOLS], 1, 30 * SECOND)
    told: dict[str, list[Millis]] = {symbol: [] for symbol in SYMBOLS}
    whole: set[str] = set()
    async with serving(venue, RunningClock(START, venue.end, 1.0)) as exchange:
        clock = VenueClock()
        clock.set_to(exchange.clock.now())

        async def put(message: Message) -> None:
            if isinstance(message, BarArrived):
                told[message.bar.symbol].append(message.bar.open_time)
            elif isinstance(message, FeedRestored):
                whole.add(message.symbol)

        newest = dict.fromkeys(SYMBOLS, START - (HISTORY + 1) * MINUTE)
        async with open_binance(exchange.addresses, Market.USDM, MINUTE) as binance:
            counting = Counting(binance)
            feed = LiveFeed(counting, clock, put, newest, MINUTE, Patience(), Random(1).random)  # type: ignore[arg-type]
            begun = time.monotonic()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(feed.run)
                with anyio.fail_after(LIMIT_S):
                    while len(whole) < len(SYMBOLS):  # noqa: ASYNC110  what was told has no event
                        await anyio.sleep(0.01)
                tasks.cancel_scope.cancel()
            print(f"{len(SYMBOLS)} symbols of {HISTORY} bars in {time.monotonic() - begun:.1f} s")
            assert binance.rest.asking.retries == 0
            assert binance.budget().waits == 0
        assert counting.most == FETCHES
        assert len(feed.lines) == 4
    for symbol, times in told.items():
        assert times[:HISTORY] == [START - (HISTORY - n) * MINUTE for n in range(HISTORY)], symbol


def begun_in(fetches: int, monkeypatch: pytest.MonkeyPatch) -> Millis:
    """Return after how much time all symbols are whole, on lines of 40 ms, where so many are fetched at a time."""
    monkeypatch.setattr(live_feed, "FETCHES", fetches)
    whole: dict[str, Millis] = {}

    async def session() -> None:
        clock = VenueClock(monotonic=virtual_time.now)
        clock.set_to(START)
        memory = MemoryVenue(Venue([flat(symbol) for symbol in SYMBOLS[:50]], 1, 30 * SECOND), clock)

        async def put(message: Message) -> None:
            if isinstance(message, FeedRestored):
                whole[message.symbol] = clock.now()

        newest = dict.fromkeys(SYMBOLS[:50], START - (HISTORY + 1) * MINUTE)
        feed = LiveFeed(memory, clock, put, newest, MINUTE, Patience(), Random(1).random)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(memory.play)
            tasks.start_soon(feed.run)
            await clock.until(START + 25 * SECOND)
            tasks.cancel_scope.cancel()

    virtual_time.run(session)
    assert len(whole) == 50
    return max(whole.values()) - START


def test_it_takes_a_fraction_of_what_one_after_the_other_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    together, in_turn = begun_in(FETCHES, monkeypatch), begun_in(1, monkeypatch)
    print(f"50 symbols on lines of 40 ms: {together} ms, one after the other {in_turn} ms")
    assert together * 4 < in_turn
