"""Asking before something is done that cannot be undone."""

from __future__ import annotations

import sys

import typer

from finantrade.cli.errors import CliError, ExitCode


def confirm(question: str, *, yes: bool) -> None:
    """Go on if the person says so; ``yes`` is said beforehand. Raises CliError where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CliError(f"not confirmed: {question}", ExitCode.USAGE, "give `--yes` where nobody can be asked")
    if not typer.confirm(question, err=True):
        raise CliError("not confirmed, nothing done", ExitCode.USAGE)
