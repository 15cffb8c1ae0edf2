"""The journal of one session: one SQLite database, ``journal.sqlite``, in a directory of its own (mode 0700).

Format 1. ``application_id`` is ``FnTj``, ``user_version`` the format; write-ahead logging, so a plain copy of the file
alone is not a backup (``maintenance.backup`` is). Tables, all STRICT:

- ``segments(id, after_seq, after_n, opened_at, size, state, header)``: the chain. A segment holds the inputs and
  decisions numbered above ``after_seq`` and ``after_n``, up to those of the next one. ``opened_at`` is the time of the
  input before its first; ``header`` the JSON of ``SegmentHeader``; ``state`` open, closed, packed or dropped.
- ``inputs(seq, at, kind, payload)``: ``kind`` is the message's class name, ``payload`` its msgpack. No
  number is missing.
- ``decisions(n, seq, payload, head)``: the links of the hash chain, each with the input it was made at.
- ``chunks(stream, first, last, kinds, data)``: rows of closed segments, compressed (see ``streams``); ``kinds`` says
  which kinds of input are inside, so that a search can pass a chunk over.
- ``snapshots(segment, seq, at, opening, version, checksum, data)``: the engine's state, with its blake2b.
- ``skips(seq, mark)``: inputs that the operator has set aside. They stay recorded, recovery passes over them.
- ``probe``: empty; written and cleared again to learn whether the disk takes anything.

What is appended in one call is recorded in one transaction: all of it or nothing. One process writes, by a lock file;
any number read. A ``Journal`` is used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from finantrade.domain.codec import encode
from finantrade.domain.commands import InputSkipped
from finantrade.domain.message import Decision, Input
from finantrade.domain.units import Millis
from finantrade.journal import reading, segments, snapshots
from finantrade.journal.appending import insert, stored_size, tail_after
from finantrade.journal.chores import next_chore
from finantrade.journal.database import Database
from finantrade.journal.errors import JournalOrder
from finantrade.journal.lock import WriterLock
from finantrade.journal.opening import expect_space, open_readable, open_writable
from finantrade.journal.records import Growth, LatestSnapshot, Segment, SegmentHeader, Snapshot, Synchronous, Tail
from finantrade.journal.streams import DECISIONS, END, INPUTS

PROBE_BYTES = 2**16


class Journal:
    """An open journal. ``tail`` is where it ends, ``growth`` what its open segment has come to."""

    def __init__(self, database: Database, lock: WriterLock | None, min_free_mb: float) -> None:
        self.directory = database.path.parent
        self._database = database
        self._lock = lock
        self._min_free_mb = min_free_mb
        self._tail = segments.settled_tail(database)
        self._growth = segments.growth(database) if lock else None

    @classmethod
    def open(
        cls, directory: Path, *, synchronous: str = "FULL", create: bool = True, min_free_mb: float = 0.0
    ) -> Journal:
        """Open for writing, checked for damage and holes. ``min_free_mb`` is the refusal level of free disk space.

        Raises JournalMissing (without ``create``), JournalBusy, JournalTooNew, JournalCorrupt or JournalUnwritable.
        """
        opened = open_writable(directory, Synchronous(synchronous), create=create, min_free_mb=min_free_mb)
        return cls._over(*opened, min_free_mb)

    @classmethod
    def open_readonly(cls, directory: Path) -> Journal:
        """Open for reading only, beside a writer or not. Raises JournalMissing, JournalTooNew or JournalCorrupt."""
        return cls._over(open_readable(directory), None, 0.0)

    @classmethod
    def _over(cls, database: Database, lock: WriterLock | None, min_free_mb: float) -> Journal:
        try:
            return cls(database, lock, min_free_mb)
        except BaseException:
            database.close()
            if lock:
                lock.release()
            raise

    def append(self, inputs: Sequence[Input], decisions: Sequence[Decision]) -> None:
        """Record a batch in one transaction.

        Raises JournalOrder where a number or time does not follow, JournalUnwritable where the disk does not take it;
        then nothing of the batch is recorded.
        """
        if not inputs and not decisions:
            return
        tail = tail_after(self._tail, inputs, decisions)
        growth = self._open_segment()
        expect_space(self.directory, self._min_free_mb)
        rows = [(one.seq, one.at, type(one.message).__name__, encode(one.message)) for one in inputs]
        links = [(one.n, one.seq, one.payload, one.head) for one in decisions]
        with self._database.write() as connection:
            insert(connection, INPUTS, rows)
            insert(connection, DECISIONS, links)
        self._tail = tail
        first_at = inputs[0].at if growth.first_at is None and inputs else growth.first_at
        self._growth = Growth(growth.segment, first_at, growth.size + stored_size(rows, links))

    def begin_segment(self, header: SegmentHeader, snapshot: bytes, seq: int, head: bytes) -> int:
        """Open the next segment at the journal's end, with the state it starts from; return its number."""
        before = self.tail
        expected = (before.seq, before.head or head, head.hex())
        if expected != (seq, head, header.previous_head):
            raise JournalOrder(
                f"expected a segment after input {before.seq} with head {before.head.hex() or head.hex()}, "
                f"found input {seq}, head {head.hex()}, previous head {header.previous_head} in its header"
            )
        expect_space(self.directory, self._min_free_mb)
        after = Tail(before.seq, before.at, before.decisions, head)
        with self._database.write() as connection:
            segment = segments.add(connection, header, after, self._growth.size if self._growth else 0)
            snapshots.add(connection, segment, seq, after.at, snapshot, opening=True)
        self._tail, self._growth = after, Growth(segment, None, 0)
        return segment

    def snapshot(self, seq: int, at: Millis, data: bytes) -> None:
        """Record the state after input ``seq``; of each segment the two newest and the opening one are kept."""
        growth = self._open_segment()
        if seq > self._tail.seq:
            raise JournalOrder(f"expected a snapshot at input {self._tail.seq} or before, found {seq}")
        with self._database.write() as connection:
            snapshots.add(connection, growth.segment, seq, at, data, opening=False)
            connection.execute("UPDATE segments SET size = ? WHERE id = ?", (growth.size, growth.segment))

    def latest_snapshot(self) -> LatestSnapshot | None:
        """Return the newest sound snapshot of the last segment, None for an empty journal.

        Raises JournalCorrupt where not even the segment's opening one is sound.
        """
        last: int | None = self._database.value("SELECT max(id) FROM segments")
        return None if last is None else snapshots.latest(self._database, last)

    def opening_snapshot(self, segment: int) -> Snapshot:
        """Return what a segment started from."""
        return snapshots.opening(self._database, segment)

    def snapshots(self, segment: int) -> tuple[Snapshot, ...]:
        """Return the sound states of a segment that are kept, oldest first."""
        return snapshots.sound(self._database, segment)

    def inputs(
        self, after_seq: int = 0, until: int | None = None, kinds: Collection[str] | None = None
    ) -> Iterator[Input]:
        """Yield the kept inputs numbered above ``after_seq``, to ``until`` inclusive, page by page.

        Where ``kinds`` (class names) are given only messages of these.
        """
        return reading.inputs(self._database, after_seq, END if until is None else until, kinds)

    def decisions(self, after_n: int = 0) -> Iterator[Decision]:
        """Yield the kept decisions numbered above ``after_n``, page by page."""
        return reading.decisions(self._database, after_n)

    def last_input(self, kinds: Collection[str]) -> Input | None:
        """Return the newest kept input whose message is of one of these kinds (class names)."""
        return reading.last_input(self._database, kinds)

    def segments(self) -> tuple[Segment, ...]:
        """Return the kept segments, oldest first. The open one's size is that of its last snapshot."""
        return segments.listed(self._database)

    @property
    def tail(self) -> Tail:
        """Where the journal ends; read afresh by a reader, since a daemon may be writing."""
        return self._tail if self._lock else segments.settled_tail(self._database)

    @property
    def growth(self) -> Growth | None:
        """The writer's measure of its open segment, None before the first."""
        return self._growth

    def skip(self, seq: int) -> None:
        """Record that the operator sets this input aside: it stays in the journal, recovery passes over it."""
        known = next(self.inputs(seq - 1, seq), None)
        if known is None:
            raise JournalOrder(f"expected a recorded input up to {self._tail.seq}, found {seq} in {self.directory}")
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO skips VALUES (?, ?)", (seq, encode(InputSkipped(seq))))

    def skips(self) -> tuple[int, ...]:
        """Return the numbers of the inputs that are set aside."""
        return tuple(seq for (seq,) in self._database.rows("SELECT seq FROM skips ORDER BY seq"))

    def drop(self, gone: Sequence[Segment]) -> None:
        """Take these oldest segments out of the journal at once; their space is freed by ``chore``."""
        with self._database.write() as connection:
            connection.executemany("UPDATE segments SET state = 'dropped' WHERE id = ?", [(one.id,) for one in gone])

    def copy_to(self, target: Path) -> None:
        """Write a copy of the database to a new file."""
        self._database.copy_to(target)

    def chore(self) -> bool:
        """Do one short step of compression or removal; return False where nothing is left to do."""
        return next_chore(self._database)

    def shrink(self) -> None:
        """Give the space of removed rows back to the file system."""
        self._database.script("PRAGMA incremental_vacuum")
        self.checkpoint()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database as far as readers allow."""
        self._database.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def probe(self) -> None:
        """Write and clear something of the size of a batch. Raises JournalUnwritable where that fails."""
        expect_space(self.directory, self._min_free_mb)
        with self._database.write() as connection:
            connection.execute("INSERT INTO probe VALUES (zeroblob(?))", (PROBE_BYTES,))
        with self._database.write() as connection:
            connection.execute("DELETE FROM probe")

    def close(self) -> None:
        """Close the database, then give the lock back."""
        try:
            self._database.close()
        finally:
            if self._lock:
                self._lock.release()

    def _open_segment(self) -> Growth:
        if self._growth is None:
            raise JournalOrder(f"expected an open segment in {self.directory}, found none: begin one first")
        return self._growth
