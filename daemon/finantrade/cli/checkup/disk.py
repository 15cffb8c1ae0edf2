"""Where sessions and series are kept: whether it is ours, has room, and how fast it makes a write last.

Nothing is left behind: what is written to measure goes into a file without a name, which ends with its handle.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from finantrade.cli.checkup.finding import Finding, Verdict, told
from finantrade.cli.figures import size
from finantrade.config import JournalConfig
from finantrade.directories import NotOurs, expect_ours
from finantrade.journal.retention import DiskLevel, disk_low
from finantrade.runtime.sessions import session_directory

RECORD = bytes(4_096)
RECORDS, LONGEST_S = 20, 2.0
"""How many records are flushed one by one, and how long that may take."""
BULK = 16 << 20
SLOW_FLUSH_MS = 50.0
"""Every batch of inputs waits for one flush before it is acted on, if ``journal.synchronous`` is FULL."""
SLOW_MB_S = 10.0


def nearest(directory: Path) -> Path:
    """Return the directory itself, or the nearest one above it that is there."""
    return next(place for place in (directory, *directory.absolute().parents) if place.is_dir())


def ownership(state: Path, name: str | None) -> Finding:
    """Check that nobody else could put another journal in the place of ours."""
    check = "state directory"
    try:
        if state.is_dir():
            expect_ours(state)
        if name is not None:
            session_directory(state, name, fresh=False)
    except NotOurs as error:
        return told(check, Verdict.FAIL, error, "run as the user to whom it belongs, or name another with `--state`")
    except OSError as error:
        found = f"{error.filename}: {error.strerror}"
        return Finding(check=check, verdict=Verdict.FAIL, expected=f"to be able to read {state}", found=found)
    return Finding(check=check, found=f"{state} is ours" if state.is_dir() else f"{state} is made when it is needed")


def space(state: Path, store: Path, journal: JournalConfig) -> Iterator[Finding]:
    """Compare the free space where sessions and where series are kept with the level at which the lane stops."""
    for name, directory in (("state", state), ("store", store)):
        there, check = nearest(directory), f"disk of the {name}"
        low = disk_low(there, journal.min_free_disk_mb)
        if low is None:
            free = os.statvfs(there)
            yield Finding(check=check, found=f"{size(free.f_bavail * free.f_frsize)} free at {directory}")
            continue
        verdict = Verdict.FAIL if low.level is DiskLevel.REFUSE else Verdict.WARN
        advice = f"nothing is acted on below {journal.min_free_disk_mb:g} MB (journal.min_free_disk_mb): make room"
        yield told(check, verdict, low, advice)


def speed(state: Path) -> Finding:
    """Measure how long a small record takes to the disk, and how fast many bytes do."""
    check, there = "write speed", nearest(state)
    try:
        flush_ms, mb_s = _measured(there)
    except OSError as error:
        advice = "run as a user who may write there, or name another directory with `--state`"
        expected = f"to be able to write in {there}"
        return Finding(
            check=check, verdict=Verdict.FAIL, expected=expected, found=error.strerror or str(error), help=advice
        )
    found = f"a record lasts after {flush_ms:.1f} ms, {mb_s:,.0f} MB/s"
    if flush_ms <= SLOW_FLUSH_MS and mb_s >= SLOW_MB_S:
        return Finding(check=check, found=found)
    return Finding(
        check=check,
        verdict=Verdict.WARN,
        expected=f"at most {SLOW_FLUSH_MS:g} ms, and at least {SLOW_MB_S:g} MB/s",
        found=found,
        help="decisions wait for the disk: use a local one, or `journal.synchronous: NORMAL`, which outlives a killed "
        "process but no power cut",
    )


def _measured(directory: Path) -> tuple[float, float]:
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        flushes: list[float] = []
        began = time.perf_counter()
        while len(flushes) < RECORDS and time.perf_counter() - began < LONGEST_S:
            flushes.append(_flushed(file.fileno(), RECORD))
        bulk_s = _flushed(file.fileno(), bytes(BULK))
    return median(flushes) * 1_000, BULK / 1e6 / bulk_s


def _flushed(handle: int, data: bytes) -> float:
    began = time.perf_counter()
    os.write(handle, data)
    os.fsync(handle)
    return time.perf_counter() - began
