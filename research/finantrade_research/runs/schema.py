"""The index of the run store: one SQLite file, made when something is first kept.

A row a run, with the figures that lists show and filter by as one JSON text; a row a trial, with its daily returns,
by which trials are compared. Reports and frames are files beside it, in a folder a run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from finantrade.directories import make_private
from finantrade_research.runs.faults import BadStore

FILE_NAME = "index.sqlite"
FORMAT = 1
WAIT_S = 60.0
"""How long a writer waits for another one: each holds the index for the moment that it takes to write a run."""

SCHEMA = """
CREATE TABLE run (
    id TEXT PRIMARY KEY, made INTEGER NOT NULL, name TEXT NOT NULL, strategies TEXT NOT NULL, symbols TEXT NOT NULL,
    timeframe TEXT NOT NULL, dataset TEXT NOT NULL, first_open INTEGER NOT NULL, last_open INTEGER NOT NULL,
    span TEXT NOT NULL, parameters TEXT NOT NULL, head TEXT NOT NULL, figures TEXT NOT NULL, caveats TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX run_by_time ON run (made);
CREATE TABLE tag (run TEXT NOT NULL REFERENCES run (id), name TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE TABLE span (
    id TEXT PRIMARY KEY, market TEXT NOT NULL, first_open INTEGER NOT NULL, last_open INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX span_by_market ON span (market, first_open);
CREATE TABLE trial (
    span TEXT NOT NULL REFERENCES span (id), parameters TEXT NOT NULL, outcome TEXT NOT NULL, sharpe REAL,
    returns BLOB NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (span, parameters)
);
"""


@contextmanager
def reading(root: Path) -> Generator[sqlite3.Connection]:
    """Open the index to read; an empty one in memory where nothing was ever kept. Raises BadStore."""
    file = root / FILE_NAME
    # Empty, too, where whoever made it was killed before the first run was in it.
    there = file.is_file() and file.stat().st_size > 0
    # Not read-only: what a killed writer had begun is rolled back by whoever opens the index next.
    with closing(_connect(f"{file.resolve().as_uri()}?mode=rw" if there else "file::memory:")) as index:
        if there:
            _check(index, file)
        else:
            index.executescript(SCHEMA)
        yield index


@contextmanager
def writing(root: Path) -> Generator[sqlite3.Connection]:
    """Open the index to write, alone, in one transaction: all of it is kept or nothing. Raises BadStore."""
    file = make_private(root) / FILE_NAME
    with closing(_connect(f"{file.resolve().as_uri()}?mode=rwc")) as index:
        _format(index, file)
        index.execute("BEGIN IMMEDIATE")
        if _format(index, file) == 0:
            for statement in SCHEMA.split(";"):
                index.execute(statement)
            index.execute(f"PRAGMA user_version = {FORMAT}")
        _check(index, file)
        yield index
        index.execute("COMMIT")


def _connect(uri: str) -> sqlite3.Connection:
    index = sqlite3.connect(uri, uri=True, timeout=WAIT_S, isolation_level=None)
    index.row_factory = sqlite3.Row
    return index


def _check(index: sqlite3.Connection, file: Path) -> None:
    found = _format(index, file)
    if found != FORMAT:
        raise BadStore(f"{file}: expected a run store in format {FORMAT}, found format {found}")


def _format(index: sqlite3.Connection, file: Path) -> int:
    try:
        return int(index.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise BadStore(f"{file}: expected the index of a run store, found: {error}") from None
