"""From a directory to a checked database: made where that is wished, refused where it is not ours or damaged."""

from __future__ import annotations

import os
from pathlib import Path

from finantrade.directories import make_private
from finantrade.journal.checks import check
from finantrade.journal.database import Database
from finantrade.journal.errors import JournalMissing, JournalUnwritable
from finantrade.journal.lock import WriterLock
from finantrade.journal.records import Synchronous
from finantrade.journal.retention import DiskLevel, disk_low
from finantrade.journal.schema import expect_journal, prepare

FILE_NAME = "journal.sqlite"


def open_writable(
    directory: Path, synchronous: Synchronous, *, create: bool, min_free_mb: float
) -> tuple[Database, WriterLock]:
    """Return the checked database and the lock on it."""
    if not create:
        _expect_file(directory)
    expect_space(directory, min_free_mb)
    if create:
        _make(directory)
    lock = WriterLock(directory)
    try:
        return _checked(directory / FILE_NAME, synchronous, create=create), lock
    except BaseException:
        lock.release()
        raise


def open_readable(directory: Path) -> Database:
    """Return the database for reading; what is read is checked as it is read."""
    _expect_file(directory)
    database = Database.readonly(directory / FILE_NAME)
    try:
        expect_journal(database)
    except BaseException:
        database.close()
        raise
    return database


def expect_space(directory: Path, min_free_mb: float) -> None:
    """Raise JournalUnwritable below the refusal level of free disk space where ``directory`` is, or will be made."""
    there = next(place for place in (directory, *directory.absolute().parents) if place.is_dir())
    low = disk_low(there, min_free_mb)
    if low is not None and low.level is DiskLevel.REFUSE:
        raise JournalUnwritable(str(low))


def _checked(path: Path, synchronous: Synchronous, *, create: bool) -> Database:
    database = Database.writable(path)
    try:
        prepare(database, synchronous, create=create)
        check(database)
    except BaseException:
        database.close()
        raise
    return database


def _expect_file(directory: Path) -> None:
    if not (directory / FILE_NAME).is_file():
        raise JournalMissing(f"expected a journal at {directory / FILE_NAME}, found none")


def _make(directory: Path) -> None:
    try:
        make_private(directory)
        _settle(directory.parent)
    except OSError as error:
        raise JournalUnwritable(f"expected to be able to make {directory}, found: {error.strerror}") from error


def _settle(directory: Path) -> None:
    # A new directory outlives a power cut only when the one it is in has reached the disk.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
