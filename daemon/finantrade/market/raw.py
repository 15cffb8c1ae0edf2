"""Rows on their way from a file to a series: as a loader read them, and what is taken out and said on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import Millis, parse_time
from finantrade.market.findings import LISTED, BadSeries, Example, Fault, Finding, Origin, Treatment
from finantrade.market.series import SERIES
from finantrade.market.table import Table

EARLIEST: Millis = parse_time("2009-01-01")
LATEST: Millis = parse_time("2100-01-01")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Policy:
    """``drop_bad`` makes bad rows holes instead of refusing all; what is not over at ``now`` is left out."""

    drop_bad: bool = False
    now: Millis | None = None


STRICT = Policy()


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows as a loader read them: any order, any values; interval 0 where it is to be told from the times.

    ``rows`` are their numbers in the file where some were left out; ``findings`` say which and why.
    """

    table: Table
    origin: Origin
    rows: NDArray[np.intp] | None = None
    findings: tuple[Finding, ...] = ()


class Work:
    """The rows that are left, where in the file they are, and every finding so far."""

    def __init__(self, raw: Raw, policy: Policy) -> None:
        self.table = raw.table
        self.policy = policy
        self.about = SERIES[raw.table.kind]
        self.bad = Treatment.DROPPED if policy.drop_bad else Treatment.REFUSED
        self.findings = [_treated(one, self.bad) for one in raw.findings]
        self._origin = raw.origin
        self._whole = len(raw.table) + sum(one.rows for one in raw.findings if one.fault is Fault.UNREADABLE)
        self._rows = raw.rows

    def remove(
        self, rows: Mask, fault: Fault, expected: str, found: Callable[[int], str], treatment: Treatment | None = None
    ) -> None:
        """Take rows out, if there are any, and say so."""
        if rows.any():
            self.find(np.flatnonzero(rows), fault, expected, found, treatment or self.bad)
            self.keep(~rows)

    def find(
        self, rows: NDArray[np.intp], fault: Fault, expected: str, found: Callable[[int], str], treatment: Treatment
    ) -> None:
        """Record a finding about rows."""
        if len(rows):
            examples = tuple(Example(self.where(row), self.time(row), found(row)) for row in rows[:LISTED].tolist())
            self.findings.append(Finding(fault, treatment, len(rows), expected, examples))

    def keep(self, rows: Mask | NDArray[np.intp]) -> None:
        """Go on with some rows, or with all in another order."""
        numbers = np.arange(len(self.table)) if self._rows is None else self._rows
        self._rows = numbers[rows]
        self.table = self.table.take(rows)

    def where(self, row: int) -> str:
        """Return the place of a row in its file."""
        return self._origin.where(row if self._rows is None else int(self._rows[row]))

    def time(self, row: int) -> Millis | None:
        """Return the time of a row, if it can be shown."""
        time = int(self.table.time[row])
        return time if EARLIEST <= time < LATEST else None

    def cells(self, row: int) -> str:
        """Return the known values of a row for people."""
        return ", ".join(f"{name} {value!r}" for name, value in self.table.row(row).items()) or "no value"

    def summary(self) -> str:
        """Say how many rows refuse the file."""
        refused = sum(one.rows for one in self.findings if one.treatment is Treatment.REFUSED)
        what = f"{self.table.kind} {self.table.symbol}"
        return f"{self._origin.file}: {refused:,} bad of {self._whole:,} rows of {what}: nothing was taken from it"

    def refuse(self, expected: str, found: str) -> None:
        """Refuse the whole file for what no single row has done."""
        what = f"{self._origin.file}: {self.table.kind} {self.table.symbol}"
        raise BadSeries(f"{what}: expected {expected}, found {found}", self.findings)


def _treated(finding: Finding, bad: Treatment) -> Finding:
    return (
        Finding(finding.fault, bad, finding.rows, finding.expected, finding.examples)
        if (finding.treatment is Treatment.REFUSED)
        else finding
    )
