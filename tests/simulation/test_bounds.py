"""L7: what is full blocks or drops as its name says, loses nothing it did not say, and nothing grows with the run."""

from __future__ import annotations

import ast
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest
from tests.markets import HURRY, candles, config, market, play, stream

from finantrade.domain.account import StateChanged
from finantrade.domain.codec import encode
from finantrade.domain.commands import Pause
from finantrade.domain.market import Heartbeat
from finantrade.domain.message import Input, Message
from finantrade.domain.units import Millis
from finantrade.journal.store import Journal
from finantrade.market.facts import facts
from finantrade.runtime import live
from finantrade.runtime.channel import Channel, Overflow
from finantrade.runtime.clock import FastClock
from finantrade.runtime.live import LiveRunner, Published
from finantrade.runtime.meter import WINDOW, LaneMeter
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.session import open_session
from finantrade.wiring import build

PRODUCT = Path(live.__file__).resolve().parents[1]
CAPACITY = 8


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what has no event to wait for."""
    with anyio.fail_after(30):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.001)


# ---- channels


async def test_a_full_channel_blocks_its_senders_and_loses_nothing() -> None:
    channel: Channel[int] = Channel("c", CAPACITY, Overflow.BLOCK)
    sent: list[int] = []

    async def send(first: int) -> None:
        for item in range(first, first + 50):
            await channel.send(item)
            sent.append(item)

    got: list[int] = []
    async with anyio.create_task_group() as tasks:
        for first in (0, 1_000, 2_000):
            tasks.start_soon(send, first)
        await until(lambda: channel.depth == CAPACITY)
        await anyio.wait_all_tasks_blocked()
        assert len(sent) == CAPACITY, "all three wait"
        while len(got) < 150:
            got += await channel.receive_batch(3)
    assert sorted(got) == [first + number for first in (0, 1_000, 2_000) for number in range(50)]
    assert [item for item in got if item < 1_000] == list(range(50)), "each sender's order is kept"
    stats = channel.stats()
    assert (stats.sent, stats.dropped, stats.depth) == (150, 0, 0)
    assert stats.peak <= CAPACITY
    channel.drain()


async def test_a_full_outlet_drops_what_is_newest_and_counts_it() -> None:
    channel: Channel[int] = Channel("c", CAPACITY, Overflow.DROP_NEWEST)
    assert [channel.offer(item) for item in range(20)] == [True] * CAPACITY + [False] * 12
    await channel.send(20)
    assert await channel.receive_batch(100) == list(range(CAPACITY))
    stats = channel.stats()
    assert (stats.sent, stats.dropped, stats.peak, stats.capacity) == (CAPACITY, 13, CAPACITY, CAPACITY)
    assert channel.offer(21)
    assert await channel.receive() == 21
    channel.drain()
    assert not channel.offer(22)


async def test_a_reader_that_never_reads_costs_the_lane_nothing(state_dir: Path) -> None:
    store = market(1, bars=60)
    session = open_session(state_dir, config(), store)
    told = list(stream(session, store))
    runner = LiveRunner(session, FastClock(HURRY, 1.0))
    slow, fast = runner.outlet("slow", CAPACITY), runner.outlet("fast", 10_000)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runner.run)
        for at, message in told:
            await runner.put(message, at)
        runner.stop()
    assert runner.core.engine.seq == len(told)
    kept: list[Published] = fast.drain()
    assert [one.entry.seq for one in kept] == list(range(1, len(told) + 1))
    assert (slow.stats().sent, slow.stats().dropped) == (CAPACITY, len(told) - CAPACITY)
    assert [one.entry.seq for one in slow.drain()] == list(range(1, CAPACITY + 1))


async def test_a_full_inbox_blocks_and_a_command_still_comes_through(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "INBOX_CAPACITY", CAPACITY)
    store = market(1, bars=60)
    session = open_session(state_dir, config(), store)
    told = list(stream(session, store))
    runner = LiveRunner(session, FastClock(HURRY, 1.0))
    outcomes: list[live.Outcome] = []
    accepted: list[Message] = []

    async def feed() -> None:
        for at, message in told:
            await runner.put(message, at)
            accepted.append(message)

    async def command() -> None:
        outcomes.append(await runner.command(Pause()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed)
        await until(lambda: runner.inbox.depth == CAPACITY)
        tasks.start_soon(command)
        await anyio.wait_all_tasks_blocked()
        assert (len(accepted), outcomes) == (CAPACITY, []), "nobody takes anything out yet"
        tasks.start_soon(runner.run)
        await until(lambda: len(accepted) == len(told) and bool(outcomes))
        runner.stop()
    (outcome,) = outcomes
    assert outcome.seq <= 3 * CAPACITY, "it waits its turn, not for the end of the feed"
    assert [type(one) for one in outcome.said] == [StateChanged]
    assert runner.inbox.stats().peak <= CAPACITY
    recorded = _recorded(state_dir)
    kept = [encode(one.message) for one in recorded if one.seq != outcome.seq]
    assert kept == [encode(message) for _, message in told]
    assert recorded[outcome.seq - 1].message == Pause()


def _recorded(place: Path) -> list[Input]:
    journal = Journal.open_readonly(place)
    try:
        return list(journal.inputs())
    finally:
        journal.close()


async def test_every_channel_of_a_session_has_a_bound_and_a_policy(state_dir: Path) -> None:
    session = open_session(state_dir, config(), market(1, bars=20))
    runner = LiveRunner(session, FastClock(HURRY, 1.0))
    runner.outlet("narrator", 16)
    stats = [channel.stats() for channel in (runner.inbox, *runner.outlets)]
    assert [(one.name, one.overflow) for one in stats] == [
        ("inbox", Overflow.BLOCK),
        ("narrator", Overflow.DROP_NEWEST),
    ]
    assert all(0 < one.capacity <= 100_000 for one in stats)
    runner.stop()
    await runner.run()


# ---- queues, rings and caches anywhere in the product


def unbounded(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield what makes a queue, a ring, a cache or a stream without saying how much it may hold."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).split("[")[0].split(".")[-1]
        said = {keyword.arg for keyword in node.keywords}
        bounds = {
            "deque": "maxlen" in said or len(node.args) > 1,
            "lru_cache": bool(said or node.args),
            "cache": False,
            "SimpleQueue": False,
            "create_memory_object_stream": bool(node.args),
        }
        if not bounds.get(name, not name.endswith("Queue") or bool(node.args or said)):
            yield node


ACCOUNTED = {"journal/writer.py: queue.SimpleQueue()"}
"""Bounded by a semaphore of its capacity, which every caller waits for."""


def test_nothing_is_made_without_a_bound() -> None:
    found = {
        f"{path.relative_to(PRODUCT)}: {ast.unparse(node)}"
        for path in sorted(PRODUCT.rglob("*.py"))
        for node in unbounded(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == ACCOUNTED


@pytest.mark.parametrize("planted", ["deque()", "asyncio.Queue()", "functools.cache(f)", "queue.SimpleQueue()"])
def test_what_has_no_bound_is_found(planted: str) -> None:
    assert len(list(unbounded(ast.parse(planted)))) == 1


def test_the_meter_looks_back_on_a_window() -> None:
    meter = LaneMeter()
    for _ in range(WINDOW + 500):
        meter.observe(0.0)
    assert len(meter._latencies) == WINDOW  # pyright: ignore[reportPrivateUsage]


# ---- memory


WINDOWS = 10
Fact = tuple[Millis, Message]


class Peaks:
    """The most memory that was held in each tenth of a stream of facts, beside the bars themselves."""

    def __init__(self, stream: Iterator[Fact], length: int) -> None:
        self._stream = stream
        self._each = length // WINDOWS
        self.bytes: list[int] = []

    def __iter__(self) -> Iterator[Fact]:
        tracemalloc.start()
        try:
            for number, fact in enumerate(self._stream, 1):
                yield fact
                if number % self._each == 0:
                    self.bytes.append(tracemalloc.get_traced_memory()[1])
                    tracemalloc.reset_peak()
        finally:
            tracemalloc.stop()

    @property
    def flat(self) -> bool:
        """Whether the last tenths held no more than the first ones, once everything had been used."""
        print(f"peaks {self.bytes}")
        return max(self.bytes[-3:]) <= 1.05 * max(self.bytes[1:4])


@pytest.mark.long
@pytest.mark.timeout(900)
def test_memory_is_flat_over_the_length_of_a_replay() -> None:
    bars = 150_000
    two = candles("AAA", 1, bars), candles("BBB", 1, bars, holes=range(1_000, 1_020))
    engine = build(config(), seat_strategies(config())).engine
    peaks = Peaks(iter(facts(two, 0)), 4 * bars)
    for seq, (at, message) in enumerate(peaks, 1):
        engine.step(seq, at, message)
        if seq % 256 == 0:
            engine.chain.take()
    assert peaks.flat


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_memory_is_flat_over_the_length_of_a_session(tmp_path: Path) -> None:
    bars = 40_000
    store = {"AAA": candles("AAA", 1, bars), "BBB": candles("BBB", 1, bars)}
    session = open_session(tmp_path, config(), store)
    peaks = Peaks(iter(stream(session, store)), 4 * bars)
    await play(session, peaks)
    assert peaks.flat


async def test_time_alone_leaves_nothing_behind(state_dir: Path) -> None:
    """A silent market's heartbeats change no actor's state."""
    store = market(1, bars=60)
    runner = await play(session := open_session(state_dir, config(), store), stream(session, store))
    engine = runner.core.engine
    before = engine.state().actors
    for _ in range(2_000):
        engine.step(engine.seq + 1, engine.at + 1_000, Heartbeat())
    assert engine.state().actors == before
