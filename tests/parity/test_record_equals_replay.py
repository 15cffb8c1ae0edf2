"""L1 and L2: a live session, its verification and a backtest over the same facts decide the same, to the byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.markets import config, market, play, play_whole, stream

from finantrade.backtesting import backtest
from finantrade.config import JournalConfig
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill
from finantrade.domain.units import Millis
from finantrade.journal.store import Journal
from finantrade.runtime.session import open_session
from finantrade.runtime.verify import Verdict, all_equal, verify


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
    from finantrade.execution.costs import Costs

    honest = Costs.in_bps
    monkeypatch.setattr(Costs, "in_bps", lambda maker, taker, slippage: honest(maker, taker + 1, slippage))
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
