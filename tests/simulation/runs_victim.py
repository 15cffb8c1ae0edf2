"""Keeps runs and is killed at the n-th point at which its disk or its index changes: run as a process of its own.

    python -m tests.simulation.runs_victim FOLDER STORE=POINT...

What a point is, and what is printed, is as with ``import_victim``; every statement to the index is one too. A run is
kept, then another, then the first once more; then the second is deleted.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import Any

from tests.kept_runs import finished
from tests.simulation.import_victim import Points, in_child, kill_at

from finantrade_research.runs import schema
from finantrade_research.runs.keeping import delete_runs, keep, run_id

FIRST, SECOND = finished(balance=10_000), finished(balance=20_000)


def watch_the_index(points: Points) -> None:
    class Watched(sqlite3.Connection):
        execute = points.before(sqlite3.Connection.execute)
        executemany = points.before(sqlite3.Connection.executemany)

    connect: Any = sqlite3.connect
    schema.sqlite3.connect = partial(connect, factory=Watched)  # type: ignore[assignment]


def work(root: Path, fatal: int) -> int:
    """Keep and delete, and return how many points were passed."""
    points = kill_at(fatal)
    for module, name in ((Path, "rename"), (shutil, "rmtree"), (os, "rmdir")):
        setattr(module, name, points.before(getattr(module, name)))
    watch_the_index(points)
    keep(root, FIRST, 0)
    keep(root, SECOND, 1)
    keep(root, FIRST, 2)
    delete_runs(root, [run_id(SECOND.identity)])
    return points.passed


def main() -> None:
    """Kill one child at each point."""
    folder = Path(sys.argv[1])
    keep(folder / "warm", FIRST, 0)  # whatever is imported when it is first needed is there for all children
    ended: list[tuple[int, int]] = []
    for store, _, point in (one.partition("=") for one in sys.argv[2:]):
        ended.append(in_child(partial(work, folder / store, int(point))))
    print(json.dumps(ended))


if __name__ == "__main__":
    main()
