"""B1: the cross of two averages, ours and the rivals', in turn, each held against a plain loop over the same bars.

The ratio is ours by theirs in bars a second, best round by best round. What a system comes to must be what the plain
loop comes to that fills where it fills (``oracle.Mode``); by how much it differs is said in its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.bench.data import ROOT, bars_file
from tests.bench.environments import BACKTESTING, BASANA, FREQTRADE, NAUTILUS_1, NAUTILUS_2, Environment
from tests.bench.figures import CALIBRATION_NOTE
from tests.bench.harness import Job, Outcome, measure, ours
from tests.bench.oracle import Mode
from tests.bench.table import Column, Table

SCRIPTS = ROOT / "tests" / "bench" / "rivals"
OURS, LOOP = "finantrade", "plain loop"
DIFFERS = "DIFFERS"
MEMORY_MB = 300.0
MONEY = 0.01
"""Equities nearer than this are equal: some systems add up in floats."""
COLUMNS = (
    Column("system", "system"),
    Column("bars_per_s", "bars/s", ",.0f"),
    Column("worst_bars_per_s", "worst", ",.0f"),
    Column("ratio", "ours/theirs", ".2f"),
    Column("target", "target"),
    Column("met", "met"),
    Column("fills", "fills", ",d"),
    Column("equity", "equity", ",.2f"),
    Column("oracle", "against the plain loop"),
    Column("peak_rss_mb", "peak MB", ",.0f"),
    Column("calibration_ms", "calibration ms", ".2f"),
    Column("trouble", "trouble"),
)


@dataclass(frozen=True)
class Rival:
    """A system to compare with: how many times as fast we are to be, and where its orders fill."""

    name: str
    environment: Environment
    script: str
    ratio: float
    mode: Mode = Mode.NEXT_OPEN


RIVALS = (
    Rival("NautilusTrader 2.0.0rc7", NAUTILUS_2, "with_nautilus_2.py", 1.5, Mode.CLOSE),
    Rival("backtesting.py 0.6.6", BACKTESTING, "with_backtesting_py.py", 2.0),
    Rival("basana 1.11", BASANA, "with_basana.py", 3.0),
    Rival("NautilusTrader 1.221.0", NAUTILUS_1, "with_nautilus_1.py", 10.0, Mode.CLOSE),
    Rival("freqtrade 2026.9", FREQTRADE, "with_freqtrade.py", 15.0, Mode.SOLD_AT_END),
    Rival("backtrader 1.9.78.123", BACKTESTING, "with_backtrader.py", 15.0),
)


@dataclass(frozen=True)
class Cross:
    """The group of B1."""

    bars: int

    def run(self, rounds: int) -> Table:
        """Measure and return the table."""
        outcomes = measure("cross", self.jobs(), rounds)
        title = f"B1: EMA 12/26 cross through all actors, journal off, {self.bars:,} bars"
        return Table("cross", title, COLUMNS, rows_of(outcomes), [memory_note(outcomes[OURS]), CALIBRATION_NOTE])

    def jobs(self) -> list[Job]:
        """Return ours, the loop, and the rivals in the order of their rows."""
        file = bars_file(self.bars)
        return [
            Job(OURS, ours("ours.replay", file, "cross")),
            Job(LOOP, ours("oracle", file)),
            *(rival_job(rival, str(file)) for rival in RIVALS),
        ]


def rival_job(rival: Rival, file: str) -> Job:
    command = (str(rival.environment.python), str(SCRIPTS / rival.script), file)
    return Job(rival.name, command, trouble=rival.environment.trouble())


def rows_of(outcomes: dict[str, Outcome]) -> list[dict[str, Any]]:
    """Return a row a system, ours first and the loop, which is no system, last."""
    loop = outcomes[LOOP].runs
    modes: dict[str, Any] = loop[0].answer["modes"] if loop else {}
    own = row_of(outcomes[OURS], modes.get(Mode.NEXT_OPEN))
    rows = [own]
    for rival in RIVALS:
        row = row_of(outcomes[rival.name], modes.get(rival.mode))
        row |= {"rival": True, "target": f"≥ {rival.ratio:g}"}
        if "bars_per_s" in row and "bars_per_s" in own:
            row["ratio"] = own["bars_per_s"] / row["bars_per_s"]
            row["met"] = row["ratio"] >= rival.ratio
        if row.get("oracle") == "equal" and rival.mode is not Mode.NEXT_OPEN:
            row["oracle"] = f"equal; fills at {rival.mode}"
        rows.append(row)
    return [*rows, row_of(outcomes[LOOP], None)]


def row_of(outcome: Outcome, expected: tuple[int, float] | None) -> dict[str, Any]:
    """Return what a system did in its best round, and how that compares with what it should have come to."""
    best, worst = outcome.best("bars_per_s", most=True), outcome.best("bars_per_s", most=False)
    if best is None or worst is None:
        return {"system": outcome.job.name, "trouble": outcome.trouble}
    said = best.answer
    return {
        "system": outcome.job.name,
        "bars_per_s": said["bars_per_s"],
        "worst_bars_per_s": worst.answer["bars_per_s"],
        "fills": said["fills"],
        "equity": said["equity"],
        "oracle": None if expected is None else compared(said, *expected),
        "peak_rss_mb": said["peak_rss_mb"],
        "calibration_ms": best.calibration_ms,
        "trouble": outcome.trouble or None,
        "rounds": [run.answer["bars_per_s"] for run in outcome.runs],
    }


def compared(said: dict[str, Any], fills: int, equity: float) -> str:
    """Say in words how an outcome differs from the expected one."""
    more, richer = said["fills"] - fills, said["equity"] - equity
    if more == 0 and abs(richer) < MONEY:
        return "equal"
    return f"{DIFFERS}: fills {more:+d}, equity {richer:+,.2f}"


def memory_note(outcome: Outcome) -> str:
    """Say whether we keep within the memory that we are to have."""
    most = outcome.best("peak_rss_mb", most=True)
    if most is None:
        return f"  {OURS}: {outcome.trouble}"
    found = most.answer["peak_rss_mb"]
    met = "yes" if found <= MEMORY_MB else "NO"
    return f"  {OURS}: peak memory {found:,.0f} MB, target ≤ {MEMORY_MB:g} MB, met: {met}"
