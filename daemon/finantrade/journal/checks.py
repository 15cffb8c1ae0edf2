"""What is looked at before a journal is trusted: pages and rows are sound, and no number is missing in between.

The structural check reads everything, so above ``CHECK_ALL_BYTES`` it is confined to the tables that recovery reads;
compressed chunks carry checksums of their own, which are verified whenever one is read.
"""

from __future__ import annotations

from finantrade.journal.database import Database
from finantrade.journal.errors import JournalCorrupt
from finantrade.journal.streams import DECISIONS, INPUTS, Stream, floor

CHECK_ALL_BYTES = 2**30
_HOT_TABLES = ("segments", "inputs", "decisions", "snapshots", "skips")


def check(database: Database) -> None:
    """Raise JournalCorrupt naming the first damage or hole."""
    _structure(database)
    for stream in (INPUTS, DECISIONS):
        _no_holes(database, stream)
    _no_orphans(database)


def _structure(database: Database) -> None:
    size: int = database.value("PRAGMA page_count") * database.value("PRAGMA page_size")
    pragmas = ["quick_check(1)"] if size <= CHECK_ALL_BYTES else [f"quick_check({table})" for table in _HOT_TABLES]
    for pragma in pragmas:
        found = database.value(f"PRAGMA {pragma}")
        if found != "ok":
            # Its first line may only name the database.
            fault = next((line for line in found.splitlines() if not line.startswith("***")), found)
            raise JournalCorrupt(f"expected a sound journal at {database.path}, found: {fault}")


def _no_holes(database: Database, stream: Stream) -> None:
    last = floor(database, stream)
    for first, end in database.rows(stream.spans, (last,)):
        _expect(database, stream, last + 1, first)
        last = end
    count, first, end = database.rows(stream.extent, (last,))[0]
    if count:
        _expect(database, stream, last + 1, first)
        if end - first + 1 != count:
            _expect(database, stream, *_hole(database, stream, last))
        last = end
    promised: int = database.value(stream.promised) or 0
    if last < promised:
        raise JournalCorrupt(f"expected {stream.noun} up to {promised}, found them up to {last} in {database.path}")


def _hole(database: Database, stream: Stream, last: int) -> tuple[int, int]:
    expected: int = database.value(stream.before_hole, (last,)) + 1
    return expected, database.value(stream.after_hole, (expected,))


def _expect(database: Database, stream: Stream, expected: int, found: int) -> None:
    if expected != found:
        raise JournalCorrupt(f"expected {stream.noun} {expected}, found {found} in {database.path}")


def _no_orphans(database: Database) -> None:
    decided: int = database.value("SELECT seq FROM decisions ORDER BY n DESC LIMIT 1") or 0
    recorded: int = database.value(
        "SELECT max(coalesce((SELECT max(seq) FROM inputs), 0), coalesce((SELECT max(after_seq) FROM segments), 0))"
    )
    if decided > recorded:
        raise JournalCorrupt(f"expected input {decided}, which was decided on, found {recorded} in {database.path}")
