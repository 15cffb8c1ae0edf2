"""With prices inside the bar a stop is hit when it is hit, and a replay of what entered decides the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import anyio
import msgspec
import pytest
from tests import virtual_time
from tests.exchanges import START, SYMBOLS, candles
from tests.markets import play
from tests.memory_venue import MemoryVenue
from tests.simulation.test_live_feed import HISTORY, STEP, Entry, settings

from finantrade.config import Config, TriggerPrices
from finantrade.domain.market import BarArrived, BarOpened, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill, Role
from finantrade.domain.units import MINUTE, SECOND
from finantrade.edges.live_feed import Beside, LiveFeed, Patience
from finantrade.journal.store import Journal
from finantrade.runtime.clock import VenueClock
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.session import open_session
from finantrade.runtime.verify import all_equal, verify
from finantrade.simulator.faults.catalogue import fault_of
from finantrade.simulator.venue import Venue
from finantrade.wiring import build

LIVE_BARS = 60
STREAMS = {TriggerPrices.TRADES: ["aggTrade"], TriggerPrices.BOOK: ["bookTicker"]}


def stopped() -> Config:
    """Return the settings of the other simulations, with stops near enough to be hit."""
    config = settings()
    (cross,) = config.strategies
    near = msgspec.structs.replace(cross, params={**cross.params, "stop_atr": 0.8})
    return msgspec.structs.replace(config, strategies=(near,))


def traded(kind: TriggerPrices, faults: Sequence[str] = ()) -> tuple[list[Entry], list[Fill], str]:
    """Return what enters a lane that acts on it at once, its fills and where its chain ends."""
    entries, fills = list[Entry](), list[Fill]()
    core = build(stopped(), seat_strategies(stopped()))

    async def session() -> None:
        clock = VenueClock(monotonic=virtual_time.now)
        clock.set_to(START)
        venue = Venue([candles(symbol) for symbol in SYMBOLS], 1, STEP)
        memory = MemoryVenue(venue, clock, [fault_of(text, 1) for text in faults], ["kline_1m", *STREAMS.get(kind, [])])

        async def put(message: Message) -> None:
            entries.append((max(clock.now(), core.engine.at), message))
            said = core.engine.step(len(entries), *entries[-1])
            fills.extend(one for one in said if isinstance(one, Fill))

        newest = dict.fromkeys(SYMBOLS, START - (HISTORY + 1) * MINUTE)
        beside = Beside(trigger=kind, trigger_ms=1_000, waits=core.paper.awaits_price)
        feed = LiveFeed(memory, clock, put, newest, MINUTE, Patience(), Random(1).random, beside)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(memory.play)
            tasks.start_soon(feed.run)
            await clock.until(START + LIVE_BARS * MINUTE + 30 * SECOND)
            tasks.cancel_scope.cancel()

    virtual_time.run(session)
    return entries, fills, core.engine.chain.head.hex()


def stops(fills: Sequence[Fill]) -> list[Fill]:
    return [fill for fill in fills if fill.role is Role.STOP and fill.time >= START]


@pytest.mark.parametrize("kind", [TriggerPrices.FORMING, TriggerPrices.TRADES, TriggerPrices.BOOK])
def test_a_stop_is_hit_inside_the_bar_and_the_journal_proves_it(kind: TriggerPrices, state_dir: Path) -> None:
    entries, fills, head = traded(kind)
    inside = [fill for fill in stops(fills) if fill.time % MINUTE not in (0, MINUTE - 1)]
    assert inside, "none is hit inside a bar"
    prices = {(one.symbol, one.time) for _, one in entries if isinstance(one, TradePrice)}
    assert all((fill.symbol, fill.time) in prices for fill in inside)
    runner = anyio.run(play, open_session(state_dir, stopped(), {}), entries)
    assert runner.core.engine.chain.head.hex() == head
    journal = Journal.open_readonly(state_dir)
    assert all_equal(list(verify(journal)))
    journal.close()


def test_without_them_a_stop_is_found_at_the_close() -> None:
    entries, fills, _ = traded(TriggerPrices.NONE)
    assert not any(isinstance(message, TradePrice) for _, message in entries)
    assert stops(fills)
    assert all(fill.time % MINUTE in (0, MINUTE - 1) for fill in stops(fills))


@pytest.mark.parametrize("fault", ["disconnect", "disorder", "late", "silent", "forming", "outage"])
def test_no_price_is_out_of_its_place_whatever_goes_wrong(fault: str) -> None:
    present: dict[str, int] = {}
    told: dict[str, int] = {}
    entries, _, _ = traded(TriggerPrices.FORMING, [f"{fault}:0.1"])
    for _, message in entries:
        match message:
            case BarOpened(symbol=symbol, open_time=open_time):
                present[symbol] = open_time
            case BarArrived(bar=bar):
                present.pop(bar.symbol, None)
            case TradePrice(symbol=symbol, time=time):
                if symbol not in present:
                    assert time % MINUTE > Patience().grace_ms, "the first price of a bar whose opening was missed"
                    present[symbol] = time // MINUTE * MINUTE
                assert time // MINUTE * MINUTE == present[symbol]
                assert time >= told.get(symbol, 0)
                told[symbol] = time
            case _:
                pass
    assert told
