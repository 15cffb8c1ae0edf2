"""The journal's own thread: it alone writes, so that no disk ever holds up the event loop.

1. Callers put jobs into a queue with room for ``capacity`` of them; one that finds it full waits for room.
2. The thread takes what has gathered, merges neighbouring commits into one transaction of at most ``GROUP_ROWS`` rows
   (a commit costs one flush of the disk, however much is in it), and tells their callers together.
3. A write that fails rolls the whole group back and closes the door: what was queued behind it no longer follows the
   journal's end, so every commit is refused until ``probe`` has found the disk writable again.
4. When nothing is waiting it folds the write-ahead log in, and compresses or removes a little of closed segments, with
   pauses ``PAUSE_FACTOR`` times as long as each step, so that hardly a commit meets one.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio

from finantrade.domain.message import Decision, Input
from finantrade.domain.units import Millis
from finantrade.journal.errors import JournalError, JournalUnwritable
from finantrade.journal.jobs import Call, Commit, Job, groups, tell
from finantrade.journal.records import Growth, Segment, SegmentHeader, Tail
from finantrade.journal.retention import superfluous
from finantrade.journal.store import Journal

CAPACITY = 1_024
CHECKPOINT_PAGES = 1_000
CHECKPOINT_PAGES_AT_MOST = 16_000
"""Pages of 4 KiB in the log: from the first on it is folded in when idle, from the second on in any case."""

PAGES_A_GROUP = 2
ROWS_A_PAGE = 16
PAUSE_FACTOR = 50.0
PATIENCE_S = 5.0

T = TypeVar("T")


class JournalWriter:
    """The only way to a journal that is written to. Make it inside the running event loop, and ``close`` it there."""

    def __init__(self, journal: Journal, *, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.pending = 0
        self.groups = 0
        self._journal = journal
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(capacity)
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._closed = False
        self._fault: JournalError | None = None
        self._chores = True
        self._log_pages = 0
        self._tidy_at = 0.0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def tail(self) -> Tail:
        """Where the journal ends, as of the last group."""
        return self._journal.tail

    @property
    def growth(self) -> Growth | None:
        """What the open segment has come to, as of the last group: the input of ``rotation_due``."""
        return self._journal.growth

    async def commit(self, inputs: Sequence[Input], decisions: Sequence[Decision]) -> None:
        """Return when the batch is on the disk. Batches are recorded in the order of these calls.

        Raises JournalUnwritable, then nothing of the batch is recorded, and JournalOrder. A caller that is cancelled
        while it waits does not know whether it was recorded.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        await self._submit(Commit(inputs, decisions, future))
        await future

    async def snapshot(self, seq: int, at: Millis, data: bytes) -> None:
        """Record the state after input ``seq``, whose decisions have been committed before."""
        await self._call(lambda: self._journal.snapshot(seq, at, data))

    async def begin_segment(self, header: SegmentHeader, snapshot: bytes, seq: int, head: bytes) -> int:
        """Open the next segment at the journal's end; the one before is compressed in the background."""
        return await self._call(lambda: self._journal.begin_segment(header, snapshot, seq, head))

    async def retain(self, *, keep_days: float, keep_gb: float) -> tuple[Segment, ...]:
        """Take the segments that age or size condemns out of the journal; return them."""
        return await self._call(lambda: _retain(self._journal, keep_days, keep_gb))

    async def probe(self) -> None:
        """Let commits through again if the disk takes something. Raises JournalUnwritable while it does not."""
        await self._call(self._probe)

    async def close(self) -> None:
        """Finish what is queued, fold the log in, close the journal and give its lock back; also when cancelled."""
        if self._closed:
            return
        self._closed = True
        future: asyncio.Future[None] = self._loop.create_future()
        with anyio.CancelScope(shield=True):
            await self._room.acquire()
            self._put(Call(self._journal.close, future, last=True))
            await future

    async def _call(self, function: Callable[[], T]) -> T:
        future: asyncio.Future[T] = self._loop.create_future()
        await self._submit(Call(function, future))
        return await future

    async def _submit(self, job: Job) -> None:
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise JournalUnwritable(f"expected an open journal, found {self._journal.directory} closed")
        self._put(job)

    def _put(self, job: Job) -> None:
        self.pending += 1
        self._jobs.put(job)

    def _run(self) -> None:
        while True:
            for group in groups(self._wait()):
                self._work(group)
                if isinstance(group[-1], Call) and group[-1].last:
                    return

    def _wait(self) -> list[Job]:
        jobs = [self._first()]
        jobs.extend(self._jobs.get_nowait() for _ in range(self._jobs.qsize()))
        return jobs

    def _first(self) -> Job:
        while True:
            idle = not self._chores and self._log_pages < CHECKPOINT_PAGES
            pause_s = self._tidy_at - time.monotonic()
            # Under a load that never pauses, tidying that waits for a pause would never come.
            if self._log_pages < CHECKPOINT_PAGES_AT_MOST and (idle or pause_s > -PATIENCE_S):
                try:
                    return self._jobs.get(timeout=None if idle else max(0.0, pause_s))
                except queue.Empty:
                    pass
            self._tidy()

    def _tidy(self) -> None:
        started = time.monotonic()
        try:
            if self._log_pages >= CHECKPOINT_PAGES:
                self._log_pages = 0
                self._journal.checkpoint()
            else:
                self._chores = self._journal.chore()
        except JournalError as error:
            self._fault, self._chores, self._log_pages = error, False, 0
        ended = time.monotonic()
        self._tidy_at = ended + PAUSE_FACTOR * (ended - started)

    def _work(self, group: list[Job]) -> None:
        result, error = None, None
        try:
            result = self._record(group) if isinstance(group[0], Commit) else self._do(group[0])
        except Exception as caught:  # noqa: BLE001 - raised again in every caller that waits
            error = caught
        self._loop.call_soon_threadsafe(self._settle, group, result, error)

    def _do(self, call: Call) -> object:
        self._chores = True
        return call.function()

    def _record(self, group: list[Job]) -> None:
        if self._fault is not None:
            raise JournalUnwritable(f"not known to be writable again since: {self._fault}")
        commits = [job for job in group if isinstance(job, Commit)]
        inputs = [one for job in commits for one in job.inputs]
        decisions = [link for job in commits for link in job.decisions]
        try:
            self._journal.append(inputs, decisions)
        except JournalError as error:
            self._fault = error
            raise
        self._log_pages += PAGES_A_GROUP + (len(inputs) + len(decisions)) // ROWS_A_PAGE

    def _probe(self) -> None:
        self._journal.probe()
        self._fault = None

    def _settle(self, group: list[Job], result: object, error: Exception | None) -> None:
        self.groups += 1
        for job in group:
            self.pending -= 1
            self._room.release()
            tell(job.future, result, error)


def _retain(journal: Journal, keep_days: float, keep_gb: float) -> tuple[Segment, ...]:
    gone = superfluous(journal.segments(), keep_days=keep_days, keep_gb=keep_gb)
    if gone:
        journal.drop(gone)
    return gone
