"""The recent past of a session, folded again from its journal: what a page shows on a daemon that has just started.

Rows and marks are derived and therefore not recorded; they come back as everything does, by replaying the inputs, each
segment with its own configuration as in `verify`. Folding begins at a snapshot: the newest that leaves enough bars to
tell of, however many other facts lie between them. That a lane works beside it bounds how much may be folded, whatever
there is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from pathlib import Path

from finantrade.domain.commands import InputSkipped
from finantrade.domain.market import BarArrived
from finantrade.domain.message import Input, Message
from finantrade.engine.engine import Engine
from finantrade.journal.records import Segment, Snapshot
from finantrade.journal.store import Journal
from finantrade.runtime.verify import core_of

Hear = Callable[[Input, Sequence[Message]], None]


MOST_INPUTS = 200_000
"""About four seconds of folding."""
BLOCK = 20_000
"""Inputs that are looked through at a time, newest first."""


def recount(directory: Path, bars: int, hear: Hear) -> None:
    """Tell of the inputs since the last ``bars`` bars began to come, and of all they caused, oldest first.

    Told are more where no snapshot is near, and fewer where that would mean to fold more than ``MOST_INPUTS`` of one
    segment. A segment that this software cannot fold is left out. An input that raises ends it, as in the session.
    """
    journal = Journal.open_readonly(directory)
    try:
        last, skips = journal.tail.seq, journal.skips()
        wanted = _before_bars(journal, last, bars)
        for segment, until in _spans(journal.segments(), last):
            start = _start(journal.snapshots(segment.id), wanted, until) if until > wanted else None
            core = core_of(segment, start)[0] if start else None
            if start and core:
                _fold(core.engine, journal, start.seq, until, skips, hear)
    finally:
        journal.close()


def _before_bars(journal: Journal, last: int, bars: int) -> int:
    """Return the number of the input before the last so many bars, of those that may be folded."""
    oldest = max(last - MOST_INPUTS, 0)
    for until in range(last, oldest, -BLOCK):
        found = [entry.seq for entry in journal.inputs(max(until - BLOCK, oldest), until, {BarArrived.__name__})]
        if len(found) >= bars:
            return found[-bars] - 1
        bars -= len(found)
    return oldest


def _start(snapshots: Sequence[Snapshot], wanted: int, until: int) -> Snapshot | None:
    near = [one for one in snapshots if until - one.seq <= MOST_INPUTS]
    return max((one for one in near if one.seq <= wanted), key=lambda one: one.seq, default=near[0] if near else None)


def _spans(segments: Sequence[Segment], last: int) -> list[tuple[Segment, int]]:
    ends = [*(following.after_seq for _, following in pairwise(segments)), last]
    return list(zip(segments, ends, strict=True))


def _fold(engine: Engine, journal: Journal, after: int, until: int, skips: Collection[int], hear: Hear) -> None:
    for entry in journal.inputs(after, until):
        told = Input(entry.seq, entry.at, InputSkipped(entry.seq)) if entry.seq in skips else entry
        try:
            said = engine.step(told.seq, told.at, told.message)
        except Exception:  # noqa: BLE001  whatever a poison input raises; the status has its traceback
            return
        engine.chain.take()
        hear(told, said)
