"""Groups of figures of our own: what is run, which fields of the answers are figures, and what each is to reach.

Each figure is the best of its rounds, with the worst beside it: the distance between them is what this machine adds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.harness import Job, Outcome, measure
from tests.bench.table import Column, Table

COLUMNS = (
    Column("figure", "figure"),
    Column("best", "best"),
    Column("worst", "worst"),
    Column("unit", "unit"),
    Column("target", "target"),
    Column("met", "met"),
    Column("calibration_ms", "calibration ms", ".2f"),
    Column("trouble", "trouble"),
)
CALIBRATION_NOTE = "  calibration: 200,000 steps of a plain Python loop, timed just before the best run of each row"


@dataclass(frozen=True)
class Figure:
    """A field of a job's answer. ``most`` where more is better; ``target`` is to be reached or kept below."""

    job: str
    field: str
    name: str
    unit: str
    most: bool = False
    target: float | None = None

    def row(self, outcome: Outcome) -> dict[str, object]:
        """Return the row of the table."""
        best, worst = outcome.best(self.field, most=self.most), outcome.best(self.field, most=not self.most)
        if best is None or worst is None:
            return {"figure": self.name, "target": self.wanted(), "trouble": outcome.trouble}
        value = best.answer[self.field]
        return {
            "figure": self.name,
            "best": value,
            "worst": worst.answer[self.field],
            "unit": self.unit,
            "target": self.wanted(),
            "met": self.met(value),
            "calibration_ms": best.calibration_ms,
            "trouble": outcome.trouble or None,
            "rounds": [run.answer[self.field] for run in outcome.runs],
        }

    def wanted(self) -> str | None:
        """Say what is to be reached."""
        return None if self.target is None else f"{'≥' if self.most else '≤'} {self.target:,g}"

    def met(self, value: float) -> bool | None:
        """Whether it is reached; None where nothing is to be."""
        if self.target is None:
            return None
        return value >= self.target if self.most else value <= self.target


@dataclass(frozen=True)
class Group:
    """Jobs that are run in turn, and the figures made of them."""

    name: str
    title: str
    jobs: Sequence[Job]
    figures: Sequence[Figure]
    notes: Sequence[str] = ()

    def run(self, rounds: int) -> Table:
        """Measure and return the table."""
        outcomes: Mapping[str, Outcome] = measure(self.name, self.jobs, rounds)
        rows = [figure.row(outcomes[figure.job]) for figure in self.figures]
        return Table(self.name, self.title, COLUMNS, rows, [*self.notes, CALIBRATION_NOTE])
