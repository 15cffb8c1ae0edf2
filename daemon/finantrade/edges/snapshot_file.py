"""The snapshot file: the status on disk, for monitors and scripts that would rather read a file than ask.

It is replaced whole (written beside itself, flushed, renamed), so a reader never sees half of it, and it is written
every second even where nothing has changed: an old ``written_at`` means that nobody is at work. It is a copy, never a
source: the daemon goes on without it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import orjson
import structlog

from finantrade.domain.units import iso
from finantrade.edges.events import Event
from finantrade.runtime.status import Status

LAST_WRITE_S = 1.0

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.snapshot_file")


async def write_snapshots(path: Path, status: Callable[[], Status], every_s: float, stopping: anyio.Event) -> None:
    """Write ``path`` now, every ``every_s`` seconds, and once more when ``stopping`` is set or we are cancelled."""
    file = SnapshotFile(path)
    try:
        while not stopping.is_set():
            await file.write(status())
            with anyio.move_on_after(every_s):
                await stopping.wait()
    finally:
        with anyio.move_on_after(LAST_WRITE_S, shield=True):
            await file.write(status())


class SnapshotFile:
    """Writes one file; says once that it cannot, and once that it can again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fails = False
        # A write that was given up for its slowness may still be going on when the last one comes.
        self._writing = threading.Lock()

    async def write(self, status: Status) -> None:
        """Replace the file, off the event loop. A disk that is full or read-only is logged, never raised."""
        content = document(status, time.time())
        try:
            await anyio.to_thread.run_sync(self._replace, content, abandon_on_cancel=True)
        except OSError as error:
            if not self._fails:
                log.warning(Event.SNAPSHOT_FILE_UNWRITABLE, path=str(self._path), error=str(error))
            self._fails = True
        else:
            if self._fails:
                log.info(Event.SNAPSHOT_FILE_WRITABLE, path=str(self._path))
            self._fails = False

    def _replace(self, content: bytes) -> None:
        with self._writing:
            replace(self._path, content)


def document(status: Status, now: float) -> bytes:
    """Return the file's content; ``now`` is wall time in seconds."""
    body = {"written_at": iso(int(now * 1000)), **msgspec.to_builtins(status)}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` in place of ``path`` in one step, readable by its owner only. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
