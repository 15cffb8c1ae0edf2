"""From what a person names to the session that is meant."""

from __future__ import annotations

from pathlib import Path

from finantrade.journal.opening import FILE_NAME
from finantrade.runtime.sessions import NoSession, newest_session


def session_named(target: Path | None, state: Path) -> Path:
    """Return the directory of a session: of a journal file, itself, the newest of a name, or of all.

    Raises NoSession where there is none.
    """
    if target is None:
        return newest_session(state)
    if target.is_file():
        return target.parent
    if (target / FILE_NAME).is_file():
        return target
    if (state / target).is_dir() and not target.is_dir():
        return session_named(state / target, state)
    if not target.is_dir():
        raise NoSession(f"expected a journal or a session's directory at {target}, found nothing")
    return newest_session(target.absolute().parent, target.absolute().name)
