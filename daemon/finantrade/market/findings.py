"""What is wrong with rows, or worth knowing: named, counted, and shown where it was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from finantrade.domain.units import Millis, iso

LISTED = 5
"""So many rows of a finding are shown; all are counted."""


class Fault(StrEnum):
    """The kinds of finding, in the order in which they are looked for."""

    UNREADABLE = "unreadable"
    SKIPPED = "skipped"
    EMPTY = "empty"
    TIME = "time"
    ROUNDED = "rounded"
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    OHLC = "ohlc"
    UNSORTED = "unsorted"
    CONFLICT = "conflict"
    DUPLICATE = "duplicate"
    OFF_GRID = "off_grid"
    FORMING = "forming"
    MISSING = "missing"
    SPIKE = "spike"


HARMLESS = {Fault.SKIPPED, Fault.EMPTY, Fault.ROUNDED, Fault.UNSORTED, Fault.DUPLICATE, Fault.FORMING}
"""Nobody has to look at their rows."""


class Treatment(StrEnum):
    """What was done about it."""

    REFUSED = "refused"
    DROPPED = "dropped"
    NOTED = "noted"


class Example(msgspec.Struct, frozen=True):
    """One place: ``where`` is ``file:line`` or ``file row N``."""

    where: str
    time: Millis | None
    found: str

    def __str__(self) -> str:
        when = "" if self.time is None else f" at {iso(self.time)}"
        return f"{self.where}{when}: found {self.found}"


class Finding(msgspec.Struct, frozen=True):
    """One kind of fault in one series: how many ``rows`` have it, what was expected, and the first few of them."""

    fault: Fault
    treatment: Treatment
    rows: int
    expected: str
    examples: tuple[Example, ...] = ()

    def lines(self) -> list[str]:
        """Return the finding for people, the places indented below it where they matter."""
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        summary = f"{self.fault} ({rows}, {self.treatment}): expected {self.expected}"
        if self.fault in HARMLESS:
            return [summary]
        left = self.rows - len(self.examples)
        more = [f"  … and {left:,} more"] if self.examples and left and self.fault is not Fault.MISSING else []
        return [summary, *(f"  {one}" for one in self.examples), *more]


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that rows are from; ``first_line`` is that of row 0, None where a file has rows and no lines."""

    file: str
    first_line: int | None = None

    def where(self, row: int) -> str:
        """Return the place of a row for people."""
        return f"{self.file} row {row}" if self.first_line is None else f"{self.file}:{self.first_line + row}"


class BadSeries(ValueError):
    """Rows that are refused whole: the text has every finding, ``findings`` too."""

    def __init__(self, summary: str, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join([summary, *report(findings)]))
        self.findings = tuple(findings)


def report(findings: Iterable[Finding]) -> list[str]:
    """Return findings as lines for people."""
    return [line for one in findings for line in one.lines()]
