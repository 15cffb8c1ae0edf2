"""A text stream whose writers never wait.

A terminal that is held with Ctrl-S, a full pipe or a stuck log service block whoever writes to them. The lane shares
its thread with everything that logs, so lines go into a bounded queue and a thread of their own writes them. A line
too many is dropped and counted, and the count is reported once the stream moves again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

CAPACITY = 10_000
PATIENCE_S = 1.0


class LogStream:
    """Stands in for ``target`` in a logging handler; ``report`` is told how many lines were dropped."""

    def __init__(self, target: TextIO, report: Callable[[int], object], capacity: int = CAPACITY) -> None:
        self._target = target
        self._report = report
        self._lines: queue.Queue[str | None] = queue.Queue(capacity)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_out, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Take a line to be written, or drop it."""
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def flush(self) -> None:
        """Do nothing: the thread flushes after each line."""

    def close(self) -> None:
        """Write what is waiting, for at most ``PATIENCE_S``: a stream that is stuck must not keep us from ending."""
        with suppress(queue.Full):
            self._lines.put(None, timeout=PATIENCE_S)
        self._thread.join(PATIENCE_S)

    def _write_out(self) -> None:
        while (text := self._lines.get()) is not None:
            # A terminal that has gone away takes its log with it; the daemon goes on.
            with suppress(OSError, ValueError):
                self._target.write(text)
                self._target.flush()
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                self._report(dropped)
