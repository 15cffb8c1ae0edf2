"""How far the series beside the candles have got, as the journal has them: what was told is never told again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import get_args

from finantrade.domain.context import Sentiment
from finantrade.domain.units import Millis
from finantrade.journal.store import Journal
from finantrade.market.context_tape import Fact, Key, Polled, key_of

BLOCK = 20_000
LOOKED_THROUGH = 500_000
"""Inputs that are looked through, newest first: some seconds of reading."""
MOOD = Key(Polled.SENTIMENT, "")
FACTS: tuple[type[Fact], ...] = get_args(Fact)


def newest_facts(directory: Path, keys: Collection[Key], since: Millis) -> dict[Key, Millis]:
    """Return the time of the newest fact of each series, of those in the journal that entered after ``since``.

    Beside the daemon that writes it. A series that has been silent for longer than what is looked through is not in it.
    """
    journal = Journal.open_readonly(directory)
    found: dict[Key, Millis] = {}
    try:
        # There is one a day for all symbols, however many inputs they give: it is looked up by its kind.
        mood = journal.last_input([Sentiment.__name__]) if MOOD in keys else None
        if mood is not None and isinstance(mood.message, Sentiment):
            found[MOOD] = mood.message.time
        until = journal.tail.seq
        oldest = max(0, until - LOOKED_THROUGH)
        while until > oldest and len(found) < len(keys):
            begin, told = max(oldest, until - BLOCK), dict[Key, Millis]()
            entered = since
            for entry in journal.inputs(begin, until):
                entered = entry.at
                if isinstance(entry.message, FACTS) and (key := key_of(entry.message)) in keys:
                    told[key] = entry.message.time
            found = told | found
            if entered < since:
                break
            until = begin
    finally:
        journal.close()
    return found
