"""A thin typed layer over sqlite3: transactions in blocks, and faults told as journal errors.

The connection is in autocommit mode: every transaction is begun and ended here, none is implicit. It may be handed
from one thread to another, but is used by one at a time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finantrade.journal.errors import JournalBusy, JournalCorrupt, JournalError, JournalUnwritable

BUSY_TIMEOUT_S = 5.0
WAL_LIMIT_BYTES = 64 * 2**20
CACHE_KIB = 8_192

Row = tuple[Any, ...]

_UNWRITABLE = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
)
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Database:
    """One connection to the file at ``path``."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def writable(cls, path: Path) -> Database:
        """Open for writing, creating the file where there is none."""
        return cls._connect(path, f"{path.resolve().as_uri()}?mode=rwc")

    @classmethod
    def readonly(cls, path: Path) -> Database:
        """Open for reading, beside a writer or not. A closed journal may lie on a read-only medium."""
        # Readers of a WAL share a small file with the writer. Where nobody can make one, nobody can write either.
        locked = not os.access(path.parent, os.W_OK, effective_ids=True)
        still = locked and not path.with_name(f"{path.name}-wal").exists()
        return cls._connect(path, f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if still else ''}")

    @classmethod
    def _connect(cls, path: Path, uri: str) -> Database:
        with _told(path):
            connection = sqlite3.connect(
                uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        return cls(path, connection)

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """Run one statement and return all its rows."""
        with _told(self.path):
            return self.connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: tuple[object, ...] = ()) -> Any:
        """Return the first column of the first row, None where there is no row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def script(self, sql: str) -> None:
        """Run a statement to its end: one that works in steps without giving rows is otherwise left after the first."""
        with _told(self.path):
            self.connection.executescript(sql)

    @contextmanager
    def write(self) -> Generator[sqlite3.Connection, None, None]:
        """Run a block in one write transaction: all of it is recorded, or nothing."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield self.connection

    @contextmanager
    def read(self) -> Generator[None, None, None]:
        """Run a block on one state of the database. Keep it short: it holds back the checkpoint."""
        with self._transaction("BEGIN"):
            yield

    def copy_to(self, target: Path) -> None:
        """Write a copy of the whole database, its log included, to a new file."""
        copy = Database.writable(target)
        try:
            # All in one go: copied in steps, it would begin again at every commit of a writer.
            with _told(target):
                self.connection.backup(copy.connection)
        finally:
            copy.close()

    def close(self) -> None:
        """Close the connection; the last one of a file also folds its WAL in."""
        with _told(self.path):
            self.connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[None, None, None]:
        with _told(self.path):
            self.connection.execute(begin)
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                # After a full disk or a failed write SQLite has already rolled back by itself.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise


@contextmanager
def _told(path: Path) -> Generator[None, None, None]:
    try:
        yield
    except sqlite3.Error as error:
        told = _tell(path, error)
        if told is None:
            raise
        raise told from error


def _tell(path: Path, error: sqlite3.Error) -> JournalError | None:
    # The low byte is the primary code; the rest says where exactly it happened.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _UNWRITABLE:
        return JournalUnwritable(f"expected to be able to write {path}, found: {error}")
    if code in _CORRUPT:
        return JournalCorrupt(f"expected a sound journal at {path}, found: {error}")
    if code in _BUSY:
        return JournalBusy(f"{path} is held by another process for over {BUSY_TIMEOUT_S:g} s: {error}")
    return None
