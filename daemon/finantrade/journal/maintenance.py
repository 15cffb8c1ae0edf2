"""What the command line does to journals at rest or beside a running daemon: list, export, prune, back up, skip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from finantrade.domain.message import Decision, Input, Message
from finantrade.domain.units import Millis
from finantrade.journal.errors import JournalError, JournalUnwritable
from finantrade.journal.opening import FILE_NAME
from finantrade.journal.reading import decoded
from finantrade.journal.records import Segment
from finantrade.journal.retention import superfluous
from finantrade.journal.store import Journal


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a state directory; where it cannot be read ``problem`` says why and the rest is empty."""

    name: str
    path: str
    software: str = ""
    segments: int = 0
    inputs: int = 0
    decisions: int = 0
    first_at: Millis = 0
    last_at: Millis = 0
    head: str = ""
    size: int = 0
    problem: str | None = None


class PrunePlan(msgspec.Struct, frozen=True):
    """Segments to be removed and those that stay; ``freed`` in bytes."""

    gone: tuple[Segment, ...]
    kept: tuple[Segment, ...]
    freed: int


def list_sessions(state_dir: Path) -> tuple[SessionInfo, ...]:
    """Return the sessions anywhere below ``state_dir``, by name (their path from there), readable or not."""
    found = sorted(path.parent for path in state_dir.rglob(FILE_NAME))
    return tuple(_session(str(directory.relative_to(state_dir)), directory) for directory in found)


def export(journal: Journal, after_seq: int = 0, until: int | None = None) -> Iterator[dict[str, object]]:
    """Yield inputs numbered above ``after_seq``, to ``until`` inclusive, each followed by its decisions.

    Every record can be written as JSON: numbers that are not finite (NaN: the source had none) become null, Decimals
    and heads become text. So an export is for reading, not for restoring: that is what ``backup`` is for.
    """
    decisions = (link for link in journal.decisions() if link.seq > after_seq)
    link = next(decisions, None)
    for one in journal.inputs(after_seq, until):
        yield _input_record(one)
        while link is not None and link.seq <= one.seq:
            yield _decision_record(journal, link)
            link = next(decisions, None)


def prune(directory: Path, *, keep_days: float, keep_gb: float, dry_run: bool = False) -> PrunePlan:
    """Remove the segments that age (event time before the newest input) or size condemns, never the last two.

    A dry run only says what would go and needs no lock. Raises JournalBusy while a daemon writes.
    """
    journal = Journal.open_readonly(directory) if dry_run else Journal.open(directory, create=False)
    try:
        segments = journal.segments()
        gone = superfluous(segments, keep_days=keep_days, keep_gb=keep_gb)
        if gone and not dry_run:
            _remove(journal, gone)
    finally:
        journal.close()
    return PrunePlan(gone, segments[len(gone) :], sum(segment.size for segment in gone))


def backup(source: Path, target: Path) -> None:
    """Copy the journal in ``source`` into the directory ``target``, also while a daemon writes to it.

    Raises JournalUnwritable where there is a journal already; a copy that failed half-way leaves none.
    """
    final, partial = target / FILE_NAME, target / f"{FILE_NAME}.partial"
    if final.exists():
        raise JournalUnwritable(f"expected no journal at {final}, found one: a backup replaces nothing")
    journal = Journal.open_readonly(source)
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        journal.copy_to(partial)
        partial.replace(final)
    except OSError as error:
        raise JournalUnwritable(f"expected to be able to write {final}, found: {error.strerror}") from error
    finally:
        journal.close()
        partial.unlink(missing_ok=True)


def skip(directory: Path, seq: int) -> None:
    """Set an input aside for recovery to pass over. Raises JournalBusy while a daemon runs."""
    journal = Journal.open(directory, create=False)
    try:
        journal.skip(seq)
    finally:
        journal.close()


def _session(name: str, directory: Path) -> SessionInfo:
    try:
        journal = Journal.open_readonly(directory)
        try:
            return _summary(name, directory, journal)
        finally:
            journal.close()
    except JournalError as error:
        return SessionInfo(name=name, path=str(directory), problem=str(error))


def _summary(name: str, directory: Path, journal: Journal) -> SessionInfo:
    segments = journal.segments()
    first = next(journal.inputs(until=segments[0].after_seq + 1), None) if segments else None
    return SessionInfo(
        name=name,
        path=str(directory),
        software=segments[-1].header.software if segments else "",
        segments=len(segments),
        inputs=sum(segment.inputs for segment in segments),
        decisions=sum(segment.decisions for segment in segments),
        first_at=first.at if first else 0,
        last_at=segments[-1].last_at if segments else 0,
        head=journal.tail.head.hex(),
        size=sum(path.stat().st_size for path in (*directory.glob(FILE_NAME), *directory.glob(f"{FILE_NAME}-wal"))),
    )


def _remove(journal: Journal, gone: tuple[Segment, ...]) -> None:
    journal.drop(gone)
    while journal.chore():
        pass
    journal.shrink()


def _input_record(one: Input) -> dict[str, object]:
    return {"record": "input", "seq": one.seq, "at": one.at, "message": _plain(one.message)}


def _decision_record(journal: Journal, link: Decision) -> dict[str, object]:
    message = _plain(decoded(journal.directory, "decision", link.n, link.payload))
    return {"record": "decision", "n": link.n, "seq": link.seq, "head": link.head.hex(), "message": message}


def _plain(message: Message) -> object:
    # Through JSON and back: it writes NaN and infinities as null, Decimals as text.
    return msgspec.json.decode(msgspec.json.encode(message))
