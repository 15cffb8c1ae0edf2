"""B3: twelve usual indicators as one set, ours and the rivals', in turn, each held against what TA-Lib comes to.

The ratio is theirs by ours in time a bar, best round by best round: bar by bar against those that go bar by bar, in one
block against TA-Lib's functions over whole arrays. The values of the last bar must be TA-Lib's; the seeds of averages
have faded by then.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from tests.bench.cross import DIFFERS, OURS, SCRIPTS
from tests.bench.data import bars_file
from tests.bench.environments import TALIPP
from tests.bench.figures import CALIBRATION_NOTE
from tests.bench.harness import Job, Outcome, measure, ours
from tests.bench.rivals.twelve import NAMES
from tests.bench.table import Column, Table

SAME = 1e-9
"""Relative, or to a hundred where that is more: oscillators pass through zero."""
BARS, BLOCK = f"{OURS}, bar by bar", f"{OURS}, in a block"
ORACLE = "TA-Lib, in a block"
COLUMNS = (
    Column("system", "system"),
    Column("us_per_bar", "µs/bar", ".3f"),
    Column("worst_us_per_bar", "worst", ".3f"),
    Column("ratio", "theirs/ours", ".2f"),
    Column("target", "target"),
    Column("met", "met"),
    Column("oracle", "against TA-Lib"),
    Column("calibration_ms", "calibration ms", ".2f"),
    Column("trouble", "trouble"),
)


@dataclass(frozen=True)
class Rival:
    """What is compared with which of ours, and how many times as long it is to take."""

    name: str
    beside: str
    ratio: float


RIVALS = (
    Rival("TA-Lib, streaming handles", BARS, 4.0),
    Rival("talipp", BARS, 50.0),
    Rival(ORACLE, BLOCK, 1 / 1.5),
)


@dataclass(frozen=True)
class Indicators:
    """The group of B3."""

    bars: int

    def run(self, rounds: int) -> Table:
        """Measure and return the table."""
        outcomes = measure("indicators", self.jobs(), rounds)
        title = f"B3: twelve indicators as one set, all values of every bar, {self.bars:,} bars"
        return Table("indicators", title, COLUMNS, rows_of(outcomes), [CALIBRATION_NOTE])

    def jobs(self) -> list[Job]:
        """Return ours and the rivals, each way beside those it is compared with."""
        file = str(bars_file(self.bars))
        streaming, blocks = ((sys.executable, str(SCRIPTS / "with_talib.py"), file, way) for way in ("stream", "block"))
        talipp = (str(TALIPP.python), str(SCRIPTS / "with_talipp.py"), file)
        return [
            Job(BARS, ours("ours.indicators", file, "bars")),
            Job(RIVALS[0].name, streaming),
            Job(BLOCK, ours("ours.indicators", file, "block")),
            Job(ORACLE, blocks),
            Job("talipp", talipp, trouble=TALIPP.trouble()),
        ]


def rows_of(outcomes: Mapping[str, Outcome]) -> list[dict[str, Any]]:
    """Return a row a system, ours before those it is compared with."""
    runs = outcomes[ORACLE].runs
    expected = runs[0].answer["last"] if runs else None
    rows = {name: row_of(outcome, expected) for name, outcome in outcomes.items()}
    for rival in RIVALS:
        own, row = rows[rival.beside], rows[rival.name]
        row |= {"rival": True, "target": f"≥ {rival.ratio:.3g}"}
        if "us_per_bar" in row and "us_per_bar" in own:
            row["ratio"] = row["us_per_bar"] / own["us_per_bar"]
            row["met"] = row["ratio"] >= rival.ratio
    order = (BARS, *(one.name for one in RIVALS if one.beside == BARS), BLOCK, ORACLE)
    return [rows[name] for name in order]


def row_of(outcome: Outcome, expected: Sequence[float] | None) -> dict[str, Any]:
    """Return what a system took in its best round, and whether its last values are the expected ones."""
    best, worst = outcome.best("us_per_bar", most=False), outcome.best("us_per_bar", most=True)
    if best is None or worst is None:
        return {"system": outcome.job.name, "trouble": outcome.trouble}
    return {
        "system": outcome.job.name,
        "us_per_bar": best.answer["us_per_bar"],
        "worst_us_per_bar": worst.answer["us_per_bar"],
        "oracle": None if expected is None else compared(best.answer["last"], expected),
        "calibration_ms": best.calibration_ms,
        "trouble": outcome.trouble or None,
        "rounds": [run.answer["us_per_bar"] for run in outcome.runs],
    }


def compared(found: Sequence[float | None], expected: Sequence[float]) -> str:
    """Say which values differ; one that a system does not have is None."""
    differing = [
        f"{name} {one:.9g} for {other:.9g}"
        for name, one, other in zip(NAMES, found, expected, strict=True)
        if one is not None and not isclose(one, other, rel_tol=SAME, abs_tol=100 * SAME)
    ]
    return f"{DIFFERS}: {', '.join(differing)}" if differing else "equal"
