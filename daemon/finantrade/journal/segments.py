"""The chain of segments as rows: reading it, and the journal's end, which is the end of its last segment."""

from __future__ import annotations

import sqlite3

import msgspec

from finantrade.domain.units import Millis
from finantrade.journal.chores import ROW_BYTES
from finantrade.journal.database import Database, Row
from finantrade.journal.errors import JournalCorrupt
from finantrade.journal.records import Growth, Segment, SegmentHeader, SegmentState, Tail, digest

NOTHING = Tail(seq=0, at=0, decisions=0, head=b"")

_ALL = """SELECT id, after_seq, after_n, opened_at, size, state, header FROM segments
    WHERE state <> 'dropped' ORDER BY id"""
_LAST = "SELECT id, after_seq, after_n, opened_at, header FROM segments ORDER BY id DESC LIMIT 1"


def add(connection: sqlite3.Connection, header: SegmentHeader, tail: Tail, closed_size: int) -> int:
    """Close the open segment and open the next one inside the caller's transaction; return its number."""
    connection.execute("UPDATE segments SET state = 'closed', size = ? WHERE state = 'open'", (closed_size,))
    row = (tail.seq, tail.decisions, tail.at, SegmentState.OPEN.value, msgspec.json.encode(header).decode())
    cursor = connection.execute(
        "INSERT INTO segments (after_seq, after_n, opened_at, size, state, header) VALUES (?, ?, ?, 0, ?, ?)", row
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def listed(database: Database) -> tuple[Segment, ...]:
    """Return the kept segments, oldest first."""
    with database.read():
        rows = database.rows(_ALL)
        end = tail(database)
    ends = [(row[1], row[2], row[3]) for row in rows[1:]] + [(end.seq, end.decisions, end.at)]
    return tuple(_segment(database, row, *last) for row, last in zip(rows, ends, strict=False))


def tail(database: Database) -> Tail:
    """Return where the journal ends; a journal without segments has no head yet."""
    last = database.rows(_LAST)
    if not last:
        return NOTHING
    segment, seq, decisions, at, text = last[0]
    head = bytes.fromhex(_header(database, segment, text).previous_head)
    inputs = database.rows("SELECT seq, at FROM inputs ORDER BY seq DESC LIMIT 1") or [(seq, at)]
    links = database.rows("SELECT n, head FROM decisions ORDER BY n DESC LIMIT 1") or [(decisions, head)]
    return Tail(*inputs[0], *links[0])


def settled_tail(database: Database) -> Tail:
    """Return ``tail`` of one state of a journal that another process writes to."""
    with database.read():
        return tail(database)


def growth(database: Database) -> Growth | None:
    """Measure the open segment by reading through it, None where there is none yet."""
    last = database.rows(_LAST)
    if not last:
        return None
    segment, after_seq, after_n = last[0][:3]
    first_at = database.value("SELECT at FROM inputs WHERE seq > ? ORDER BY seq LIMIT 1", (after_seq,))
    measured = (
        database.rows("SELECT count(*), coalesce(sum(length(payload)), 0) FROM inputs WHERE seq > ?", (after_seq,)),
        database.rows("SELECT count(*), coalesce(sum(length(payload)), 0) FROM decisions WHERE n > ?", (after_n,)),
    )
    return Growth(segment, first_at, sum(rows[0][0] * ROW_BYTES + rows[0][1] for rows in measured))


def _segment(database: Database, row: Row, last_seq: int, last_n: int, last_at: Millis) -> Segment:
    segment, after_seq, after_n, opened_at, size, state, text = row
    return Segment(
        id=segment,
        header=_header(database, segment, text),
        after_seq=after_seq,
        after_n=after_n,
        opened_at=opened_at,
        last_at=last_at,
        inputs=last_seq - after_seq,
        decisions=last_n - after_n,
        size=size,
        state=SegmentState(state),
    )


def _header(database: Database, segment: int, text: str) -> SegmentHeader:
    try:
        header = msgspec.json.decode(text, type=SegmentHeader)
    except msgspec.DecodeError as error:
        raise JournalCorrupt(f"expected a header of segment {segment} in {database.path}, found: {error}") from error
    found = digest(header.config.encode()).hex()
    if found != header.config_hash:
        raise JournalCorrupt(
            f"expected a configuration with hash {header.config_hash} in segment {segment} of {database.path}, "
            f"found {found}"
        )
    return header
