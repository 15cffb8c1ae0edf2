"""Compression of closed segments and removal of dropped ones, in steps short enough to go between two commits.

Each step is one transaction over at most ``STEP_ROWS`` rows or ``STEP_CHUNKS`` chunks, so a journal killed in between
is whole, and the next start goes on where it was.
"""

from __future__ import annotations

from finantrade.journal.database import Database
from finantrade.journal.records import SegmentState
from finantrade.journal.streams import DECISIONS, END, INPUTS, Stream, pack

STEP_ROWS = 500
STEP_CHUNKS = 8
ROW_BYTES = 32
"""What a row costs beside its payload, for sizes that decide on rotation and retention."""

_BOUNDS = """SELECT id, after_seq, after_n, next_seq, next_n FROM (
    SELECT id, state, after_seq, after_n, lead(after_seq) OVER ids AS next_seq, lead(after_n) OVER ids AS next_n
    FROM segments WINDOW ids AS (ORDER BY id)) WHERE state = ? ORDER BY id LIMIT 1"""


def next_chore(database: Database) -> bool:
    """Do one step of what there is to do; return False where there is nothing."""
    for state, step in ((SegmentState.DROPPED, _remove), (SegmentState.CLOSED, _compress)):
        found = database.rows(_BOUNDS, (state.value,))
        if found:
            segment, _, _, last_seq, last_n = found[0]
            step(database, segment, ((INPUTS, last_seq), (DECISIONS, last_n)))
            return True
    return False


def _compress(database: Database, segment: int, lasts: tuple[tuple[Stream, int], ...]) -> None:
    for stream, last in lasts:
        if _compress_some(database, segment, stream, last):
            return
    with database.write() as connection:
        connection.execute("UPDATE segments SET state = ? WHERE id = ?", (SegmentState.PACKED.value, segment))


def _compress_some(database: Database, segment: int, stream: Stream, last: int) -> bool:
    rows = database.rows(stream.page, (-END, last, STEP_ROWS))
    if not rows:
        return False
    data = pack(rows)
    kinds = " ".join(sorted({row[2] for row in rows})) if stream is INPUTS else ""
    freed = sum(len(row[3 if stream is INPUTS else 2]) + ROW_BYTES for row in rows)
    with database.write() as connection:
        connection.execute(
            "INSERT INTO chunks (stream, last, first, kinds, data) VALUES (?, ?, ?, ?, ?)",
            (stream.name, rows[-1][0], rows[0][0], kinds, data),
        )
        connection.execute(stream.delete, (rows[-1][0],))
        connection.execute("UPDATE segments SET size = size + ? WHERE id = ?", (len(data) - freed, segment))
    return True


def _remove(database: Database, segment: int, lasts: tuple[tuple[Stream, int], ...]) -> None:
    with database.write() as connection:
        if not any(_remove_some(database, stream, last) for stream, last in lasts):
            connection.execute("DELETE FROM snapshots WHERE segment = ?", (segment,))
            connection.execute("DELETE FROM skips WHERE seq <= ?", (lasts[0][1],))
            connection.execute("DELETE FROM segments WHERE id = ?", (segment,))


def _remove_some(database: Database, stream: Stream, last: int) -> bool:
    chunks = database.rows(
        "SELECT rowid FROM chunks WHERE stream = ? AND last <= ? ORDER BY last LIMIT ?",
        (stream.name, last, STEP_CHUNKS),
    )
    for row in chunks:
        database.rows("DELETE FROM chunks WHERE rowid = ?", row)
    if chunks:
        return True
    rows = database.rows(stream.page, (-END, last, STEP_ROWS))
    if rows:
        database.rows(stream.delete, (rows[-1][0],))
    return bool(rows)
