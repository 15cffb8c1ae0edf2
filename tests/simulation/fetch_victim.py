"""Fetches from servers and is killed at the n-th point at which its disk changes: run as a process of its own.

    python -m tests.simulation.fetch_victim FOLDER ARCHIVE EXCHANGE STORE=POINT...

What a point is, and what is printed, is as with ``import_victim``: for each ``STORE=POINT`` how its child ended.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

import anyio
from tests.archives import carry_out, order_of
from tests.simulation.import_victim import in_child, kill_at

from finantrade.market.series import Kind
from finantrade.wire.addresses import simulated_at


def fetch(root: Path, archive: str, exchange: str, fatal: int) -> int:
    """Fetch all there is and return how many points were passed."""
    points = kill_at(fatal)
    order = order_of(root, Kind.CANDLES, Kind.FUNDING, Kind.OPEN_INTEREST, start="2024-01-30", end="2024-02-08")
    anyio.run(carry_out, order, archive, simulated_at(exchange), lambda rows: None)
    return points.passed


def main() -> None:
    """Kill one child at each point."""
    folder, archive, exchange = Path(sys.argv[1]), *sys.argv[2:4]
    for name in ("pyarrow.csv", "pyarrow.parquet", "pyarrow.compute", "aiohttp", "binance"):
        import_module(name)
    ended: list[tuple[int, int]] = []
    for store, _, point in (one.partition("=") for one in sys.argv[4:]):
        ended.append(in_child(partial(fetch, folder / store, archive, exchange, int(point))))
    print(json.dumps(ended))


if __name__ == "__main__":
    main()
