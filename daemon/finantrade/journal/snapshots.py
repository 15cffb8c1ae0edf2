"""Snapshots: versioned, checksummed, two newest kept for each segment beside the one it opened with."""

from __future__ import annotations

import sqlite3

from finantrade.domain.units import Millis
from finantrade.journal.database import Database, Row
from finantrade.journal.errors import JournalCorrupt
from finantrade.journal.records import LatestSnapshot, Snapshot, digest

SNAPSHOT_VERSION = 1
KEPT = 2

_COLUMNS = "segment, seq, at, opening, data, version, checksum"
_INSERT = f"INSERT INTO snapshots ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants only
_NEWEST = f"SELECT {_COLUMNS} FROM snapshots WHERE segment = ? ORDER BY id DESC"  # noqa: S608
_ALL = f"SELECT {_COLUMNS} FROM snapshots WHERE segment = ? ORDER BY id"  # noqa: S608
_OPENING = f"SELECT {_COLUMNS} FROM snapshots WHERE segment = ? AND opening"  # noqa: S608
_THIN_OUT = """DELETE FROM snapshots WHERE segment = :segment AND NOT opening AND id NOT IN (
    SELECT id FROM snapshots WHERE segment = :segment AND NOT opening ORDER BY id DESC LIMIT :kept)"""


def add(connection: sqlite3.Connection, segment: int, seq: int, at: Millis, data: bytes, *, opening: bool) -> None:
    """Record a snapshot inside the caller's transaction, and remove those that it makes superfluous."""
    connection.execute(_INSERT, (segment, seq, at, int(opening), data, SNAPSHOT_VERSION, digest(data)))
    connection.execute(_THIN_OUT, {"segment": segment, "kept": KEPT})


def latest(database: Database, segment: int) -> LatestSnapshot:
    """Return the newest sound snapshot of a segment. Raises JournalCorrupt naming each where none is sound."""
    bad: list[str] = []
    for row in database.rows(_NEWEST, (segment,)):
        fault = _fault(row)
        if fault is None:
            return LatestSnapshot(_snapshot(row), tuple(bad))
        bad.append(fault)
    found = "; ".join(bad) or "none"
    raise JournalCorrupt(f"expected a sound snapshot of segment {segment} in {database.path}, found {found}")


def opening(database: Database, segment: int) -> Snapshot:
    """Return what a segment started from. Raises JournalCorrupt where it is missing or damaged."""
    rows = database.rows(_OPENING, (segment,))
    fault = _fault(rows[0]) if rows else "none"
    if fault is not None:
        raise JournalCorrupt(f"expected the opening snapshot of segment {segment} in {database.path}, found {fault}")
    return _snapshot(rows[0])


def sound(database: Database, segment: int) -> tuple[Snapshot, ...]:
    """Return the snapshots of a segment that can be trusted, oldest first."""
    return tuple(_snapshot(row) for row in database.rows(_ALL, (segment,)) if _fault(row) is None)


def _snapshot(row: Row) -> Snapshot:
    return Snapshot(row[0], row[1], row[2], bool(row[3]), row[4])


def _fault(row: Row) -> str | None:
    _, seq, _, _, data, version, checksum = row
    if version != SNAPSHOT_VERSION:
        return f"snapshot at input {seq} of version {version}, not {SNAPSHOT_VERSION}"
    if digest(data) != checksum:
        return f"snapshot at input {seq} with a wrong checksum"
    return None
