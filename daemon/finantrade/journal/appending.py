"""What may follow what is recorded, and its rows.

Rows go in by blocks of ``BLOCKS`` sizes, one statement each: between two statements another thread may take the
interpreter for a whole switch interval, so a statement a row would stretch a commit beside a busy event loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from finantrade.domain.message import Decision, Input
from finantrade.journal.chores import ROW_BYTES
from finantrade.journal.database import Row
from finantrade.journal.errors import JournalOrder
from finantrade.journal.records import Tail
from finantrade.journal.streams import Stream

BLOCKS = (128, 16, 4, 1)
_VALUES = {size: ", ".join(["(?, ?, ?, ?)"] * size) for size in BLOCKS}


def tail_after(tail: Tail, inputs: Sequence[Input], decisions: Sequence[Decision]) -> Tail:
    """Return the journal's end after a batch. Raises JournalOrder where a number or a time does not follow."""
    seq, at = tail.seq, tail.at
    for one in inputs:
        seq += 1
        if one.seq != seq or one.at < at:
            raise JournalOrder(f"expected input {seq} at {at} or later, found {one.seq} at {one.at}")
        at = one.at
    n, head = tail.decisions, tail.head
    for link in decisions:
        n += 1
        if link.n != n or link.seq > seq:
            raise JournalOrder(f"expected decision {n} at input {seq} or before, found {link.n} at input {link.seq}")
        head = link.head
    return Tail(seq, at, n, head)


def insert(connection: sqlite3.Connection, stream: Stream, rows: Sequence[Row]) -> None:
    """Insert rows of four columns inside the caller's transaction."""
    start = 0
    for size in BLOCKS:
        while len(rows) - start >= size:
            block = [column for row in rows[start : start + size] for column in row]
            connection.execute(stream.insert + _VALUES[size], block)
            start += size


def stored_size(inputs: Sequence[Row], decisions: Sequence[Row]) -> int:
    """Return what these rows add to a segment's size, in bytes."""
    payloads = sum(len(row[3]) for row in inputs) + sum(len(row[2]) for row in decisions)
    return payloads + ROW_BYTES * (len(inputs) + len(decisions))
