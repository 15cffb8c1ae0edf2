"""Files that are there whole or not at all, and one writer at a time.

A file is written under another name, flushed to the disk, and given its name by a rename, which no reader can see half
done; then its directory is flushed too, so that the name survives a power cut. The lock is the kernel's (``flock``): it
ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from finantrade.market.store.faults import StoreBusy

LOCK = ".lock"
DRAFT = ".draft-"
WAIT_S = 30.0
AGAIN_S = 0.05


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is seen as a whole, and still there after a power cut."""
    draft = path.with_name(f"{DRAFT}{os.getpid()}-{path.name}")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    flush_directory(path.parent)


def flush_directory(folder: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path, wait_s: float = WAIT_S) -> Generator[None]:
    """Be the only writer of a folder, which is made if it is not there. Raises StoreBusy after ``wait_s``."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, folder, time.monotonic() + wait_s)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StoreBusy(f"{folder}: expected to write, found another process writing there") from None
            time.sleep(AGAIN_S)
        else:
            return
