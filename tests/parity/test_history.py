"""What pages are told after a restart is the end of what the session said, however little of it is folded again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from tests.markets import config, market, play, play_whole, stream

from finantrade.config import JournalConfig
from finantrade.domain.codec import encode
from finantrade.domain.context import MarkPrice
from finantrade.domain.market import BarArrived
from finantrade.domain.message import Input, Message
from finantrade.runtime import history, live
from finantrade.runtime.session import open_session

EVERYTHING = 10**9
SNAPSHOT_EVERY = 50
BATCH = 8
"""A snapshot waits for the end of its batch."""


def told(directory: Path, bars: int) -> list[bytes]:
    """Return what was told as bytes: there are NaN in bars, which equal nothing."""
    heard: list[bytes] = []

    def hear(entry: Input, said: Sequence[Message]) -> None:
        heard.append(
            msgspec.msgpack.encode((entry.seq, entry.at, encode(entry.message), [encode(one) for one in said]))
        )

    history.recount(directory, bars, hear)
    return heard


def numbers(heard: Sequence[bytes]) -> list[int]:
    return [msgspec.msgpack.decode(one)[0] for one in heard]


@pytest.fixture(params=[24.0, 10_000.0], ids=["many segments", "one segment"])
async def session(request: pytest.FixtureRequest, state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(live, "BATCH", BATCH)
    settings = JournalConfig(
        synchronous="NORMAL", snapshot_every_inputs=SNAPSHOT_EVERY, segment_max_h=request.param, keep_days=10_000,
        min_free_disk_mb=0,
    )  # fmt: skip
    await play_whole(state_dir, config(journal=settings), market(5))
    return state_dir


async def test_the_end_of_it_comes_from_the_nearest_snapshot(session: Path) -> None:
    whole = told(session, EVERYTHING)
    assert numbers(whole) == list(range(1, len(whole) + 1))
    for bars in (1, SNAPSHOT_EVERY, 3 * SNAPSHOT_EVERY):
        last = told(session, bars)
        assert 2 * bars - 1 <= len(last)
        assert last == whole[-len(last) :]
    # Of the two newest one may be of the very end; the opening of a segment is what else there is.
    assert len(told(session, 1)) < len(whole)


async def test_bars_are_told_of_however_many_facts_lie_between_them(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BATCH", BATCH)
    monkeypatch.setattr(history, "BLOCK", SNAPSHOT_EVERY)
    journal = JournalConfig(synchronous="NORMAL", snapshot_every_inputs=SNAPSHOT_EVERY, min_free_disk_mb=0)
    session = open_session(state_dir, config(journal=journal), market(5))
    marked = [
        (at, one) for at, fact in stream(session, market(5, 120)) for one in (*[MarkPrice("AAA", at, 100.0)] * 20, fact)
    ]
    await play(session, marked)
    heard: list[Message] = []
    history.recount(state_dir, 4, lambda entry, said: heard.append(entry.message))
    assert 4 <= sum(isinstance(one, BarArrived) for one in heard) < 60


async def test_no_more_is_folded_than_may_be(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = told(session, EVERYTHING)
    monkeypatch.setattr(history, "MOST_INPUTS", 3 * SNAPSHOT_EVERY)
    last = told(session, EVERYTHING)
    assert 0 < len(last) <= 6 * SNAPSHOT_EVERY
    assert last == whole[-len(last) :]
