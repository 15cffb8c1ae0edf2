"""Tables of a journal, how they come to be, and the refusal of files that are not one. Described in ``store``."""

from __future__ import annotations

from finantrade.journal.database import CACHE_KIB, WAL_LIMIT_BYTES, Database
from finantrade.journal.errors import JournalCorrupt, JournalMissing, JournalTooNew
from finantrade.journal.records import FORMAT, Synchronous

APPLICATION_ID = 0x46_6E_54_6A
"""``FnTj`` in the file's header, by which ``file`` and we tell a journal from any other SQLite database."""

_TABLES = {
    "segments": """CREATE TABLE segments (
        id INTEGER PRIMARY KEY, after_seq INTEGER NOT NULL, after_n INTEGER NOT NULL, opened_at INTEGER NOT NULL,
        size INTEGER NOT NULL, state TEXT NOT NULL, header TEXT NOT NULL) STRICT""",
    "inputs": """CREATE TABLE inputs (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL) STRICT""",
    "decisions": """CREATE TABLE decisions (
        n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, payload BLOB NOT NULL, head BLOB NOT NULL) STRICT""",
    "chunks": """CREATE TABLE chunks (
        stream TEXT NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, kinds TEXT NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (stream, last)) STRICT""",
    "snapshots": """CREATE TABLE snapshots (
        id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
        opening INTEGER NOT NULL, version INTEGER NOT NULL, checksum BLOB NOT NULL, data BLOB NOT NULL) STRICT""",
    "skips": "CREATE TABLE skips (seq INTEGER PRIMARY KEY, mark BLOB NOT NULL) STRICT",
    "probe": "CREATE TABLE probe (data BLOB NOT NULL) STRICT",
}


def prepare(database: Database, synchronous: Synchronous, *, create: bool) -> None:
    """Make an empty file a journal, or check that it is one, and set the connection up for writing.

    Raises JournalMissing where the file is empty and ``create`` is False, else what ``expect_journal`` raises.
    """
    if _is_empty(database):
        if not create:
            raise JournalMissing(f"expected a journal at {database.path}, found an empty file")
        _create(database)
    expect_journal(database)
    for pragma in (
        f"synchronous = {synchronous.value}",
        "wal_autocheckpoint = 0",  # the writer's thread checkpoints when it has a moment, never inside a commit
        f"journal_size_limit = {WAL_LIMIT_BYTES}",
        f"cache_size = -{CACHE_KIB}",
        "secure_delete = OFF",
    ):
        database.rows(f"PRAGMA {pragma}")


def expect_journal(database: Database) -> None:
    """Raise JournalTooNew or JournalCorrupt unless the file is a journal of this software's format."""
    application: int = database.value("PRAGMA application_id")
    if application != APPLICATION_ID:
        raise JournalCorrupt(
            f"expected a journal (application id {APPLICATION_ID:#010x}) at {database.path}, found {application:#010x}"
        )
    found: int = database.value("PRAGMA user_version")
    if found > FORMAT:
        raise JournalTooNew(f"expected journal format {FORMAT} or older, found {found} in {database.path}")
    missing = sorted(set(_TABLES) - _tables(database))
    if found < FORMAT or missing:
        raise JournalCorrupt(
            f"expected format {FORMAT} and tables {sorted(_TABLES)}, found format {found} without {missing} "
            f"in {database.path}"
        )


def _is_empty(database: Database) -> bool:
    # A process killed while it made the file leaves a header without tables: still nobody's, hence ours to fill.
    return database.value("PRAGMA application_id") == 0 and not _tables(database)


def _tables(database: Database) -> set[str]:
    return {name for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _create(database: Database) -> None:
    database.rows("PRAGMA auto_vacuum = INCREMENTAL")
    database.rows("PRAGMA journal_mode = WAL")
    with database.write() as connection:
        for table in _TABLES.values():
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
