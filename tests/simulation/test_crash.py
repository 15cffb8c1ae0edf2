"""L5: killed at any write of the journal and started again, the account is that of the run that was never killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from tests.contexts import tables_of
from tests.markets import START, config, market, play, play_whole, stream

from finantrade.domain.codec import encode
from finantrade.domain.units import MINUTE
from finantrade.journal.store import Journal
from finantrade.market.candles import Candles
from finantrade.market.timeline import Timeline
from finantrade.runtime.session import open_session
from finantrade.runtime.verify import all_equal, verify


class Killed(Exception):
    """Stands for the process being gone at this point."""


class Guillotine:
    """Counts the writes of a journal and ends everything just before, or just after, one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool) -> None:
        self.writes = 0
        self.at, self.after = at, after
        for name in ("append", "snapshot", "begin_segment"):
            monkeypatch.setattr(Journal, name, self._watched(getattr(Journal, name)))

    def _watched(self, honest: Callable[..., object]) -> Callable[..., object]:
        def write(journal: Journal, *args: object) -> object:
            self.writes += 1
            if self.writes == self.at and not self.after:
                raise Killed(f"before write {self.at}")
            result = honest(journal, *args)
            if self.writes == self.at:
                raise Killed(f"after write {self.at}")
            return result

        return write


async def test_killed_before_or_after_any_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: Callable[[int, int], range]
) -> None:
    store, beside = market(5, bars=120), _context(5)
    whole = await play_whole(tmp_path / "whole", config(), store, beside)
    with monkeypatch.context() as patch:
        counted = Guillotine(patch, at=-1, after=False)
        await play_whole(tmp_path / "counted", config(), store, beside)
    spread = len(seeds(8, 400))
    cuts = sorted({2 + round(index * (counted.writes - 2) / spread) for index in range(spread)})
    for at in cuts:
        for after in (False, True):
            place = tmp_path / f"{at}-{after}"
            with monkeypatch.context() as patch:
                Guillotine(patch, at, after=after)
                died = await _dies(place, store, beside)
            if not died:
                # The writes of two runs fall a little differently; a cut past the end of this one cuts nothing.
                continue
            runner = await play_whole(place, config(), store, beside)
            assert runner.core.engine.snapshot() == whole.core.engine.snapshot(), f"cut {at}, after={after}"
            _verifies(place)
            assert _inputs(place) == _inputs(tmp_path / "whole"), f"cut {at}, after={after}"


async def test_killed_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, beside = market(6, bars=120), _context(6)
    whole = await play_whole(tmp_path / "whole", config(), store, beside)
    place = tmp_path / "killed"
    for turn in range(200):
        with monkeypatch.context() as patch:
            Guillotine(patch, at=3, after=bool(turn % 2))
            if not await _dies(place, store, beside):
                break
    session = open_session(place, config(), store)
    assert session.core.engine.snapshot() == whole.core.engine.snapshot()
    session.journal.close()
    _verifies(place)


def _context(seed: int) -> Timeline:
    """Return series of which facts come between all bars, several at one instant, some long after their stamp."""
    return Timeline.of(tables_of(["AAA"], START, START + 120 * 30 * MINUTE, seed, 30 * MINUTE))


async def _dies(place: Path, store: Mapping[str, Candles], context: Timeline) -> bool:
    try:
        session = open_session(place, config(), store)
        await play(session, stream(session, store, context))
    except BaseExceptionGroup as group:
        if group.split(Killed)[1] is not None:
            raise
        return True
    except Killed:
        return True
    return False


def _inputs(place: Path) -> list[tuple[int, int, bytes]]:
    with closing(Journal.open_readonly(place)) as journal:
        return [(one.seq, one.at, encode(one.message)) for one in journal.inputs()]


def _verifies(place: Path) -> None:
    journal = Journal.open_readonly(place)
    try:
        assert all_equal(list(verify(journal)))
    finally:
        journal.close()
