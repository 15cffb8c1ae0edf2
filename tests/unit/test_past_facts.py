"""What was known beside bars before a new segment, of the store and of the journal, each kind by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.journals import rotate

from finantrade.domain.context import Crowd, LongShortRatio, Sentiment, TakerRatio
from finantrade.domain.message import Input, Message
from finantrade.domain.units import MINUTE
from finantrade.journal.store import Journal
from finantrade.market.fact_order import Fact
from finantrade.market.series import Kind
from finantrade.market.table import Table
from finantrade.market.timeline import Timeline
from finantrade.runtime.past_facts import past_facts

HOUR = 60 * MINUTE
NEW = 100 * HOUR


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal.open(tmp_path)
    rotate(found)
    yield found
    found.close()


def ratios(*times: int) -> Table:
    ones = np.ones(len(times))
    return Table.of(Kind.RATIOS, "BTC", 5 * MINUTE, times, {"accounts": ones, "taker": ones})


def known(journal: Journal, heard: list[Fact], *tables: Table, since: int = 0, until: int = NEW + HOUR) -> list[Fact]:
    entries = [Input(seq, at, message) for seq, (at, message) in enumerate(heard, 1)]
    journal.append(entries, [])
    return past_facts(["BTC"], lambda: Timeline.of(tables), journal, 0, until, since)["BTC"]


def test_what_is_known_later_than_the_rest_of_its_row_is_taken_from_the_journal(journal: Journal) -> None:
    heard: list[Fact] = [(NEW + 6 * MINUTE, TakerRatio("BTC", NEW, 3.0, 3.0, 1.0))]
    crowd = NEW + 5 * MINUTE, LongShortRatio("BTC", NEW, Crowd.ALL_ACCOUNTS, 1.0)
    assert known(journal, heard, ratios(NEW), until=NEW + 6 * MINUTE) == [crowd, *heard]


def test_one_source_does_not_hide_another(journal: Journal) -> None:
    heard: list[Fact] = [(NEW + HOUR, Sentiment("fear_greed", NEW, 20.0))]
    other = Table.of(Kind.SENTIMENT, "other", 24 * HOUR, [NEW], {"value": [7.0]})
    assert known(journal, heard, other) == [(NEW + HOUR, Sentiment("other", NEW, 7.0)), *heard]


def test_what_the_store_has_is_not_told_twice(journal: Journal) -> None:
    heard: list[Fact] = [(NEW + HOUR - 1, TakerRatio("BTC", NEW, 3.0))]
    found = [message for _, message in known(journal, heard, ratios(NEW))]
    expected: list[Message] = [LongShortRatio("BTC", NEW, Crowd.ALL_ACCOUNTS, 1.0), TakerRatio("BTC", NEW, 1.0)]
    assert found == expected


def test_nothing_stored_is_told_that_nobody_rests_on_any_more(journal: Journal) -> None:
    found = known(journal, [], ratios(0, HOUR, NEW), since=NEW)
    assert {message.time for _, message in found if isinstance(message, TakerRatio)} == {NEW}
