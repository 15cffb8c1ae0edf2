"""A process that writes to a journal until it is killed: ``python -m tests.edges.journal_victim MODE DIRECTORY``.

``endless``: writes batches, snapshots and segments for ever, and prints each number once it has been acknowledged.
``statements STEP``: for every SQL statement (each STEP-th) of a fixed scenario a child that kills itself just before
it. Prints which ones; what a child had acknowledged stands in ``DIRECTORY/STATEMENT/acknowledged``.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from tests.journals import GENESIS, extend, header, rotate

from finantrade.journal.store import Journal


def endless(directory: Path) -> None:
    """Write for ever."""
    draw = random.Random(7)
    journal = Journal.open(directory)
    for turn in range(1_000_000):
        if turn % 40 == 0:
            rotate(journal)
        extend(journal, draw.randint(1, 30))
        print(journal.tail.seq, flush=True)
        if turn % 7 == 0:
            tail = journal.tail
            journal.snapshot(tail.seq, tail.at, f"state {tail.seq}".encode())
        journal.chore()


def statements(directory: Path, step: int) -> None:
    """Die before each statement of the scenario, once each."""
    kill_before = 1
    while not survived(directory / str(kill_before), kill_before):
        print(kill_before)
        kill_before += step


def survived(directory: Path, kill_before: int) -> bool:
    """Run the scenario in a child that dies before its n-th statement; return whether it came to the end."""
    child = os.fork()
    if child == 0:
        scenario(directory, kill_before)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def scenario(directory: Path, kill_before: int) -> None:
    """Append, take a snapshot, rotate, drop and compress, and note what has been acknowledged."""
    left = kill_before

    def count(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    # A killed process loses nothing that the system has taken, so flushing would only cost time.
    journal = Journal.open(directory, synchronous="NORMAL")
    journal._database.connection.set_trace_callback(count)
    acknowledged = os.open(directory / "acknowledged", os.O_CREAT | os.O_WRONLY)
    journal.begin_segment(header(), b"state 0", 0, GENESIS)
    for _ in range(3):
        for size in (1, 21):
            extend(journal, size)
            os.pwrite(acknowledged, f"{journal.tail.seq}\n".encode(), 0)
        journal.snapshot(journal.tail.seq, journal.tail.at, f"state {journal.tail.seq}".encode())
        rotate(journal)
    journal.drop(journal.segments()[:1])
    while journal.chore():
        pass
    journal.probe()
    journal.checkpoint()
    journal.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["endless", directory]:
            endless(Path(directory))
        case ["statements", directory, step]:
            statements(Path(directory), int(step))
        case other:
            raise SystemExit(f"expected a mode and a directory, found {other}")
