"""What the runner does when an input is poison, the disk is full, or the configuration is another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import anyio
import msgspec
import pytest
from tests.markets import HURRY, config, market, play, play_whole, stream

from finantrade.actors.risk import RiskActor
from finantrade.config import Config, StrategyConfig
from finantrade.domain.commands import Flatten, Pause
from finantrade.domain.market import Bar, FeedEnded
from finantrade.domain.units import Millis
from finantrade.journal import maintenance
from finantrade.journal.store import Journal
from finantrade.market.candles import Candles
from finantrade.runtime.carry import CarryRefused
from finantrade.runtime.clock import FastClock
from finantrade.runtime.live import LaneStopped, LiveRunner
from finantrade.runtime.session import ConfigChanged, open_session
from finantrade.runtime.status import Condition
from finantrade.runtime.verify import all_equal, verify

POISON_BAR = 70


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


async def test_a_changed_configuration_is_refused_or_begins_a_segment(state_dir: Path) -> None:
    store = market(9, bars=200)
    half = {symbol: candles.slice(0, 100) for symbol, candles in store.items()}
    before = config()
    first = await _play_to_rest(state_dir, before, half)
    wallet = first.core.ledger.balance
    after = config(risk=msgspec.structs.replace(before.risk, leverage=0.5))
    with pytest.raises(ConfigChanged, match=r"risk\.leverage: 1\.0 → 0\.5"):
        open_session(state_dir, after, store)
    session = open_session(state_dir, after, store, accept_change=True)
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


async def _play_to_rest(place: Path, settings: Config, store: Mapping[str, Candles]) -> LiveRunner:
    """Play without the end of the data, so that more can follow."""
    session = open_session(place, settings, store)
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
