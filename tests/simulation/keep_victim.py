"""Keeps a session in a store and is killed at the n-th point at which the disk changes: run as a process of its own.

    python -m tests.simulation.keep_victim SESSION FOLDER STORE=POINT...

As ``import_victim`` does: at point 0 it is never killed, and printed is how each ended, and how many points it passed.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from tests.simulation.import_victim import Points, in_child

from finantrade.edges import keeper
from finantrade.edges.keeper import Keeper
from finantrade.market.arrow import arrow, parquet


def keep(session: Path, store: Path, fatal: int) -> int:
    """Keep all there is in small steps, and return how many points were passed."""
    keeper.STEP = 1_500
    points = Points(fatal)
    points.watch_the_disk()
    Keeper(session, store).keep()
    return points.passed


def main() -> None:
    """Kill one child at each point."""
    session, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for load in (arrow, parquet):
        load()
    wanted = [one.partition("=") for one in sys.argv[3:]]
    print(json.dumps([in_child(partial(keep, session, folder / store, int(point))) for store, _, point in wanted]))


if __name__ == "__main__":
    main()
