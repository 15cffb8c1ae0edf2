"""Prove that a session is a reproducible backtest: replay its journal through fresh cores and compare every decision.

Each segment is checked on its own, with its own configuration, from its own opening snapshot; and each must begin with
the head at which the one before it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec

from finantrade.domain.message import Input
from finantrade.journal.fingerprint import current_fingerprint
from finantrade.journal.records import Segment, Snapshot
from finantrade.journal.store import Journal
from finantrade.runtime.refold import Divergence, refold
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.session import config_of
from finantrade.runtime.status import Poison
from finantrade.wiring import Core, build


class Verdict(StrEnum):
    EQUAL = "equal"
    DIFFERENT = "different"
    CHAIN_BROKEN = "chain_broken"
    NOT_CHECKABLE = "not_checkable"


class SegmentReport(msgspec.Struct, frozen=True, kw_only=True):
    """``recorded_head`` is where the journal says the segment ended, ``folded_head`` where folding it ended.

    ``content_hash`` names the recorded data that the segment was told of, None where that was a live feed.
    """

    segment: int
    verdict: Verdict
    inputs: int
    decisions: int
    recorded_head: str
    folded_head: str
    content_hash: str | None = None
    detail: str = ""
    platform: tuple[str, ...] = ()
    divergence: Divergence | None = None
    poison: Poison | None = None


def verify(
    journal: Journal, *, first_segment: int = 0, progress: Callable[[int], None] = lambda _: None
) -> Iterator[SegmentReport]:
    """Yield a report for each kept segment from ``first_segment`` on; ``progress`` hears of every input folded."""
    segments = [one for one in journal.segments() if one.id >= first_segment]
    # A daemon may be writing: what is committed by now is what is verified.
    end = journal.tail
    for index, segment in enumerate(segments):
        follower = segments[index + 1] if index + 1 < len(segments) else None
        recorded = follower.header.previous_head if follower else end.head.hex()
        yield _check(journal, segment, _until(segment, follower, end.seq), recorded, progress)


def _until(segment: Segment, follower: Segment | None, last: int) -> int:
    return follower.after_seq if follower else last


def _check(
    journal: Journal, segment: Segment, until: int, recorded: str, progress: Callable[[int], None]
) -> SegmentReport:
    core, problem = core_of(segment, journal.opening_snapshot(segment.id))
    platform = segment.header.fingerprint.differences(current_fingerprint())
    if core is None:
        return SegmentReport(
            segment=segment.id, verdict=Verdict.NOT_CHECKABLE, inputs=0, decisions=0, recorded_head=recorded,
            folded_head="", content_hash=segment.header.content_hash, detail=problem, platform=platform,
        )  # fmt: skip
    engine = core.engine
    opening = engine.chain.head.hex()
    decisions = (one for one in journal.decisions(segment.after_n) if one.seq <= until)
    inputs = _told(journal.inputs(segment.after_seq, until), progress)
    folded = refold(engine, inputs, decisions, journal.skips())
    verdict, detail = Verdict.EQUAL, ""
    if opening != segment.header.previous_head:
        verdict, detail = Verdict.CHAIN_BROKEN, f"begins at {segment.header.previous_head}, its snapshot at {opening}"
    elif folded.poison is not None:
        verdict, detail = Verdict.DIFFERENT, f"input {folded.poison.seq} raises"
    elif folded.divergence is not None:
        verdict, detail = Verdict.DIFFERENT, f"decision {folded.divergence.n} differs"
    elif not folded.missing and engine.chain.head.hex() != recorded:
        verdict, detail = Verdict.CHAIN_BROKEN, "ends at another head than the next segment begins with"
    return SegmentReport(
        segment=segment.id,
        verdict=verdict,
        inputs=folded.inputs,
        decisions=engine.chain.count - segment.after_n,
        recorded_head=recorded,
        folded_head=engine.chain.head.hex(),
        content_hash=segment.header.content_hash,
        detail=detail,
        platform=platform,
        divergence=folded.divergence,
        poison=folded.poison,
    )


def core_of(segment: Segment, snapshot: Snapshot) -> tuple[Core | None, str]:
    """Build the core that a snapshot of this segment holds, or say why this software cannot."""
    try:
        config = config_of(segment.header)
        core = build(config, seat_strategies(config))
        schemas = [features.schema_id for features in core.features.values()]
        if schemas != list(segment.header.schema_ids):
            return None, _needs(segment, f"features {list(segment.header.schema_ids)}, found {schemas}")
        core.engine.restore(snapshot.data)
    except (ValueError, LookupError, msgspec.DecodeError) as error:
        return None, _needs(segment, str(error))
    return core, ""


def _needs(segment: Segment, problem: str) -> str:
    return f"written by finantrade {segment.header.software}, which is needed to check it: {problem}"


def all_equal(reports: Sequence[SegmentReport]) -> bool:
    """Whether every segment gave the same decisions again."""
    return all(report.verdict is Verdict.EQUAL for report in reports)


def _told(inputs: Iterable[Input], progress: Callable[[int], None]) -> Iterator[Input]:
    for entry in inputs:
        yield entry
        progress(entry.seq)
