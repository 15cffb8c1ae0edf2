"""The two numbered streams, inputs and decisions, each partly in rows and partly in compressed chunks.

Rows are born loose. Those of closed segments are moved, oldest first, into chunks: zlib over the msgpack of up to some
hundreds of rows. So of each stream all chunks come before all loose rows. Readers do not notice: they take page after
page, each in a short transaction of its own (a long one would keep the write-ahead log from being folded in), and check
that the numbers go on without a hole, whatever has been moved meanwhile.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from finantrade.journal.database import Database, Row
from finantrade.journal.errors import JournalCorrupt, JournalPruned

PAGE_ROWS = 1_000
END = 2**63 - 1

_CHUNK = "SELECT last, data FROM chunks WHERE stream = ? AND last > ? ORDER BY last LIMIT 1"
_rows_decoder = msgspec.msgpack.Decoder(list[tuple[int, int, Any, Any]])


@dataclass(frozen=True, slots=True)
class Stream:
    """The statements for one stream. The number is the first column of its rows."""

    name: str
    noun: str
    insert: str
    page: str
    delete: str
    floor: str
    spans: str
    extent: str
    before_hole: str
    after_hole: str
    promised: str


INPUTS = Stream(
    name="inputs",
    noun="input",
    insert="INSERT INTO inputs (seq, at, kind, payload) VALUES ",
    page="SELECT seq, at, kind, payload FROM inputs WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    delete="DELETE FROM inputs WHERE seq <= ?",
    floor="SELECT after_seq FROM segments WHERE state <> 'dropped' ORDER BY id LIMIT 1",
    spans="SELECT first, last FROM chunks WHERE stream = 'inputs' AND last > ? ORDER BY last",
    extent="SELECT count(*), min(seq), max(seq) FROM inputs WHERE seq > ?",
    before_hole="""SELECT seq FROM inputs AS a WHERE seq > ? AND NOT EXISTS
        (SELECT 1 FROM inputs AS b WHERE b.seq = a.seq + 1) ORDER BY seq LIMIT 1""",
    after_hole="SELECT seq FROM inputs WHERE seq > ? ORDER BY seq LIMIT 1",
    promised="SELECT max(after_seq) FROM segments",
)
DECISIONS = Stream(
    name="decisions",
    noun="decision",
    insert="INSERT INTO decisions (n, seq, payload, head) VALUES ",
    page="SELECT n, seq, payload, head FROM decisions WHERE n > ? AND n <= ? ORDER BY n LIMIT ?",
    delete="DELETE FROM decisions WHERE n <= ?",
    floor="SELECT after_n FROM segments WHERE state <> 'dropped' ORDER BY id LIMIT 1",
    spans="SELECT first, last FROM chunks WHERE stream = 'decisions' AND last > ? ORDER BY last",
    extent="SELECT count(*), min(n), max(n) FROM decisions WHERE n > ?",
    before_hole="""SELECT n FROM decisions AS a WHERE n > ? AND NOT EXISTS
        (SELECT 1 FROM decisions AS b WHERE b.n = a.n + 1) ORDER BY n LIMIT 1""",
    after_hole="SELECT n FROM decisions WHERE n > ? ORDER BY n LIMIT 1",
    promised="SELECT max(after_n) FROM segments",
)


def floor(database: Database, stream: Stream) -> int:
    """Return the number before the oldest one kept."""
    return database.value(stream.floor) or 0


def read(database: Database, stream: Stream, after: int, until: int = END) -> Iterator[Row]:
    """Yield rows numbered above ``after`` (or from the oldest kept) to ``until`` inclusive, page by page.

    Raises JournalCorrupt at a hole or a damaged chunk, JournalPruned where retention has overtaken the reader.
    """
    after = max(after, floor(database, stream))
    while page := _page(database, stream, after, until):
        _expect_gapless(database, stream, after, page)
        yield from page
        after = page[-1][0]


def unpack(database: Database, stream: Stream, last: int, data: bytes) -> list[Row]:
    """Return the rows of a chunk."""
    try:
        return [*_rows_decoder.decode(zlib.decompress(data))]
    except (zlib.error, msgspec.DecodeError) as error:
        raise JournalCorrupt(
            f"expected a readable chunk of {stream.name} up to {last}, found: {error} in {database.path}"
        ) from error


def pack(rows: Sequence[Row]) -> bytes:
    """Return the chunk of these rows."""
    # The fastest level: prices are nearly random, higher ones gain a twentieth at three times the cost.
    return zlib.compress(msgspec.msgpack.encode(rows), 1)


def _page(database: Database, stream: Stream, after: int, until: int) -> list[Row]:
    with database.read():
        kept = floor(database, stream)
        if kept > after:
            raise JournalPruned(f"{stream.noun}s {after + 1} to {kept} were removed while they were read")
        chunk = database.rows(_CHUNK, (stream.name, after))
        if not chunk:
            return database.rows(stream.page, (after, until, PAGE_ROWS))
    return [row for row in unpack(database, stream, *chunk[0]) if after < row[0] <= until]


def _expect_gapless(database: Database, stream: Stream, after: int, page: list[Row]) -> None:
    for expected, row in enumerate(page, after + 1):
        if row[0] != expected:
            raise JournalCorrupt(f"expected {stream.noun} {expected}, found {row[0]} in {database.path}")
