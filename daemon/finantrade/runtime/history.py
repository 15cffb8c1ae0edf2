"""The recent past of a session, folded again from its journal: what a page shows on a daemon that has just started.

Rows and marks are derived and therefore not recorded; they come back as everything does, by replaying the inputs. Each
segment starts from its own opening snapshot with its own configuration, as in `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from pathlib import Path

from finantrade.domain.commands import InputSkipped
from finantrade.domain.message import Input, Message
from finantrade.engine.engine import Engine
from finantrade.journal.records import Segment
from finantrade.journal.store import Journal
from finantrade.runtime.verify import fresh_core

Hear = Callable[[Input, Sequence[Message]], None]


def recount(directory: Path, inputs: int, hear: Hear) -> None:
    """Tell of at least the last ``inputs`` inputs (or all there are) and of all they caused, oldest first.

    A segment that this software cannot fold is left out. An input that raises ends it, as it ended the session.
    """
    journal = Journal.open_readonly(directory)
    try:
        last, skips = journal.tail.seq, journal.skips()
        for segment, until in _spans(journal.segments(), last):
            if until <= last - inputs:
                continue
            core, _ = fresh_core(journal, segment)
            if core is not None:
                _fold(core.engine, journal, segment.after_seq, until, skips, hear)
    finally:
        journal.close()


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
