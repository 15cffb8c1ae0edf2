"""When a segment ends, which segments go, and when the disk is too full: rules without side effects.

Ages are in event time, against the newest input: what "ninety days" means must not depend on how fast a recorded
year was played.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from finantrade.domain.units import DAY, HOUR, Millis
from finantrade.journal.records import Growth, Segment

ALWAYS_KEPT = 2
WARN_FACTOR = 2.0
"""Free space is low from twice the refusal level on."""

_MB = 10**6
_GB = 10**9


class Rotation(StrEnum):
    """Why a new segment begins."""

    AGE = "age"
    SIZE = "size"
    CHANGE = "change"


class DiskLevel(StrEnum):
    """What follows from a disk that is nearly full."""

    WARN = "warn"
    REFUSE = "refuse"


class DiskLow(msgspec.Struct, frozen=True):
    """There is less free space than there should be, in megabytes (1e6 bytes)."""

    level: DiskLevel
    path: str
    free_mb: float
    limit_mb: float

    def __str__(self) -> str:
        return f"expected at least {self.limit_mb:.0f} MB free on the disk of {self.path}, found {self.free_mb:.0f} MB"


def rotation_due(growth: Growth, at: Millis, *, max_h: float, max_mb: float, changed: bool = False) -> Rotation | None:
    """Return why the open segment should end before an input at ``at``, None where it should not."""
    if changed:
        return Rotation.CHANGE
    if growth.size >= max_mb * _MB:
        return Rotation.SIZE
    if growth.first_at is not None and at - growth.first_at >= max_h * HOUR:
        return Rotation.AGE
    return None


def superfluous(segments: Sequence[Segment], *, keep_days: float, keep_gb: float) -> tuple[Segment, ...]:
    """Return the oldest segments that age or size condemns, oldest first; never any of the last two."""
    total = sum(segment.size for segment in segments)
    gone: list[Segment] = []
    for segment in segments[:-ALWAYS_KEPT]:
        if segments[-1].last_at - segment.last_at <= keep_days * DAY and total <= keep_gb * _GB:
            break
        gone.append(segment)
        total -= segment.size
    return tuple(gone)


def disk_low(directory: Path, refuse_below_mb: float) -> DiskLow | None:
    """Return how far the free space under ``directory`` has fallen below the levels, None where it has not."""
    free_mb = shutil.disk_usage(directory).free / _MB
    for level, limit_mb in ((DiskLevel.REFUSE, refuse_below_mb), (DiskLevel.WARN, WARN_FACTOR * refuse_below_mb)):
        if free_mb < limit_mb:
            return DiskLow(level, str(directory), free_mb, limit_mb)
    return None
