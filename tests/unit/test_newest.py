"""A restart knows from the journal how far each series has got."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.markets import config, play

from finantrade.domain.context import Crowd, FundingRate, LongShortRatio, MarkPrice, OpenInterest, Sentiment
from finantrade.domain.message import Message
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.market.context_tape import Key, Polled
from finantrade.runtime import newest
from finantrade.runtime.newest import newest_facts
from finantrade.runtime.session import open_session

NOW = 20_000 * DAY
MOOD = Key(Polled.SENTIMENT, "")
INTEREST = {symbol: Key(Polled.OPEN_INTEREST, symbol) for symbol in ("AAA", "BBB", "CCC")}


def told() -> list[tuple[Millis, Message]]:
    """Return two days of facts, with many marks between them."""
    facts: list[tuple[Millis, Message]] = [
        (NOW, Sentiment("fear_greed", NOW, 50.0)),
        (NOW, FundingRate("AAA", NOW, 0.0001)),
        (NOW, OpenInterest("CCC", NOW - 40 * DAY, 1.0)),
        (NOW, LongShortRatio("AAA", NOW, Crowd.TOP_ACCOUNTS, 1.5)),
    ]
    for minute in range(1, 48 * 60):
        at = NOW + minute * MINUTE
        facts.append((at, MarkPrice("AAA", at, 100.0)))
        if minute % 5 == 0:
            facts.append((at, OpenInterest("AAA", at, 5.0)))
        if minute % 5 == 0 and minute < 600:
            facts.append((at, OpenInterest("BBB", at, 5.0)))
    return facts


@pytest.mark.parametrize("block", [100, newest.BLOCK])
async def test_the_newest_of_each_series_is_found(block: int, state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "BLOCK", block)
    await play(open_session(state_dir, config(), {}), told())
    keys = [MOOD, Key(Polled.FUNDING, "AAA"), Key(Polled.TOP_ACCOUNTS, "AAA"), Key(Polled.FUNDING, "BBB")]
    found = newest_facts(state_dir, [*keys, *INTEREST.values()], NOW - DAY)
    assert found == {
        MOOD: NOW,
        Key(Polled.FUNDING, "AAA"): NOW,
        Key(Polled.TOP_ACCOUNTS, "AAA"): NOW,
        INTEREST["AAA"]: NOW + 47 * HOUR + 55 * MINUTE,
        INTEREST["BBB"]: NOW + 595 * MINUTE,
        INTEREST["CCC"]: NOW - 40 * DAY,
    }


async def test_no_more_is_looked_through_than_is_bearable(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "BLOCK", 100)
    await play(open_session(state_dir, config(), {}), told())
    keys = [MOOD, *INTEREST.values()]
    assert newest_facts(state_dir, keys, NOW + 30 * HOUR).keys() == {MOOD, INTEREST["AAA"]}
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 500)
    assert newest_facts(state_dir, keys, 0).keys() == {MOOD, INTEREST["AAA"]}


async def test_a_session_that_has_none_knows_none(state_dir: Path) -> None:
    await play(open_session(state_dir, config(), {}), [(NOW, MarkPrice("AAA", NOW, 100.0))])
    assert newest_facts(state_dir, [MOOD, *INTEREST.values()], 0) == {}
