"""One writer: an OS file lock that dies with its process, with the holder's process id written in it for people."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from finantrade.journal.errors import JournalBusy, JournalUnwritable

LOCK_NAME = "journal.lock"


class WriterLock:
    """The right to write to the journal in ``directory``, from construction until ``release``.

    Raises JournalBusy where another process holds it, JournalUnwritable where the lock file cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / LOCK_NAME
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalUnwritable(f"expected to be able to write {path}, found: {error.strerror}") from error
        try:
            self._take(path)
        except BaseException:
            os.close(self._file)
            raise

    def release(self) -> None:
        """Give the right back. The file stays: removing it would let two processes lock two files."""
        os.close(self._file)

    def _take(self, path: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            written = os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
            os.ftruncate(self._file, written)
        except BlockingIOError:
            raise JournalBusy(f"{path.parent} is in use: process {self._holder()} holds {path}") from None
        except OSError as error:
            raise JournalUnwritable(f"expected to be able to write {path}, found: {error.strerror}") from error

    def _holder(self) -> str:
        return os.pread(self._file, 32, 0).decode("ascii", "replace").partition("\n")[0] or "unknown"
