"""A file that a command writes is there whole or not at all, and a write that fails says which file it was of."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from os import getpid
from pathlib import Path

from finantrade.cli.errors import CliError, ExitCode


@contextmanager
def written_whole(target: Path) -> Generator[Path]:
    """Give the path of a draft, which takes the target's place once all is written.

    What is no regular file (a pipe, a terminal) is written to as it is. Raises CliError where it cannot be written.
    """
    regular = target.is_file() or not target.exists()
    draft = target.with_name(f".draft-{getpid()}-{target.name}") if regular else target
    try:
        yield draft
        if regular:
            draft.replace(target)
    except OSError as error:
        raise CliError(f"{target}: cannot be written: {error.strerror or error}", ExitCode.FAILED) from error
    finally:
        if regular:
            draft.unlink(missing_ok=True)
