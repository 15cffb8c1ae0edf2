"""One thing that was looked at: good, doubtful or wrong; what was expected and found, and what helps."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """``warn`` is what works but is probably not meant, or will not work for long; only ``fail`` is a failure."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What ``check`` came to. ``expected`` and ``help`` are empty where all is well."""

    check: str
    verdict: Verdict = Verdict.OK
    found: str
    expected: str = ""
    help: str = ""


def told(check: str, verdict: Verdict, said: object, advice: str = "") -> Finding:
    """Return what an error or a finding of ours says, taken apart where it is "expected …, found …"."""
    expected, divider, found = str(said).partition(", found ")
    if not divider:
        return Finding(check=check, verdict=verdict, found=str(said) or type(said).__name__, help=advice)
    return Finding(check=check, verdict=verdict, expected=expected.removeprefix("expected "), found=found, help=advice)


def fails(findings: Iterable[Finding]) -> bool:
    """Whether any of it is a failure."""
    return any(one.verdict is Verdict.FAIL for one in findings)
