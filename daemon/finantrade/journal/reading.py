"""Rows back into values. Bytes that do not decode are damage, and it is said which ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from finantrade.domain.codec import decode
from finantrade.domain.message import Decision, Input, Message
from finantrade.domain.units import Millis
from finantrade.journal.database import Database, Row
from finantrade.journal.errors import JournalCorrupt
from finantrade.journal.streams import DECISIONS, END, INPUTS, floor, read, unpack

_NEWEST_OF_KINDS = """SELECT seq, at, payload FROM inputs
    WHERE seq > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT 1"""
_CHUNK_BEFORE = """SELECT last, kinds FROM chunks
    WHERE stream = 'inputs' AND last > ? AND last < ? ORDER BY last DESC LIMIT 100"""
_CHUNK_DATA = "SELECT data FROM chunks WHERE stream = 'inputs' AND last = ?"


def inputs(database: Database, after: int, until: int, kinds: Collection[str] | None = None) -> Iterator[Input]:
    """Yield inputs numbered above ``after``, to ``until`` inclusive, those of other ``kinds`` left out undecoded."""
    for seq, at, kind, payload in read(database, INPUTS, after, until):
        if kinds is None or kind in kinds:
            yield _input(database, seq, at, payload)


def decisions(database: Database, after: int) -> Iterator[Decision]:
    """Yield decisions numbered above ``after``."""
    for row in read(database, DECISIONS, after):
        yield Decision(*row)


def last_input(database: Database, kinds: Collection[str]) -> Input | None:
    """Return the newest kept input of one of these kinds: from the loose rows, else from the newest such chunk."""
    kept = floor(database, INPUTS)
    found = database.rows(_NEWEST_OF_KINDS, (kept, msgspec.json.encode(sorted(kinds)).decode()))
    if not found:
        found = _last_in_chunks(database, frozenset(kinds), kept)
    for seq, at, payload in found[:1]:
        return _input(database, seq, at, payload)
    return None


def decoded(where: Path, noun: str, number: int, payload: bytes) -> Message:
    """Return the message of these bytes. Raises JournalCorrupt naming its number."""
    try:
        return decode(payload)
    except msgspec.DecodeError as error:
        raise JournalCorrupt(f"expected a message in {noun} {number} of {where}, found: {error}") from error


def _input(database: Database, seq: int, at: Millis, payload: bytes) -> Input:
    return Input(seq, at, decoded(database.path, "input", seq, payload))


def _last_in_chunks(database: Database, kinds: frozenset[str], kept: int) -> list[Row]:
    before = END
    while page := database.rows(_CHUNK_BEFORE, (kept, before)):
        for last, inside in page:
            if not kinds.isdisjoint(inside.split()):
                rows = unpack(database, INPUTS, last, database.value(_CHUNK_DATA, (last,)))
                return [(seq, at, payload) for seq, at, kind, payload in reversed(rows) if kind in kinds]
        before = page[-1][0]
    return []
