"""What an answer's status and headers say of the limits on requests."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"
RETRY_AFTER = "Retry-After"
LONGEST_RETRY_S = 3 * 86_400.0
"""The longest ban there is; whatever says more is not believed."""
TOO_MANY, BANNED = 429, 418


class Usage(msgspec.Struct, frozen=True):
    """``used_weight`` of this minute, by all who share our address; ``retry_after_s`` is set where we have to wait.

    None stands for a header that is not there, or is no number: limits are advice, they never make an answer an error.
    """

    used_weight: int | None = None
    retry_after_s: float | None = None
    banned: bool = False


def usage_of(status: int, headers: Iterable[tuple[str, str]]) -> Usage:
    """Read the status and the headers of an answer, whatever the case of their names."""
    found = {name.lower(): value for name, value in headers}
    weight, wait = _whole(found.get(USED_WEIGHT.lower())), _whole(found.get(RETRY_AFTER.lower()))
    return Usage(
        used_weight=weight,
        retry_after_s=None if wait is None else min(float(wait), LONGEST_RETRY_S),
        banned=status == BANNED,
    )


def usage_headers(usage: Usage) -> dict[str, str]:
    """Return the headers that say so."""
    said = {USED_WEIGHT: usage.used_weight, RETRY_AFTER: usage.retry_after_s}
    return {name: f"{value:.0f}" for name, value in said.items() if value is not None}


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None
