"""From a journal back to the core that wrote it.

1. The core is built from the configuration of the last segment and restored from the newest sound snapshot.
2. The inputs after it are folded, every decision held against the recorded one; what was not recorded is recorded now.
3. Before an input that raises it stops.
4. With other code of features nothing can be folded: after a stop in order all but the features is taken over, and a
   new segment has to begin, which warms them up.
"""

from __future__ import annotations

from collections.abc import Collection

from finantrade.config import Config
from finantrade.journal.errors import JournalCorrupt
from finantrade.journal.records import SegmentHeader
from finantrade.journal.store import Journal
from finantrade.runtime.carry import CarryRefused
from finantrade.runtime.refold import Refolded, refold
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.status import Poison
from finantrade.wiring import Core, build


class Diverged(Exception):
    """Folding the journal again gave another decision than the recorded one."""


def as_it_was(journal: Journal, last: SegmentHeader, config: Config) -> tuple[Core, Poison | None]:
    """Recover; where features are defined otherwise by now, all but them. Raises Diverged or CarryRefused."""
    core, saved = build(config, seat_strategies(config)), journal.latest_snapshot()
    if saved is None or [one.schema_id for one in core.features.values()] == list(last.schema_ids):
        return recover(journal, config)
    if unfolded := journal.tail.seq - saved.snapshot.seq:
        raise CarryRefused(
            f"expected the code of features that the last {unfolded} inputs were decided on with, found another: "
            "put that back, start and stop once, and change it then"
        )
    core.engine.restore(saved.snapshot.data, without=core.updater.name)
    return core, None


def recover(journal: Journal, config: Config) -> tuple[Core, Poison | None]:
    """Bring a core to the end of the journal, or to just before the input that raises. Raises Diverged."""
    saved = journal.latest_snapshot()
    if saved is None:
        raise JournalCorrupt(f"expected a snapshot in {journal.directory}, found none")
    start, skips = saved.snapshot, journal.skips()
    core, folded = _fold(journal, config, start.data, start.seq, None, skips)
    if folded.divergence is not None:
        found = folded.divergence
        raise Diverged(
            f"decision {found.n} at input {found.entry.seq}: recorded {found.recorded!r}, folded {found.folded!r}"
        )
    if folded.poison is not None:
        core, again = _fold(journal, config, start.data, start.seq, folded.poison.seq - 1, skips)
        journal.append([], again.missing)
        return core, folded.poison
    journal.append([], folded.missing)
    return core, None


def _fold(
    journal: Journal, config: Config, state: bytes, after: int, until: int | None, skips: Collection[int]
) -> tuple[Core, Refolded]:
    core = build(config, seat_strategies(config))
    core.engine.restore(state)
    recorded = (one for one in journal.decisions(core.engine.chain.count) if until is None or one.seq <= until)
    return core, refold(core.engine, journal.inputs(after, until), recorded, skips)
