"""Whatever goes wrong between the exchange and us, what is decided is what the clean data decide.

The exchange, its faults and the feed are the real ones; only the wires are memory, and time is virtual. The seed of
each run is in its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import anyio
import msgspec
import pytest
from tests import virtual_time
from tests.exchanges import START, SYMBOLS, candles
from tests.memory_venue import MemoryVenue

from finantrade.config import Config, InstrumentConfig
from finantrade.domain.market import Bar, BarArrived, BarOpened, FeedGap
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill, Order, Refusal, Signal
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.edges.live_feed import LiveFeed, Patience
from finantrade.runtime.clock import VenueClock
from finantrade.runtime.seats import seat_strategies
from finantrade.simulator.faults.catalogue import KINDS, fault_of
from finantrade.simulator.venue import Venue
from finantrade.wiring import build

STEP = 5 * SECOND
HISTORY = 60
"""Bars before the start that the lane has not got yet."""
LIVE_BARS = 80
MENDED = {"disconnect", "missing", "late", "disorder", "duplicate", "forming", "error", "html", "fake", "drop"}
"""Faults that are mended before anybody notices, at the shares and in the patience of these tests."""

Entry = tuple[Millis, Message]


def settings() -> Config:
    instrument = InstrumentConfig(tick="0.01", lot="0.001")  # type: ignore[arg-type]
    return msgspec.convert(
        {
            "timeframe": "1m",
            "symbols": list(SYMBOLS),
            "instruments": dict.fromkeys(SYMBOLS, msgspec.to_builtins(instrument)),
            "strategies": [{"name": "ema_cross", "params": {"fast": 3, "slow": 8, "atr": 5, "allow_short": True}}],
            "feed": {"dataset": "none"},
            "risk": {"max_leverage": 3.0},
        },
        Config,
        strict=False,
    )


def followed(faults: Sequence[str], seed: int, feeds: list[LiveFeed] | None = None) -> list[Entry]:
    """Return everything that enters the lane while the exchange plays; ``feeds`` gets the feed."""
    entries: list[Entry] = []

    async def session() -> None:
        clock = VenueClock(monotonic=virtual_time.now)
        clock.set_to(START)
        venue = Venue([candles(symbol) for symbol in SYMBOLS], seed, STEP)
        memory = MemoryVenue(venue, clock, [fault_of(text, seed) for text in faults])

        async def put(message: Message) -> None:
            entries.append((max(clock.now(), entries[-1][0] if entries else 0), message))

        newest = dict.fromkeys(SYMBOLS, START - (HISTORY + 1) * MINUTE)
        feed = LiveFeed(memory, clock, put, newest, MINUTE, Patience(), Random(seed).random)
        if feeds is not None:
            feeds.append(feed)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(memory.play)
            tasks.start_soon(feed.run)
            await clock.until(START + LIVE_BARS * MINUTE + 30 * SECOND)
            tasks.cancel_scope.cancel()

    virtual_time.run(session)
    return entries


def decided(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    """Return what the core decides on them, without numbers and times that a delay would move."""
    config, out = settings(), list[tuple[object, ...]]()
    engine = build(config, seat_strategies(config)).engine
    for seq, (at, message) in enumerate(entries, 1):
        for said in engine.step(seq, at, message):
            match said:
                case Signal():
                    out.append(("signal", said.symbol, said.target, said.stop))
                case Order():
                    out.append(("order", said.symbol, said.side, said.qty, said.role))
                case Refusal():
                    out.append(("refusal", said.symbol, said.rule))
                case Fill():
                    out.append(("fill", said.symbol, said.time, said.side, said.qty, said.price, said.backfilled))
                case _:
                    pass
    return sorted(out, key=repr)


def bars_of(entries: Sequence[Entry]) -> list[Bar]:
    return [message.bar for _, message in entries if isinstance(message, BarArrived)]


def as_recorded(entries: Sequence[Entry]) -> list[Entry]:
    """Return the same history told by somebody who knows the recorded bars: only flags and gaps are taken over."""
    known = {symbol: Venue([candles(symbol)], 1, STEP).recordings[symbol] for symbol in SYMBOLS}

    def told(message: Message) -> Message:
        match message:
            case BarArrived(bar=bar):
                whole = known[bar.symbol].closed(MINUTE, bar.open_time)
                assert whole is not None
                return BarArrived(msgspec.structs.replace(whole, backfilled=bar.backfilled))
            case BarOpened():
                whole = known[message.symbol].closed(MINUTE, message.open_time)
                assert whole is not None
                return BarOpened(message.symbol, message.open_time, whole.open)
            case _:
                return message

    return [(at, told(message)) for at, message in entries]


@pytest.fixture(scope="module")
def clean() -> list[Entry]:
    return followed((), 1)


def test_the_clean_run_tells_every_bar_and_decides_something(clean: list[Entry]) -> None:
    for symbol in SYMBOLS:
        times = [bar.open_time for bar in bars_of(clean) if bar.symbol == symbol]
        gaps = [message.start for _, message in clean if isinstance(message, FeedGap) and message.symbol == symbol]
        assert sorted([*times, *gaps]) == [START + n * MINUTE for n in range(-HISTORY, LIVE_BARS)]
    live = [bar for bar in bars_of(clean) if bar.open_time >= START + MINUTE and bar.symbol == SYMBOLS[0]]
    assert not any(bar.backfilled for bar in live)
    assert len([one for one in decided(clean) if one[0] == "fill"]) > 10
    assert decided(clean) == decided(as_recorded(clean))


@pytest.mark.timeout(900)  # fifty seeds of the slowest faults take minutes where a machine has other work
@pytest.mark.parametrize("fault", sorted(KINDS))
def test_what_is_decided_is_what_the_clean_data_decide(
    fault: str, clean: list[Entry], seeds: Callable[[int, int], range]
) -> None:
    for seed in seeds(1, 50):
        entries = followed([f"{fault}:0.06"], seed)
        for symbol in SYMBOLS:
            covered = [bar.open_time for bar in bars_of(entries) if bar.symbol == symbol]
            for _, message in entries:
                if isinstance(message, FeedGap) and message.symbol == symbol:
                    covered += range(message.start, message.end + 1, MINUTE)
            assert sorted(covered) == [START + n * MINUTE for n in range(-HISTORY, len(covered) - HISTORY)], seed
            assert len(covered) >= HISTORY + LIVE_BARS - 3, seed
        assert decided(entries) == decided(as_recorded(entries)), seed
        if fault in MENDED:
            assert decided(entries) == decided(clean), seed


def test_a_connection_is_opened_anew_where_a_single_stream_has_fallen_silent() -> None:
    well, muted = list[LiveFeed](), list[LiveFeed]()
    followed((), 1, well)
    entries = followed(("mute:0.02",), 1, muted)
    assert well[0].reconnects == 0
    assert muted[0].reconnects > 0
    assert decided(entries) == decided(as_recorded(entries))


def test_the_same_seed_gives_the_same_session() -> None:
    faults = ("disconnect:0.1", "error:0.1", "late:0.1", "silent:0.05")
    assert followed(faults, 3) == followed(faults, 3)
