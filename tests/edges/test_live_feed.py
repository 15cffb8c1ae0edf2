"""The live feed over real sockets, with python-binance's real client, against every fault of the simulated exchange.

All exchanges run beside each other, so that the test takes as long as one of them.
"""

from __future__ import annotations

from random import Random

import anyio
from tests.exchanges import FIRST, START, SYMBOLS, candles
from tests.simulation.test_live_feed import as_recorded, bars_of, decided

from finantrade.config import Market
from finantrade.domain.market import FeedGap
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.edges.binance.venue import open_binance
from finantrade.edges.live_feed import LiveFeed, Patience
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.clocks import RunningClock
from finantrade.simulator.exchange import serving
from finantrade.simulator.faults.catalogue import KINDS, fault_of
from finantrade.simulator.venue import Venue

RATE = 60.0
LIVE_BARS = 10
HISTORY = 40
SHARE = 0.2
PATIENCE_S = 60.0
"""How long after the last bar what is still missing may take."""

Entry = tuple[Millis, Message]


async def follow(fault: str | None, entries: list[Entry]) -> None:
    """Follow an exchange with one fault until every bar of the first ``LIVE_BARS`` minutes is there."""
    venue = Venue([candles(symbol) for symbol in SYMBOLS], 1, 15 * SECOND)
    faults = [] if fault is None else [fault_of(f"{fault}:{SHARE}", 1)]
    async with serving(venue, RunningClock(START, venue.end, RATE), faults) as exchange:
        clock = VenueClock(RATE)
        clock.set_to(exchange.clock.now())

        async def put(message: Message) -> None:
            entries.append((max(clock.now(), entries[-1][0] if entries else FIRST), message))

        newest = dict.fromkeys(SYMBOLS, START - (HISTORY + 1) * MINUTE)
        async with open_binance(exchange.addresses, Market.USDM, MINUTE, RATE) as binance:
            feed = LiveFeed(binance, clock, put, newest, MINUTE, Patience.at(RATE, 10.0, 2_000), Random(1).random)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(feed.run)
                with anyio.fail_after(PATIENCE_S):
                    while min(len(covered(entries, symbol)) for symbol in SYMBOLS) < HISTORY + LIVE_BARS:  # noqa: ASYNC110
                        await anyio.sleep(0.05)
                tasks.cancel_scope.cancel()


def covered(entries: list[Entry], symbol: str) -> list[Millis]:
    """Return the open times of all bars that came, or are known not to."""
    times = [bar.open_time for bar in bars_of(entries) if bar.symbol == symbol]
    for _, message in entries:
        if isinstance(message, FeedGap) and message.symbol == symbol:
            times += range(message.start, message.end + 1, MINUTE)
    return sorted(times)


async def test_every_fault_is_mended_over_real_sockets() -> None:
    told: dict[str, list[Entry]] = {fault: [] for fault in KINDS}
    async with anyio.create_task_group() as tasks:
        for fault, entries in told.items():
            tasks.start_soon(follow, fault, entries)
    for fault, entries in told.items():
        for symbol in SYMBOLS:
            times = covered(entries, symbol)
            assert times == [START + n * MINUTE for n in range(-HISTORY, len(times) - HISTORY)], (fault, symbol)
        assert decided(entries) == decided(as_recorded(entries)), fault
