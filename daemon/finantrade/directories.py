"""Directories that are ours alone: what a session records, and compiled code that is about to be run.

Who can write into the one can change what we believe happened, who can write into the other can have us run anything.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

PRIVATE = 0o700
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotOurs(Exception):
    """A directory that belongs to somebody else, or that others may write to: the text says which and what helps."""


def make_private(directory: Path) -> Path:
    """Make the directory and all that is missing above it, for us alone. One that is there keeps its mode.

    Raises OSError where it cannot be made.
    """
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=PRIVATE, exist_ok=True)
    return directory


def expect_ours(directory: Path) -> Path:
    """Return a directory that is there, if it belongs to us and nobody else writes to it. Raises NotOurs."""
    found, we = directory.stat(), os.geteuid()
    if found.st_uid != we:
        raise NotOurs(f"expected {directory} to belong to user {we}, who runs this, found user {found.st_uid}")
    if found.st_mode & OTHERS_WRITE:
        mode = stat.S_IMODE(found.st_mode)
        raise NotOurs(f"expected nobody else to write to {directory}, found mode {mode:04o}: `chmod 700 {directory}`")
    return directory
