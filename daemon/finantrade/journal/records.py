"""What a journal holds and says of itself, as values."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from hashlib import blake2b

import msgspec

from finantrade.domain.units import Millis
from finantrade.journal.fingerprint import Fingerprint

FORMAT = 1
"""The version of tables and encodings, kept in ``PRAGMA user_version`` and in every segment's header."""


class Synchronous(StrEnum):
    """What a commit outlives: FULL a power cut, NORMAL a killed process."""

    FULL = "FULL"
    NORMAL = "NORMAL"


class SegmentState(StrEnum):
    """A segment is written to (open), waits for compression (closed), is compressed (packed), is being removed."""

    OPEN = "open"
    CLOSED = "closed"
    PACKED = "packed"
    DROPPED = "dropped"


class SegmentHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides what a segment's inputs lead to. ``config`` is JSON text, hashes and heads are hex.

    ``content_hash`` names the recorded data that a replay tells; None on a live feed, and in journals from before.
    """

    format: int
    software: str
    config: str
    config_hash: str
    schema_ids: tuple[str, ...]
    model_hashes: tuple[str, ...]
    fingerprint: Fingerprint
    previous_head: str
    content_hash: str | None = None

    @classmethod
    def of(
        cls,
        *,
        software: str,
        config: str,
        schema_ids: Sequence[str],
        model_hashes: Sequence[str],
        fingerprint: Fingerprint,
        previous_head: bytes,
        content_hash: str | None = None,
    ) -> SegmentHeader:
        """Return the header of a segment in the current format, with the hash of ``config`` worked out."""
        return cls(
            format=FORMAT,
            software=software,
            config=config,
            config_hash=digest(config.encode()).hex(),
            schema_ids=tuple(schema_ids),
            model_hashes=tuple(model_hashes),
            fingerprint=fingerprint,
            previous_head=previous_head.hex(),
            content_hash=content_hash,
        )


class Segment(msgspec.Struct, frozen=True):
    """One segment: inputs ``after_seq + 1 .. after_seq + inputs``, decisions ``after_n + 1 .. after_n + decisions``.

    ``opened_at`` and ``last_at`` are event times before its first and of its last input; ``size`` is in bytes.
    """

    id: int
    header: SegmentHeader
    after_seq: int
    after_n: int
    opened_at: Millis
    last_at: Millis
    inputs: int
    decisions: int
    size: int
    state: SegmentState


class Snapshot(msgspec.Struct, frozen=True):
    """The engine's state after input ``seq``; ``opening`` for the one that a segment starts from."""

    segment: int
    seq: int
    at: Millis
    opening: bool
    data: bytes


class LatestSnapshot(msgspec.Struct, frozen=True):
    """The newest snapshot that can be trusted, and what was wrong with the newer ones that were passed over."""

    snapshot: Snapshot
    bad: tuple[str, ...]


class Tail(msgspec.Struct, frozen=True):
    """Where the journal ends: last input and its time, count of decisions, head of the chain."""

    seq: int
    at: Millis
    decisions: int
    head: bytes


class Growth(msgspec.Struct, frozen=True):
    """The open segment: the time of its first input (None before it), and its size in bytes."""

    segment: int
    first_at: Millis | None
    size: int


def digest(data: bytes) -> bytes:
    """Return the sixteen-byte checksum used for snapshots and configurations."""
    return blake2b(data, digest_size=16).digest()
