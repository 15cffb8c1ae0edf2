"""Where sessions live: ``STATE/NAME/0001/journal.sqlite``. A fresh session gets the next number, the old one stays."""

from __future__ import annotations

import re
from pathlib import Path

from finantrade.directories import expect_ours
from finantrade.journal.opening import FILE_NAME as JOURNAL


class NoSession(Exception):
    """There is no session where one was expected."""


def session_directory(state: Path, name: str, *, fresh: bool) -> Path:
    """Return the directory of the newest session of this name, or of the next one where there is none or ``fresh``.

    Raises NotOurs where somebody else could put another one in its place.
    """
    numbers = _numbers(state / name)
    number = (numbers[-1] if numbers else 0) + (not numbers or fresh)
    directory = state / name / f"{number:04d}"
    for place in (state, state / name, directory):
        if place.exists():
            expect_ours(place)
    return directory


def newest_session(state: Path, name: str | None = None) -> Path:
    """Return the session of ``name`` (any, where None) written to last. Raises NoSession."""
    names = [state / name] if name else sorted(state.iterdir()) if state.is_dir() else []
    found = [place / f"{number:04d}" for place in names for number in _numbers(place)]
    # A directory without a journal is left where a start was refused, or killed, at its very beginning.
    found = [place for place in found if (place / JOURNAL).is_file()]
    if not found:
        raise NoSession(f"expected a session in {state}, found none; start one with `finantrade run`")
    return max(found, key=lambda place: (place / JOURNAL).stat().st_mtime)


def _numbers(place: Path) -> list[int]:
    if not place.is_dir():
        return []
    return sorted(int(one.name) for one in place.iterdir() if re.fullmatch(r"[0-9]{4,}", one.name))
