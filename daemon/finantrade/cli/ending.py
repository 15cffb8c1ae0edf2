"""A process that is told to end cleans up after itself, as it does after Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_by_exception() -> Generator[None]:
    """Let SIGTERM unwind what is being done, so that nothing is left half-made; the exit code is a shell's, 143."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
