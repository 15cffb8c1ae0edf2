"""The journal under way: its thread, full disks, readers beside it, copies of it, processes killed while writing."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio
import pytest
from tests.journals import FILE, extend, filled, header, inputs, links, rotate, rows

from finantrade.domain.message import Decision
from finantrade.domain.units import MINUTE
from finantrade.journal import writer as writer_module
from finantrade.journal.errors import JournalBusy, JournalOrder, JournalUnwritable
from finantrade.journal.maintenance import backup
from finantrade.journal.records import SegmentState, Tail
from finantrade.journal.store import Journal
from finantrade.journal.writer import JournalWriter

ROOT = Path(__file__).resolve().parents[2]
COMMITS = 300


@pytest.fixture
def place(state_dir: Path) -> Path:
    return state_dir / "session"


@asynccontextmanager
async def writing(journal: Journal, capacity: int = 1_024) -> AsyncIterator[JournalWriter]:
    writer = JournalWriter(journal, capacity=capacity)
    try:
        yield writer
    finally:
        await writer.close()


class Gate:
    """Holds the journal's thread at its next append until it is opened."""

    def __init__(self, journal: Journal) -> None:
        self._append = journal.append
        self.reached, self.open = threading.Event(), threading.Event()
        journal.append = self._pass  # pyright: ignore[reportAttributeAccessIssue]

    def _pass(self, *batch: object) -> None:
        self.reached.set()
        assert self.open.wait(30)
        self._append(*batch)  # pyright: ignore[reportArgumentType]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a thread brings it about
            await asyncio.sleep(0.001)


def decided(first: int, last: int) -> list[Decision]:
    """Return the decisions made at these inputs in a journal that has recorded all before."""
    return [link for link in links(1, last) if link.seq >= first]


async def test_many_commits_at_once_are_recorded_in_order_and_in_few_transactions(place: Path) -> None:
    async with writing(filled(place)) as writer:
        batches = [(21 + 2 * nth, 22 + 2 * nth) for nth in range(COMMITS)]
        await asyncio.gather(*(writer.commit(inputs(*batch), decided(*batch)) for batch in batches))
        last = 20 + 2 * COMMITS
        assert writer.tail == Tail(last, last * MINUTE, last // 3, links(1, last)[-1].head)
        assert writer.groups < COMMITS / 3
    with closing(Journal.open(place)) as journal:
        assert rows(journal.inputs()) == rows(inputs(1, last))
        assert list(journal.decisions()) == links(1, last)


async def test_a_commit_is_on_the_disk_when_it_returns(place: Path) -> None:
    async with writing(filled(place)) as writer:
        for seq in range(21, 40):
            await writer.commit(inputs(seq, seq), decided(seq, seq))
            with closing(Journal.open_readonly(place)) as reader:
                assert (reader.tail.seq, reader.tail) == (seq, writer.tail)


async def test_the_queue_is_bounded_and_those_who_find_it_full_wait(place: Path) -> None:
    journal = filled(place)
    gate = Gate(journal)
    async with writing(journal, capacity=4) as writer:
        tasks = [asyncio.create_task(writer.commit(inputs(seq, seq), [])) for seq in range(21, 31)]
        await until(gate.reached.is_set)
        await asyncio.sleep(0)
        assert writer.pending == 4
        assert not any(task.done() for task in tasks)
        gate.open.set()
        await asyncio.gather(*tasks)
        assert writer.pending == 0
        assert writer.tail.seq == 30


async def test_a_full_disk_refuses_everything_until_it_takes_something_again(place: Path) -> None:
    journal = filled(place)
    journal._database.rows("PRAGMA max_page_count = 1")
    async with writing(journal) as writer:
        before = writer.tail
        batches = [(21, 1_020), (1_021, 1_021), (1_022, 1_022)]
        first, *others = await asyncio.gather(
            *(writer.commit(inputs(*batch), []) for batch in batches), return_exceptions=True
        )
        said = f"expected to be able to write {place / FILE}, found: database or disk is full"
        assert isinstance(first, JournalUnwritable)
        assert str(first) == said
        assert all(isinstance(other, JournalUnwritable) for other in others)
        assert writer.tail == before

        with pytest.raises(JournalUnwritable) as caught:
            await writer.commit(inputs(21, 21), [])
        assert str(caught.value) == f"not known to be writable again since: {said}"
        with pytest.raises(JournalUnwritable) as caught:
            await writer.probe()
        assert str(caught.value) == said

        journal._database.rows("PRAGMA max_page_count = 1000000")
        await writer.probe()
        await writer.commit(inputs(21, 1_020), [])
    with closing(Journal.open(place)) as journal:
        assert rows(journal.inputs()) == rows(inputs(1, 1_020))


async def test_a_caller_that_breaks_the_order_is_told(place: Path) -> None:
    async with writing(filled(place)) as writer:
        with pytest.raises(JournalOrder, match="expected input 21 at 1200000 or later, found 25"):
            await writer.commit(inputs(25, 25), [])
        await writer.probe()
        await writer.commit(inputs(21, 21), [])


async def test_a_cancelled_caller_leaves_the_journal_in_order(place: Path) -> None:
    journal = filled(place)
    gate = Gate(journal)
    async with writing(journal, capacity=2) as writer:
        tasks = [asyncio.create_task(writer.commit(inputs(seq, seq), [])) for seq in (21, 22)]
        await until(gate.reached.is_set)
        tasks[0].cancel()
        gate.open.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [task.cancelled() for task in tasks] == [True, False]
        await writer.commit(inputs(23, 23), [])
        assert writer.pending == 0
    with closing(Journal.open(place)) as journal:
        assert rows(journal.inputs()) == rows(inputs(1, 23))


async def test_closing_finishes_what_is_queued_gives_the_lock_back_and_refuses_what_comes_later(place: Path) -> None:
    writer = JournalWriter(filled(place))
    tasks = [asyncio.create_task(writer.commit(inputs(seq, seq), [])) for seq in range(21, 41)]
    await asyncio.sleep(0)
    assert writer.pending == 20
    with pytest.raises(JournalBusy):
        Journal.open(place)
    await writer.close()
    await writer.close()
    await asyncio.gather(*tasks)
    for late in (writer.commit(inputs(41, 41), []), writer.probe()):
        with pytest.raises(JournalUnwritable) as caught:
            await late
        assert str(caught.value) == f"expected an open journal, found {place} closed"
    with closing(Journal.open(place)) as journal:
        assert rows(journal.inputs()) == rows(inputs(1, 40))


async def test_closing_goes_through_although_the_caller_is_cancelled(place: Path) -> None:
    writer = JournalWriter(filled(place))
    with anyio.CancelScope() as scope:
        scope.cancel()
        try:
            await anyio.sleep_forever()
        finally:
            await writer.close()
    assert scope.cancelled_caught
    Journal.open(place).close()


async def test_a_closed_segment_is_compressed_between_commits_and_an_old_one_goes(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "PAUSE_FACTOR", 0.0)
    async with writing(filled(place, (1_200, 600))) as writer:
        for _ in range(2):
            tail = writer.tail
            await writer.begin_segment(header(tail.head), b"state", tail.seq, tail.head)
            await writer.commit(inputs(tail.seq + 1, tail.seq + 1), decided(tail.seq + 1, tail.seq + 1))
        await writer.snapshot(writer.tail.seq, writer.tail.at, b"later")
        with closing(Journal.open_readonly(place)) as reader:
            packed = [SegmentState.PACKED] * 3 + [SegmentState.OPEN]
            await until(lambda: [one.state for one in reader.segments()] == packed)
            assert rows(reader.inputs()) == rows(inputs(1, 1_802))
            assert list(reader.decisions()) == links(1, 1_802)
            assert [one.id for one in await writer.retain(keep_days=1e-9, keep_gb=1e-9)] == [1, 2]
            await until(lambda: reader._database.value("SELECT min(id) FROM segments") == 3)
            assert rows(reader.inputs()) == rows(inputs(1_801, 1_802))
            latest = reader.latest_snapshot()
            assert latest is not None
            assert latest.snapshot.data == b"later"


async def test_readers_see_a_whole_prefix_while_the_daemon_writes(place: Path) -> None:
    async with writing(filled(place)) as writer:
        done = threading.Event()
        seen: list[int] = []

        def read_on() -> None:
            with closing(Journal.open_readonly(place)) as reader:
                while not done.is_set():
                    found = rows(reader.inputs())
                    assert found == rows(inputs(1, len(found)))
                    seen.append(len(found))

        reading = asyncio.create_task(asyncio.to_thread(read_on))
        for nth in range(1, 61):
            first = writer.tail.seq + 1
            await writer.commit(inputs(first, first + 9), decided(first, first + 9))
            if nth % 20 == 0:
                tail = writer.tail
                await writer.begin_segment(header(tail.head), b"", tail.seq, tail.head)
        wanted = len(seen) + 2  # one more reading that began after the last commit
        await until(lambda: len(seen) >= wanted)
        done.set()
        await reading
        assert seen == sorted(seen)
        assert seen[-1] == 620


async def test_a_backup_of_a_live_journal_equals_it(place: Path, state_dir: Path) -> None:
    async with writing(filled(place, (50, 20))) as writer:
        await writer.commit(inputs(71, 90), decided(71, 90))
        await writer.snapshot(90, 90 * MINUTE, b"state 90")
        assert (place / f"{FILE}-wal").stat().st_size > 0
        await asyncio.to_thread(backup, place, state_dir / "copy")
        await writer.commit(inputs(91, 91), [])
        with closing(Journal.open(state_dir / "copy")) as copy, closing(Journal.open_readonly(place)) as source:
            assert rows(copy.inputs()) == rows(source.inputs(until=90)) == rows(inputs(1, 90))
            assert list(copy.decisions()) == list(source.decisions()) == links(1, 90)
            assert copy.latest_snapshot() == source.latest_snapshot()
            assert [one.header for one in copy.segments()] == [one.header for one in source.segments()]
            assert copy.tail.seq == 90


def expect_whole(directory: Path, acknowledged: int) -> None:
    """Check that a journal of ``journals.extend`` is without holes and has lost nothing that was acknowledged."""
    with closing(Journal.open(directory)) as journal:
        tail, segments = journal.tail, journal.segments()
        assert tail.seq >= acknowledged
        kept = segments[0] if segments else None
        first, n = (kept.after_seq, kept.after_n) if kept else (0, 0)
        assert rows(journal.inputs()) == rows(inputs(first + 1, tail.seq))
        assert list(journal.decisions()) == links(1, tail.seq)[n:]
        latest = journal.latest_snapshot()
        assert (latest is None) == (kept is None)
        if latest:
            assert latest.bad == ()
            assert latest.snapshot.data == f"state {latest.snapshot.seq}".encode()
        rotate(journal)
        extend(journal, 5)
        assert journal.tail.seq == tail.seq + 5


def victim(mode: str, directory: Path) -> list[str]:
    return [sys.executable, "-m", "tests.edges.journal_victim", mode, str(directory)]


def test_a_process_killed_at_random_moments_loses_nothing_it_was_promised(
    place: Path, seeds: Callable[[int, int], range]
) -> None:
    for seed in seeds(5, 50):
        directory = place / str(seed)
        with subprocess.Popen(victim("endless", directory), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            for _ in range(random.Random(seed).randint(1, 150)):
                acknowledged = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            # The last line may be cut off; the one before was acknowledged in any case.
            acknowledged = [acknowledged, *process.stdout.read().splitlines(keepends=True)]
        expect_whole(directory, max(int(line) for line in acknowledged if line.endswith("\n")))


def test_a_process_killed_before_any_statement_leaves_a_whole_journal(
    place: Path, seeds: Callable[[int, int], range]
) -> None:
    place.mkdir()
    step = "4" if len(seeds(1, 2)) == 1 else "1"
    done = subprocess.run([*victim("statements", place), step], capture_output=True, text=True, cwd=ROOT, check=True)
    deaths = done.stdout.split()
    assert len(deaths) * int(step) > 100
    for death in deaths:
        noted = place / death / "acknowledged"
        expect_whole(noted.parent, int(noted.read_text() or 0))


def test_a_log_torn_anywhere_by_a_power_cut_leaves_a_whole_prefix(place: Path, state_dir: Path) -> None:
    with closing(filled(place, (7,))) as journal:
        for size in (1, 30, 2, 60):
            extend(journal, size)
        log = place / f"{FILE}-wal"
        size, seen = log.stat().st_size, set[int]()
        for cut in range(0, size, size // 40):
            torn = state_dir / str(cut)
            torn.mkdir()
            shutil.copy(place / FILE, torn)
            (torn / log.name).write_bytes(log.read_bytes()[:cut])
            with closing(Journal.open(torn)) as found:
                seen.add(found.tail.seq)
            expect_whole(torn, 0)
        assert seen <= {0, 7, 8, 38, 40, 100}
        assert len(seen) >= 4
