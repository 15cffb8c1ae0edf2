"""``--timerange`` as freqtrade users write it: ``20230101-20240501``, either end left open, or epochs."""

from __future__ import annotations

import re

from finantrade.cli.errors import CliError, ExitCode
from finantrade.domain.units import Millis, parse_time

_RANGE = re.compile(r"(?P<start>\d{8}|\d{10}|\d{13})?-(?P<end>\d{8}|\d{10}|\d{13})?")
EPOCH_SECONDS = 10
"""Digits of an epoch in seconds; one in milliseconds has 13, a date 8."""


def parse_timerange(text: str | None) -> tuple[Millis | None, Millis | None]:
    """Return start (inclusive) and end (exclusive) in milliseconds UTC, None where open. Raises CliError."""
    if text is None:
        return None, None
    match = _RANGE.fullmatch(text)
    if match is None or text == "-":
        raise _unusable(text)
    try:
        start, end = (_time(match[name]) for name in ("start", "end"))
    except ValueError:
        raise _unusable(text) from None
    if start is not None and end is not None and start >= end:
        raise CliError(f"expected a time range that ends after it starts, found {text!r}", ExitCode.USAGE)
    return start, end


def _time(text: str | None) -> Millis | None:
    if text is None:
        return None
    return parse_time(text + "000" if len(text) == EPOCH_SECONDS else text)


def _unusable(text: str) -> CliError:
    return CliError(
        f"expected a time range such as 20230101-20240501, 20230101- or -20240501, found {text!r}", ExitCode.USAGE
    )
