"""Time and timeframe units. Inside the system time is integer milliseconds UTC; datetimes live at the edges."""

from __future__ import annotations

import re
from datetime import UTC, datetime

Millis = int
"""Milliseconds since 1970-01-01T00:00Z."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_TIMEFRAME = re.compile(r"([1-9][0-9]*)(m|h|d)")
_UNIT = {"m": MINUTE, "h": HOUR, "d": DAY}


def timeframe_ms(text: str) -> Millis:
    """Return the length of a timeframe such as ``15m``, ``4h`` or ``1d``.

    Raises ValueError for anything else, and for a length that does not divide the UTC day (or is not whole days):
    its bars would not align with any calendar.
    """
    match = _TIMEFRAME.fullmatch(text)
    length = int(match[1]) * _UNIT[match[2]] if match else 0
    if not length or (DAY % length and length % DAY):
        raise ValueError(f"expected a timeframe such as 1m, 15m, 1h, 4h or 1d that divides the day, found {text!r}")
    return length


def timeframe_text(length: Millis) -> str:
    """Return a timeframe as people write it: ``900_000`` is ``15m``; in milliseconds where no unit divides it."""
    for unit in ("d", "h", "m"):
        if length and length % _UNIT[unit] == 0:
            return f"{length // _UNIT[unit]}{unit}"
    return f"{length}ms"


def day_of(time: Millis) -> int:
    """Return the UTC day number of an event time."""
    return time // DAY


def iso(time: Millis) -> str:
    """Render a time for people: ``2024-05-14T00:15:00Z``, with milliseconds only where there are any."""
    text = datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds" if time % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def parse_time(text: str) -> Millis:
    """Read ``20240501``, an ISO date or date-time (UTC unless it says otherwise) or epoch milliseconds (13 digits).

    Raises ValueError naming what was expected.
    """
    if re.fullmatch(r"[0-9]{13}", text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"expected a time such as 20240501, 2024-05-01T12:00 or epoch milliseconds, found {text!r}"
        ) from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
