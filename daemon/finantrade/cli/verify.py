"""``finantrade verify``: replay a journal through fresh cores and compare every decision with the recorded one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import DEFAULT_STATE, AsJson, JournalPath, StateDir

if TYPE_CHECKING:
    from pathlib import Path

    from finantrade.journal.store import Journal
    from finantrade.runtime.verify import SegmentReport

STRIDE = 1_000
"""Inputs between two movements of the progress bar."""


def verify(
    journal: JournalPath = None,
    state: StateDir = DEFAULT_STATE,
    segment: Annotated[int | None, typer.Option("--segment", help="Check this segment only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a session gives the same decisions again.

    The recorded inputs are replayed through fresh cores, and every decision is compared to the byte. Exits with 0 where
    all are equal, 1 where one differs (the first is shown, recorded and folded side by side), 3 where this software
    cannot check it.
    """
    directory, reports = _checked(journal, state, segment)
    if as_json:
        from finantrade.cli.output import say_json  # noqa: PLC0415

        say_json({"journal": str(directory), "verdict": _verdict(reports), "segments": reports})
    else:
        _print(directory, reports)
    raise typer.Exit(_code(reports))


def _checked(target: Path | None, state: Path, segment: int | None) -> tuple[Path, list[SegmentReport]]:
    from finantrade.cli.targets import session_named  # noqa: PLC0415  heavy, as all below
    from finantrade.journal.errors import JournalError  # noqa: PLC0415
    from finantrade.journal.store import Journal  # noqa: PLC0415
    from finantrade.runtime.sessions import NoSession  # noqa: PLC0415

    try:
        directory = session_named(target, state)
        journal = Journal.open_readonly(directory)
        try:
            return directory, _reports(journal, segment)
        finally:
            journal.close()
    except (JournalError, NoSession) as error:
        raise CliError(f"nothing can be checked: {error}", ExitCode.NOT_CHECKABLE) from error


def _reports(journal: Journal, only: int | None) -> list[SegmentReport]:
    from finantrade.cli.output import progress  # noqa: PLC0415
    from finantrade.runtime.verify import verify as replayed  # noqa: PLC0415

    segments = [one for one in journal.segments() if only in (None, one.id)]
    if not segments:
        known = ", ".join(str(one.id) for one in journal.segments()) or "none"
        text = "the journal is empty" if only is None else f"no segment {only}; there are {known}"
        raise CliError(text, ExitCode.NOT_CHECKABLE)
    reports: list[SegmentReport] = []
    before, total = segments[0].after_seq, sum(one.inputs for one in segments)
    with progress("replaying", total, "inputs") as told:
        for report in replayed(
            journal,
            first_segment=segments[0].id,
            progress=lambda seq: told(seq - before) if seq % STRIDE == 0 else None,
        ):
            reports.append(report)
            if only is not None:
                break
    return reports


def _verdict(reports: Sequence[SegmentReport]) -> str:
    return {ExitCode.OK: "equal", ExitCode.FAILED: "different"}.get(_code(reports), "not_checkable")


def _code(reports: Sequence[SegmentReport]) -> ExitCode:
    from finantrade.runtime.verify import Verdict, all_equal  # noqa: PLC0415

    if all_equal(reports):
        return ExitCode.OK
    if all(one.verdict in (Verdict.EQUAL, Verdict.NOT_CHECKABLE) for one in reports):
        return ExitCode.NOT_CHECKABLE
    return ExitCode.FAILED


def _print(directory: Path, reports: Sequence[SegmentReport]) -> None:
    from finantrade.cli.output import say  # noqa: PLC0415
    from finantrade.cli.verdicts import conclusion, differences, overview  # noqa: PLC0415

    say(overview(directory, reports))
    for report in reports:
        say(*differences(report))
    say(conclusion(reports))
