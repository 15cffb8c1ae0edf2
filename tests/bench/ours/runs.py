"""What a backtest costs beside its run: its figures, how much is luck, keeping it, knowing it again; and listing many.

Times are of the processor, the least of some repeats; ``command_s`` is the whole process of `finantrade runs list`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.ours.settings import candles, settings
from tests.bench.rivals.work import bars
from tests.kept_runs import dataset

from finantrade.backtesting import backtest
from finantrade_research.luck.section import luck
from finantrade_research.metrics import measure
from finantrade_research.report import report
from finantrade_research.runs.catalogue import list_runs
from finantrade_research.runs.identity import identify
from finantrade_research.runs.keeping import Finished, keep
from finantrade_research.runs.schema import writing

RUNS = 1_000
REPEATS = 5


def least_ms(work: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken) * 1e3


def fill(root: Path, runs: int) -> None:
    """Make so many of the one run in the index."""
    with writing(root) as index:
        columns = [row[1] for row in index.execute("PRAGMA table_info(run)")]
        given = ", ".join({"id": "printf('%012x', value)", "made": "value"}.get(name, name) for name in columns)
        index.execute(
            f"WITH RECURSIVE number(value) AS (SELECT 1 UNION SELECT value + 1 FROM number WHERE value < {runs - 1}) "
            f"INSERT INTO run SELECT {given} FROM run, number"
        )


def command_s(root: Path) -> float:
    """Return the processor time of a whole `finantrade runs list`."""
    taken: list[float] = []
    for _ in range(REPEATS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [Path(sys.executable).with_name("finantrade"), "runs", "list", "--runs", root],
            capture_output=True, text=True, check=True, env=os.environ,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert len(done.stdout.splitlines()) == RUNS + 2
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def main() -> None:
    market, config = candles(bars()), settings()
    held = (market,)
    data = dataset(held)
    begun = time.process_time()
    result = backtest(config, candles=held)
    figures = {
        "run_ms": (time.process_time() - begun) * 1e3,
        "measure_ms": least_ms(lambda: measure(result, held)),
        "luck_ms": least_ms(lambda: luck(result, held)),
        "report_ms": least_ms(lambda: report(result, data, held)),
        "identify_ms": least_ms(lambda: identify(config, data, held)),
    }
    finished = Finished(identify(config, data, held), result, report(result, data, held), held)
    with TemporaryDirectory() as directory:
        root = Path(directory)
        figures["keep_ms"] = least_ms(lambda: keep(root, finished, 0))
        fill(root, RUNS)
        figures["list_ms"] = least_ms(lambda: list_runs(root))
        figures["command_s"] = command_s(root)
    print(json.dumps({**figures, "trades": len(result.trades)}))


if __name__ == "__main__":
    main()
