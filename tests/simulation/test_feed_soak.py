"""A day of fifty symbols, a forming frame of each a second, and every kind of fault: memory stays where it was."""

from __future__ import annotations

import gc
import resource
from pathlib import Path
from random import Random

import anyio
import numpy as np
import pytest
from tests import virtual_time
from tests.exchanges import START
from tests.memory_venue import MemoryVenue

from finantrade.domain.market import BarArrived
from finantrade.domain.message import Message
from finantrade.domain.units import HOUR, MINUTE, SECOND
from finantrade.edges.live_feed import LiveFeed, Patience
from finantrade.market.candles import Candles
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.faults.catalogue import KINDS, fault_of
from finantrade.simulator.venue import Venue

SYMBOLS = [f"S{n:02}USDT" for n in range(50)]
HOURS, WARM_HOURS = 24, 4
SHARE = 0.002
TOLERANCE = 0.05


def flat(symbol: str) -> Candles:
    """Return a day and a bit of bars that hardly move."""
    times = START - HOUR + np.arange((HOURS + 2) * 60) * MINUTE
    prices = np.round(100 + np.arange(len(times)) % 7 / 100, 2)
    columns = {"open": prices, "high": prices + 0.5, "low": prices - 0.5, "close": prices, "volume": prices}
    return Candles.of(symbol, MINUTE, times, columns)


def resident_bytes() -> int:
    """Return what this process holds of the machine's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_memory_is_flat_over_a_day() -> None:
    used: list[int] = []
    told = 0

    async def day() -> None:
        clock = VenueClock(monotonic=virtual_time.now)
        clock.set_to(START)
        venue = Venue([flat(symbol) for symbol in SYMBOLS], 1, SECOND)
        memory = MemoryVenue(venue, clock, [fault_of(f"{fault}:{SHARE}", 1) for fault in KINDS])

        async def put(message: Message) -> None:
            nonlocal told
            told += isinstance(message, BarArrived)

        newest = dict.fromkeys(SYMBOLS, START - 31 * MINUTE)
        feed = LiveFeed(memory, clock, put, newest, MINUTE, Patience(), Random(1).random)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(memory.play)
            tasks.start_soon(feed.run)
            for hour in range(1, HOURS + 1):
                await clock.until(START + hour * HOUR)
                gc.collect()
                used.append(resident_bytes())
            tasks.cancel_scope.cancel()

    virtual_time.run(day)
    print("MB resident, by hour:", *(f"{one / 1e6:.2f}" for one in used))
    steady = used[WARM_HOURS:]
    assert told > 0.98 * len(SYMBOLS) * HOURS * 60
    assert max(steady) - min(steady) < TOLERANCE * min(steady)
