"""What the runner does when an input is poison, the disk is full, or the configuration is another one."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import msgspec
import pytest
from tests.markets import HURRY, config, market, play, play_whole, stream

from finantrade.actors.risk import RiskActor
from finantrade.config import Config, JournalConfig, StrategyConfig
from finantrade.domain.commands import Flatten, Pause
from finantrade.domain.market import Bar, FeedEnded
from finantrade.domain.units import Millis, timeframe_ms
from finantrade.edges.replay_feed import replay_feed
from finantrade.execution.costs import FeeTier
from finantrade.journal import maintenance
from finantrade.journal.errors import JournalUnwritable
from finantrade.journal.store import Journal
from finantrade.market.candles import Candles
from finantrade.runtime.carry import CarryRefused, known_of
from finantrade.runtime.clock import FastClock
from finantrade.runtime.live import LaneStopped, LiveRunner
from finantrade.runtime.recovery import Diverged
from finantrade.runtime.session import ConfigChanged, open_session
from finantrade.runtime.status import Condition
from finantrade.runtime.verify import all_equal, verify

POISON_BAR = 70
FEW = 300


def poison(monkeypatch: pytest.MonkeyPatch, close_time: Millis) -> None:
    """Make risk raise whenever it sees the bar that closes then: a bug that only this input wakes."""
    honest: Callable[[RiskActor, Bar, Millis], object] = RiskActor.on_bar

    def on_bar(self: RiskActor, bar: Bar, now: Millis) -> object:
        if bar.close_time == close_time and bar.symbol == "BBB":
            raise ZeroDivisionError("poison")
        return honest(self, bar, now)

    monkeypatch.setattr(RiskActor, "on_bar", on_bar)


async def test_a_poison_input_is_quarantined_and_can_be_skipped(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = market(7, bars=120)
    close_time = int(store["BBB"].open_time[POISON_BAR]) + store["BBB"].timeframe - 1
    with monkeypatch.context() as patch:
        poison(patch, close_time)
        with pytest.raises(BaseExceptionGroup) as raised:
            await play_whole(state_dir, config(), store)
        assert raised.value.split(ZeroDivisionError)[1] is None
        session = open_session(state_dir, config(), store)
        runner = LiveRunner(session, FastClock(HURRY, 1.0))
        assert runner.condition is Condition.QUARANTINED
        found = session.poison
        assert found is not None
        assert "ZeroDivisionError: poison" in found.traceback
        assert runner.core.engine.seq == found.seq - 1
        with pytest.raises(LaneStopped):
            await runner.command(Pause())
        await _stopped(runner)
        maintenance.skip(state_dir, found.seq)
        runner = await play_whole(state_dir, config(), store)
        assert runner.session.poison is None
        assert runner.ended
    journal = Journal.open_readonly(state_dir)
    try:
        assert journal.skips() == (found.seq,)
        assert all_equal(list(verify(journal)))
    finally:
        journal.close()


async def _stopped(runner: LiveRunner) -> None:
    runner.stop()
    await runner.run()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what has no event to wait for."""
    with anyio.fail_after(60):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.001)


async def together(*functions: Callable[[], Awaitable[None]]) -> None:
    """Run some functions in one task group."""
    async with anyio.create_task_group() as tasks:
        for function in functions:
            tasks.start_soon(function)


class Disk:
    """The disk under a journal; it changes on the writer's own thread, when the lane asks whether it can go on."""

    def __init__(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.probes = 0
        self.room = True
        self._journal = journal
        honest = Journal.probe

        def probe(asked: Journal) -> None:
            self.probes += 1
            if self.room:
                self._limit(2**30)
            honest(asked)

        monkeypatch.setattr(Journal, "probe", probe)
        monkeypatch.setattr("finantrade.runtime.live.RETRY_S", 0.01)

    def fill(self) -> None:
        """Leave not a page; to be called while the writer has nothing to do."""
        self.room = False
        self._limit(1)

    def _limit(self, pages: int) -> None:
        self._journal._database.rows(f"PRAGMA max_page_count = {pages}")  # pyright: ignore[reportPrivateUsage]


async def test_a_full_disk_stands_the_lane_still_and_loses_nothing(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = market(8, bars=200)
    whole = await play_whole(state_dir / "whole", config(), store)
    session = open_session(state_dir / "full", config(), store)
    runner, disk = LiveRunner(session, FastClock(HURRY, 1.0)), Disk(session.journal, monkeypatch)
    told = list(stream(session, store))
    half = len(told) // 2
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runner.run)
        await replay_feed(told[:half], runner.clock, runner)
        await until(lambda: runner.core.engine.seq == half and not runner.inbox.depth and not session.writer.pending)
        disk.fill()
        tasks.start_soon(replay_feed, told[half:], runner.clock, runner)
        await until(lambda: runner.condition is Condition.JOURNAL_UNWRITABLE)
        assert "full" in runner.detail
        stood_at = runner.core.engine.seq
        assert stood_at == session.journal.tail.seq < len(told)
        asked = disk.probes
        await until(lambda: disk.probes > asked + 5)
        assert (runner.core.engine.seq, session.journal.tail.seq) == (stood_at, stood_at), "nothing is acted on"
        disk.room = True
        await until(lambda: runner.core.engine.seq == len(told))
        assert runner.condition is Condition.FEED_ENDED
        runner.stop()
    assert runner.core.engine.snapshot() == whole.core.engine.snapshot()
    _verifies(state_dir / "full")


async def test_stopped_while_the_disk_is_full_it_goes_on_where_it_stood(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = market(8, bars=200)
    whole = await play_whole(state_dir / "whole", config(), store)
    place = state_dir / "full"
    session = open_session(place, config(), store)
    with monkeypatch.context() as patch:
        runner, disk = LiveRunner(session, FastClock(HURRY, 1.0)), Disk(session.journal, patch)

        async def feed() -> None:
            await replay_feed(list(stream(session, store))[:FEW], runner.clock, runner)
            await until(lambda: runner.condition is Condition.JOURNAL_UNWRITABLE)
            runner.stop()

        disk.fill()
        with pytest.raises(BaseExceptionGroup) as raised:
            await together(runner.run, feed)
    assert raised.value.split(JournalUnwritable)[1] is None
    runner = await play_whole(place, config(), store)
    assert runner.core.engine.snapshot() == whole.core.engine.snapshot()
    _verifies(place)


def _verifies(place: Path) -> None:
    journal = Journal.open_readonly(place)
    try:
        assert all_equal(list(verify(journal)))
    finally:
        journal.close()


NOBODY = 65_534


@contextmanager
def unwritable(directory: Path) -> Iterator[None]:
    """Run a block that may not write to a directory; root may write anywhere, so it becomes somebody else."""
    root = os.geteuid() == 0
    directory.chmod(0o555)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o755)


def test_a_read_only_state_directory_is_refused_and_left_as_it_was() -> None:
    store = market(4, bars=60)
    with TemporaryDirectory() as name:
        state = Path(name)
        state.chmod(0o755)
        with (
            unwritable(state),
            pytest.raises(JournalUnwritable, match=r"able to make .*Permission denied"),
        ):
            open_session(state / "new", config(), store)
        assert list(state.iterdir()) == []
        kept = state / "kept"
        anyio.run(play_whole, kept, config(), {symbol: one.slice(0, 30) for symbol, one in store.items()})
        before = {path.name: path.read_bytes() for path in kept.iterdir()}
        with (
            unwritable(kept),
            pytest.raises(JournalUnwritable, match=r"able to write .*Permission denied"),
        ):
            open_session(kept, config(), store)
        assert {path.name: path.read_bytes() for path in kept.iterdir()} == before


@pytest.mark.parametrize("stored", [True, False], ids=["bars from the store", "bars from the journal"])
async def test_a_changed_configuration_is_refused_or_begins_a_segment(state_dir: Path, stored: bool) -> None:
    store = market(9, bars=200)
    half = {symbol: candles.slice(0, 100) for symbol, candles in store.items()}
    before = config()
    first = await _play_to_rest(state_dir, before, half)
    wallet = first.core.ledger.balance
    after = config(risk=msgspec.structs.replace(before.risk, leverage=0.5))
    with pytest.raises(ConfigChanged, match=r"risk\.leverage: 1\.0 → 0\.5"):
        open_session(state_dir, after, store)
    session = open_session(state_dir, after, store if stored else {}, accept_change=True)
    assert session.core.ledger.balance == wallet
    assert session.core.engine.chain.head == first.core.engine.chain.head
    assert all(line.ready for line in session.core.updater._lines.values())  # pyright: ignore[reportPrivateUsage]
    runner = await play(session, stream(session, store))
    assert runner.core.engine.chain.count > first.core.engine.chain.count
    journal = Journal.open_readonly(state_dir)
    try:
        assert len(journal.segments()) >= 2
        assert all_equal(list(verify(journal)))
    finally:
        journal.close()


async def test_other_recorded_data_begins_a_segment_that_names_it(state_dir: Path) -> None:
    store, first, second = market(9, bars=60), "a" * 64, "b" * 64
    half = {symbol: candles.slice(0, 30) for symbol, candles in store.items()}
    await _play_to_rest(state_dir, config(), half, first)
    with pytest.raises(ConfigChanged, match=r"recorded data: a{16} → b{16}"):
        open_session(state_dir, config(), store, content=second)
    session = open_session(state_dir, config(), store, content=second, accept_change=True)
    await play(session, stream(session, store))
    with closing(Journal.open_readonly(state_dir)) as journal:
        reports = list(verify(journal))
    assert all_equal(reports)
    assert [one.content_hash for one in reports] == [first, second]


async def test_a_journal_that_does_not_name_its_data_goes_on(state_dir: Path) -> None:
    store = market(9, bars=30)
    await _play_to_rest(state_dir, config(), store)
    session = open_session(state_dir, config(), store, content="a" * 64)
    assert len(session.journal.segments()) == 1
    session.journal.close()


async def test_the_journal_knows_the_bars_that_the_store_has(state_dir: Path) -> None:
    store = market(9, bars=200)
    await _play_to_rest(state_dir, config(), store)
    with closing(Journal.open_readonly(state_dir)) as journal:
        half = {symbol: candles.slice(0, 120) for symbol, candles in store.items()}
        told = [known_of(known, journal, timeframe_ms(config().timeframe)) for known in (store, half, {})]
        for symbol, candles in store.items():
            until = int(candles.open_time[150]) - 1
            for count in (0, 1, 40, 10_000):
                stored, *others = ([msgspec.json.encode(bar) for bar in known(symbol, count, until)] for known in told)
                assert others == [stored, stored]
                assert len(stored) == min(count, int((candles.open_time < until).sum()))


async def test_a_held_position_without_a_strategy_refuses_the_change(state_dir: Path) -> None:
    store = market(9, bars=200)
    runner = None
    for bars in range(60, 100):
        place = state_dir / str(bars)
        runner = await play_whole(place, config(), {s: c.slice(0, bars) for s, c in store.items()})
        if any(position.qty and position.symbol == "BBB" for position in runner.core.ledger.positions):
            break
    else:
        pytest.fail("expected the rule to hold BBB at some bar")
    settings = config(strategies=(config().strategies[0], StrategyConfig(name="ema_cross", symbols=("BBB",))))
    with pytest.raises(CarryRefused, match="BBB of strategy rule"):
        open_session(place, settings, store, accept_change=True)
    # Nothing has been half done: the old configuration opens it as before.
    session = open_session(place, config(), store)
    assert session.core.engine.snapshot() == runner.core.engine.snapshot()
    session.journal.close()


async def test_a_journal_that_folds_otherwise_is_not_gone_on_with(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = market(1, bars=120)
    settings = config(journal=JournalConfig(synchronous="NORMAL", min_free_disk_mb=0))
    session = open_session(state_dir, settings, store)
    told, runner = list(stream(session, store))[:-1], LiveRunner(session, FastClock(HURRY, 1.0))

    async def feed() -> None:
        await replay_feed(told, runner.clock, runner)
        await until(lambda: session.journal.tail.seq == len(told))
        await until(lambda: session.journal.tail.decisions == runner.core.engine.chain.count)
        # A clean end would leave a snapshot, and nothing to fold.
        raise KeyError("the feed broke")

    with pytest.raises(BaseExceptionGroup) as raised:
        await together(runner.run, feed)
    assert raised.value.split(KeyError)[1] is None
    assert runner.fills > 0
    honest = FeeTier.in_bps
    monkeypatch.setattr(FeeTier, "in_bps", lambda volume, maker, taker: honest(volume, maker, taker + 1))
    with pytest.raises(Diverged, match=r"decision \d+ at input \d+: recorded Fill"):
        open_session(state_dir, settings, store)


async def _play_to_rest(
    place: Path, settings: Config, store: Mapping[str, Candles], content: str | None = None
) -> LiveRunner:
    """Play without the end of the data, so that more can follow."""
    session = open_session(place, settings, store, content=content)
    facts = [fact for fact in stream(session, store) if type(fact[1]) is not FeedEnded]
    return await play(session, facts)


async def test_commands_come_back_with_what_they_caused(state_dir: Path) -> None:
    store = market(2, bars=50)
    session = open_session(state_dir, config(), store)
    runner = LiveRunner(session, FastClock(HURRY, 1.0))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(runner.run)
        outcome = await runner.command(Flatten())
        assert outcome.seq == 1
        assert [type(one).__name__ for one in outcome.said] == ["StateChanged"]
        runner.stop()
    with pytest.raises(LaneStopped):
        await runner.command(Pause())
