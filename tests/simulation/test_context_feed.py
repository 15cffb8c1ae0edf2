"""Figures beside candles, asked for from the simulated exchange: none twice, none lost, whatever fails meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio
import numpy as np
import pytest
from structlog.testing import capture_logs
from tests import virtual_time
from tests.exchanges import START
from tests.memory_venue import MemoryVenue

from finantrade.domain.context import FundingEstimate, FundingRate, OpenInterest, Sentiment
from finantrade.domain.message import Message
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.edges.context_feed import ContextFeed
from finantrade.market.candles import Candles
from finantrade.market.context_tape import PERIOD, REACH, Fact, Key, Polled, key_of
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.faults.catalogue import fault_of
from finantrade.simulator.invented import FUNDING_INTERVAL
from finantrade.simulator.venue import Venue

SYMBOLS = ("AAAUSDT", "BBBUSDT")
KEYS = [Key(series, symbol) for symbol in SYMBOLS for series in (Polled.FUNDING, Polled.OPEN_INTEREST)]
MOOD = Key(Polled.SENTIMENT, "")
HOURS = 10


def flat(symbol: str) -> Candles:
    """Return forty days of hours that do not move."""
    times = START // DAY * DAY - 36 * DAY + np.arange(40 * 24) * HOUR
    prices = np.full(len(times), 100.0)
    columns = {"open": prices, "high": prices + 1, "low": prices - 1, "close": prices, "volume": prices}
    return Candles.of(symbol, HOUR, times, columns)


Told = list[tuple[Millis, Fact]]


def followed(newest: Mapping[Key, Millis], begin: Millis, end: Millis, faults: Sequence[str] = ()) -> Told:
    """Return what enters from ``begin`` to ``end``, and when."""
    told = Told()

    async def session() -> None:
        clock = VenueClock(monotonic=virtual_time.now)
        clock.set_to(begin)
        venue = Venue([flat(symbol) for symbol in SYMBOLS], 1, MINUTE)
        memory = MemoryVenue(venue, clock, [fault_of(text, 1) for text in faults])

        async def put(message: Message) -> None:
            assert isinstance(message, FundingRate | OpenInterest | Sentiment)
            told.append((clock.now(), message))

        async def estimate(feed: ContextFeed) -> None:
            while True:
                settles = (clock.now() // FUNDING_INTERVAL + 1) * FUNDING_INTERVAL
                for symbol in SYMBOLS:
                    feed.note(FundingEstimate(symbol, clock.now(), 0.0001, settles))
                await clock.sleep(MINUTE)

        feed = ContextFeed(memory, clock, put, newest, HOUR)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(estimate, feed)
            tasks.start_soon(feed.run)
            await clock.until(end)
            tasks.cancel_scope.cancel()
        assert feed.caught_up.is_set()
        assert feed.told == len(told)

    virtual_time.run(session)
    return told


def times(told: Told, key: Key) -> list[Millis]:
    return [fact.time for _, fact in told if key_of(fact) == key]


def since(begin: Millis) -> dict[Key, Millis]:
    return dict.fromkeys([*KEYS, MOOD], begin)


@pytest.mark.parametrize("faults", [(), ("error:0.3",), ("drop:0.2", "truncated:0.2"), ("slow:0.3", "fake:0.2")])
def test_every_stamp_comes_once_and_in_order(faults: Sequence[str]) -> None:
    begin, end = START - 3 * DAY, START + HOURS * HOUR + 4 * MINUTE
    told = followed(since(begin - 1), START, end, faults)
    for symbol in SYMBOLS:
        assert times(told, Key(Polled.OPEN_INTEREST, symbol)) == list(range(begin, end, PERIOD))
        settled = range(-(-begin // FUNDING_INTERVAL) * FUNDING_INTERVAL, end, FUNDING_INTERVAL)
        assert times(told, Key(Polled.FUNDING, symbol)) == list(settled)
    assert times(told, MOOD) == list(range(-(-begin // DAY) * DAY, end, DAY))


def test_what_is_new_comes_soon() -> None:
    told = followed(since(START - DAY), START, START + HOURS * HOUR)
    for at, fact in told:
        delay = 5 * MINUTE if isinstance(fact, Sentiment) else 15 * SECOND
        assert fact.time < START or at - fact.time < delay + 2 * SECOND


def test_a_restart_goes_on_where_it_stopped() -> None:
    first = followed(since(START - DAY), START, START + 3 * HOUR)
    newest = {key: max(times(first, key), default=START - DAY) for key in since(0)}
    second = followed(newest, START + 11 * HOUR, START + 15 * HOUR)
    whole = followed(since(START - DAY), START, START + 15 * HOUR)
    for key in since(0):
        assert [*times(first, key), *times(second, key)] == times(whole, key)


def test_after_a_month_away_what_is_lost_is_said() -> None:
    with capture_logs() as lines:
        told = followed({KEYS[1]: START - REACH - DAY}, START, START + HOUR)
    (hole,) = [line for line in lines if line["event"] == "context_hole"]
    assert (hole["series"], hole["symbol"]) == ("open_interest", SYMBOLS[0])
    found = times(told, KEYS[1])
    assert START - REACH <= found[0] < START - REACH + PERIOD
    assert len(found) == (START + HOUR - found[0]) // PERIOD
