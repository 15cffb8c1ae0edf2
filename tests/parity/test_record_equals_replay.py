"""L1 and L2: a live session, its verification and a backtest over the same facts decide the same, to the byte."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio
import msgspec
import pytest
from tests.contexts import dataset, stored, tables_of
from tests.markets import HURRY, START, candles, config, market, play, play_whole, stream
from tests.series import entry

from finantrade.backtesting import backtest
from finantrade.config import Config, Context, ExecutionConfig, FeedConfig, JournalConfig
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill
from finantrade.domain.units import MINUTE, Millis
from finantrade.journal.store import Journal
from finantrade.market.context_facts import KINDS
from finantrade.market.facts import facts
from finantrade.market.series import Kind
from finantrade.market.store.writing import write
from finantrade.market.table import Table
from finantrade.market.timeline import NO_CONTEXT, Timeline
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.report import status_of
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.session import open_session
from finantrade.runtime.source import Source, source_of
from finantrade.runtime.verify import Verdict, all_equal, verify
from finantrade.wiring import build

SPOKEN = (
    Pause(), Resume(), Resume(), Resume(), Flatten(), Stop(), Stop(keep_positions=True), ClosePosition("AAA"),
    ClosePosition("BBB"),
)  # fmt: skip


@pytest.fixture(params=[0, 1, 2])
def seed(request: pytest.FixtureRequest) -> int:
    return request.param


async def test_a_session_decides_what_a_backtest_decides(state_dir: Path, seed: int) -> None:
    store = market(seed)
    runner = await play_whole(state_dir, config(), store)
    result = backtest(config(), candles=tuple(store.values()))
    assert len([one for one in result.fills if isinstance(one, Fill)]) > 10
    assert runner.core.engine.chain.head.hex() == result.head
    assert runner.core.engine.snapshot() == result.core.engine.snapshot()


async def test_a_journal_with_commands_verifies(state_dir: Path, seed: int) -> None:
    store = market(seed)
    session = open_session(state_dir, config(), store)
    runner = await play(session, _steered(list(stream(session, store))))
    journal = Journal.open_readonly(state_dir)
    try:
        reports = list(verify(journal))
    finally:
        journal.close()
    assert all_equal(reports)
    assert reports[-1].folded_head == reports[-1].recorded_head == runner.core.engine.chain.head.hex()
    assert sum(report.decisions for report in reports) == runner.core.engine.chain.count


async def test_segments_chain_on_and_each_verifies_alone(state_dir: Path) -> None:
    settings = config(
        journal=JournalConfig(
            synchronous="NORMAL", snapshot_every_inputs=60, segment_max_h=24.0, min_free_disk_mb=0, keep_days=10_000
        )
    )
    await play_whole(state_dir, settings, market(3))
    journal = Journal.open_readonly(state_dir)
    try:
        segments = journal.segments()
        whole = list(verify(journal))
        last = list(verify(journal, first_segment=segments[-1].id))
    finally:
        journal.close()
    assert len(segments) > 3
    assert [report.verdict for report in whole] == [Verdict.EQUAL] * len(segments)
    assert last == whole[-1:]


async def test_verify_names_the_first_decision_that_differs(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await play_whole(state_dir, config(), market(1))
    # Another fee is another program: every decision from the first fill on must come out differently.
    from finantrade.execution.costs import FeeTier

    honest = FeeTier.in_bps
    monkeypatch.setattr(FeeTier, "in_bps", lambda volume, maker, taker: honest(volume, maker, taker + 1))
    journal = Journal.open_readonly(state_dir)
    try:
        report, *_ = verify(journal)
    finally:
        journal.close()
    assert report.verdict is Verdict.DIFFERENT
    found = report.divergence
    assert found is not None
    assert isinstance(found.recorded, Fill)
    assert isinstance(found.folded, Fill)
    assert found.recorded.fee < found.folded.fee
    assert msgspec.structs.replace(found.folded, fee=found.recorded.fee) == found.recorded


def _drawn(draw: random.Random) -> Config:
    """Draw a configuration of the small market."""
    base = config()
    cross, rule = base.strategies
    fast = draw.randint(2, 6)
    cross = msgspec.structs.replace(cross, params={**cross.params, "fast": fast, "slow": fast + draw.randint(1, 9)})
    rule = msgspec.structs.replace(rule, params={**rule.params, "take_profit": f"close + {draw.randint(1, 4)} * atr_5"})
    return config(
        strategies=(cross, rule),
        feed=msgspec.structs.replace(base.feed, latency_ms=draw.choice([0, 350])),
        risk=msgspec.structs.replace(
            base.risk,
            leverage=draw.choice([0.5, 1.0, 2.0]),
            reenter=draw.random() < 0.5,
            daily_loss=draw.choice([None, 0.01, 0.04]),
            daily_loss_flatten=draw.random() < 0.5,
        ),
        execution=ExecutionConfig(latency_ms=draw.choice([0, 200, 40 * MINUTE]), slippage_bps=draw.choice([0.0, 3.0])),
    )


def _interrupted(facts: list[tuple[Millis, Message]], draw: random.Random) -> list[tuple[Millis, Message]]:
    """Put commands between the facts at random moments."""
    out: list[tuple[Millis, Message]] = []
    for at, message in facts:
        if draw.random() < 0.03:
            out.append((at, draw.choice(SPOKEN)))
        out.append((at, message))
    return out


async def test_any_session_verifies_whatever_was_said_and_changed(
    tmp_path: Path, seeds: Callable[[int, int], range]
) -> None:
    for seed in seeds(5, 100):
        draw, store, place = random.Random(seed), market(seed, 160), tmp_path / str(seed)
        session = open_session(place, _drawn(draw), store)
        told = list(stream(session, store))
        await play(session, _interrupted(told[: draw.randrange(100, len(told))], draw))
        settings = _drawn(draw)
        session = open_session(place, settings, store, accept_change=True)
        runner = await play(session, _interrupted(list(stream(session, store)), draw))
        journal = Journal.open_readonly(place)
        try:
            reports = list(verify(journal))
            seqs = [one.seq for one in journal.inputs()]
        finally:
            journal.close()
        assert all_equal(reports), f"seed {seed}: {reports}"
        assert len(reports) >= 2, f"seed {seed}"
        assert reports[-1].folded_head == runner.core.engine.chain.head.hex(), f"seed {seed}"
        assert sum(report.decisions for report in reports) == runner.core.engine.chain.count, f"seed {seed}"
        assert seqs == list(range(1, runner.core.engine.seq + 1)), f"seed {seed}"


async def test_any_session_decides_what_a_backtest_decides(tmp_path: Path, seeds: Callable[[int, int], range]) -> None:
    for seed in seeds(5, 100):
        draw = random.Random(seed)
        settings, lost = _drawn(draw), sorted(draw.sample(range(1, 159), 30))
        store = {"AAA": candles("AAA", seed, 160, lost[::4]), "BBB": candles("BBB", seed, 160, lost)}
        data = dataset(store.values(), tables_of(["AAA", "BBB"], START, START + 160 * 30 * MINUTE, seed))
        beside = Timeline.of(one.table for one in data.context) if draw.random() < 0.7 else NO_CONTEXT
        runner = await play_whole(tmp_path / str(seed), settings, store, beside)
        plain = build(settings, seat_strategies(settings))
        told = facts(tuple(store.values()), settings.feed.latency_ms, context=beside)
        for number, (at, message) in enumerate(told, 1):
            plain.engine.step(number, at, message)
        result = backtest(settings, dataset=data if len(beside) else dataset(store.values()))
        assert runner.core.engine.chain.head.hex() == result.head == plain.engine.chain.head.hex(), f"seed {seed}"
        live, folded, tested = (one.engine.state() for one in (runner.core, plain, result.core))
        assert live == folded == tested, f"seed {seed}"


async def test_a_replay_of_the_store_feeds_what_a_backtest_of_it_folds(tmp_path: Path) -> None:
    store, span = market(4), (START, START + 300 * 30 * MINUTE)
    for table in (*map(Table.of_candles, store.values()), *tables_of(["AAA", "BBB"], *span, seed=4)):
        place = stored(table).place
        write(tmp_path / "store", place, table, entry(rows=len(table)))
    feed = FeedConfig(dataset="store:binance/usdm", context=tuple(Context), rate=HURRY)
    source = source_of(config(feed=feed), tmp_path / "store")
    session = open_session(tmp_path / "session", config(feed=feed), source.candles, content=source.content)
    runner = LiveRunner(session, source.clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_fed, source, runner)
        await runner.run()
    result = backtest(config(feed=feed), datadir=tmp_path / "store")
    assert runner.core.engine.state() == result.core.engine.state()
    assert result.core.engine.seq > 4 * 300 + 1_000
    assert source.coverage == result.coverage.summary()
    assert {one.kind for one in result.coverage.series} == {Kind.CANDLES, *KINDS.values()}
    assert status_of(runner, synthetic_data=False, recorded=source.coverage).coverage == source.coverage
    assert status_of(runner, synthetic_data=False).coverage is not None
    with closing(Journal.open_readonly(tmp_path / "session")) as journal:
        assert {one.header.content_hash for one in journal.segments()} == {source.content}
        assert all_equal(list(verify(journal)))


async def _fed(source: Source, runner: LiveRunner) -> None:
    await source.run(runner)
    runner.stop()


def _steered(facts: list[tuple[Millis, Message]]) -> list[tuple[Millis, Message]]:
    """Put an operator's commands between the facts; like the API's they carry no time of their own."""
    commands = {
        200: Pause(), 260: Resume(), 320: Flatten(), 330: Resume(), 400: ClosePosition("AAA"),
        500: Stop(keep_positions=True), 560: Resume(), 700: Stop(), 800: Resume(), 900: ClosePosition("BBB"),
    }  # fmt: skip
    out: list[tuple[Millis, Message]] = []
    for index, fact in enumerate(facts):
        if index in commands:
            out.append((fact[0], commands[index]))
        out.append(fact)
    return out


def test_the_same_backtest_twice_is_the_same(seeds: Callable[[int, int], range]) -> None:
    for seed in seeds(2, 50):
        store = tuple(market(seed).values())
        assert backtest(config(), candles=store).head == backtest(config(), candles=store).head
