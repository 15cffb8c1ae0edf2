"""``finantrade journal``: list, export, prune, back up, and set an input aside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.asking import confirm
from finantrade.cli.grouping import group
from finantrade.cli.options import DEFAULT_STATE, AsJson, JournalPath, StateDir, Yes
from finantrade.config import JournalConfig

if TYPE_CHECKING:
    from finantrade.domain.message import Input
    from finantrade.journal.maintenance import PrunePlan, SessionInfo

app = group("Look after recorded sessions.")
KEPT = JournalConfig()
SHOWN = 300
"""Characters of a message that are shown before it is set aside."""


@app.command("list")
def list_(state: StateDir = DEFAULT_STATE, as_json: AsJson = False) -> None:
    """List the recorded sessions."""
    from finantrade.cli.output import note, say, say_json, table  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.journal.maintenance import list_sessions  # noqa: PLC0415

    sessions = list_sessions(state)
    if as_json:
        say_json({"state": str(state), "sessions": sessions})
    elif sessions:
        columns = ["session", "?>segments", ">inputs", ">decisions", ">from", ">to", "?>size", "?head", "?software"]
        say(table("", columns, [_row(one) for one in sessions]))
        for one in sessions:
            if one.problem:
                note(f"{one.name}: {one.problem}")
    else:
        note(f"no sessions in {state}; `finantrade run` begins one")


@app.command()
def export(
    journal: JournalPath = None,
    state: StateDir = DEFAULT_STATE,
    after: Annotated[int, typer.Option("--after", min=0, help="Begin after this input.")] = 0,
    until: Annotated[int | None, typer.Option("--until", min=1, help="End with this input.")] = None,
) -> None:
    """Print inputs and decisions as JSON lines.

    For reading: restoring is what `backup` is for.
    """
    import orjson  # noqa: PLC0415

    from finantrade.cli.targets import session_named  # noqa: PLC0415
    from finantrade.journal.maintenance import export as exported  # noqa: PLC0415
    from finantrade.journal.store import Journal  # noqa: PLC0415

    opened = Journal.open_readonly(session_named(journal, state))
    try:
        for record in exported(opened, after, until):
            sys.stdout.write(orjson.dumps(record).decode() + "\n")
    finally:
        opened.close()


@app.command()
def prune(
    journal: JournalPath = None,
    state: StateDir = DEFAULT_STATE,
    keep_days: Annotated[float, typer.Option("--keep-days", min=0, help="Age in event time.")] = KEPT.keep_days,
    keep_gb: Annotated[float, typer.Option("--keep-gb", min=0, help="Size of the whole journal.")] = KEPT.keep_gb,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove the oldest segments, never the last two.

    Those go that are older than `--keep-days`, or too many for `--keep-gb`. The daemon does so by itself while it runs.
    """
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade.cli.targets import session_named  # noqa: PLC0415
    from finantrade.journal.maintenance import prune as pruned  # noqa: PLC0415

    directory = session_named(journal, state)
    plan = pruned(directory, keep_days=keep_days, keep_gb=keep_gb, dry_run=True)
    if plan.gone and not dry_run:
        confirm(f"Remove from {directory} {_summary(plan)}?", yes=yes)
        plan = pruned(directory, keep_days=keep_days, keep_gb=keep_gb)
    if as_json:
        say_json({"journal": str(directory), "dry_run": dry_run, **_plan(plan)})
    else:
        verb = "would remove" if dry_run else "removed"
        say(f"{directory}: {verb} {_summary(plan)}; {len(plan.kept)} stay")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="A directory without a journal, or a new one.")],
    journal: JournalPath = None,
    state: StateDir = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Copy a journal, also while a daemon writes to it.

    Copying its file alone would lose what is in its write-ahead log.
    """
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade.cli.targets import session_named  # noqa: PLC0415
    from finantrade.journal.maintenance import backup as backed_up  # noqa: PLC0415

    directory = session_named(journal, state)
    backed_up(directory, target)
    if as_json:
        say_json({"journal": str(directory), "backup": str(target)})
    else:
        say(f"copied {directory} to {target}; `finantrade verify {target}` checks it")


@app.command()
def skip(
    seq: Annotated[int, typer.Argument(metavar="SEQ", min=1, help="Number of the input; the status says it.")],
    journal: JournalPath = None,
    state: StateDir = DEFAULT_STATE,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Set an input aside that the daemon cannot get past.

    It stays recorded; recovery passes over it, and so does `verify`.
    """
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade.cli.targets import session_named  # noqa: PLC0415
    from finantrade.journal.maintenance import skip as skipped  # noqa: PLC0415

    directory = session_named(journal, state)
    entry = _entry(directory, seq)
    confirm(f"Set aside in {directory} {_described(entry)}?", yes=yes)
    skipped(directory, seq)
    if as_json:
        say_json({"journal": str(directory), "skipped": entry})
    else:
        say(f"input {seq:,} is set aside; `finantrade run` goes on without it")


def _row(one: SessionInfo) -> tuple[object, ...]:
    from finantrade.cli.figures import count, size, stamp  # noqa: PLC0415
    from finantrade.cli.verdicts import HEAD  # noqa: PLC0415

    if one.problem:
        return one.name, "–", "–", "–", "–", "–", "–", "cannot be read", "–"
    span = (stamp(one.first_at), stamp(one.last_at)) if one.inputs else ("–", "–")
    counts = count(one.segments), count(one.inputs), count(one.decisions)
    return one.name, *counts, *span, size(one.size), one.head[:HEAD], one.software


def _plan(plan: PrunePlan) -> dict[str, object]:
    return {"removed": [one.id for one in plan.gone], "kept": [one.id for one in plan.kept], "freed_bytes": plan.freed}


def _summary(plan: PrunePlan) -> str:
    from finantrade.cli.figures import size, stamp  # noqa: PLC0415

    if not plan.gone:
        return "nothing"
    first, last = plan.gone[0], plan.gone[-1]
    noun = f"segments {first.id} to {last.id}" if len(plan.gone) > 1 else f"segment {first.id}"
    return f"{noun} ({stamp(first.opened_at or None)} to {stamp(last.last_at)}, {size(plan.freed)})"


def _entry(directory: Path, seq: int) -> Input:
    from finantrade.journal.errors import JournalOrder  # noqa: PLC0415
    from finantrade.journal.store import Journal  # noqa: PLC0415

    opened = Journal.open_readonly(directory)
    try:
        entry = next(opened.inputs(seq - 1, seq), None)
        if entry is None:
            raise JournalOrder(f"expected a recorded input up to {opened.tail.seq}, found {seq} in {directory}")
        return entry
    finally:
        opened.close()


def _described(entry: Input) -> str:
    from finantrade.cli.figures import stamp  # noqa: PLC0415

    text = repr(entry.message)
    return f"input {entry.seq:,} of {stamp(entry.at)}, {text if len(text) <= SHOWN else text[:SHOWN] + '…'}"
