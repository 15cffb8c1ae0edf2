"""Print the figures: ``make bench``, or ``python -m tests.bench``.

Nothing here is asserted: a figure stands beside what it is to reach. Tables go to stdout, progress to stderr. The exit
code is 1 where a measurement of our own gave no answer, or ours came to something else than the plain loop.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.cross import DIFFERS
from tests.bench.groups import FULL, GROUPS, QUICK
from tests.bench.harness import calibration_ms


def main(arguments: Sequence[str]) -> int:
    """Run the chosen groups."""
    options = chosen(arguments)
    scale = QUICK if options.quick else FULL
    machine = about_machine()
    if not options.json:
        print(" · ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    tables = []
    for name in options.only or GROUPS:
        table = GROUPS[name](scale).run(options.rounds or scale.rounds)
        tables.append(table)
        if not options.json:
            print(f"\n{table.text()}", flush=True)
    if options.json:
        print(json.dumps({"machine": machine, "groups": [table.plain() for table in tables]}, indent=1))
    return int(any(failed(row) for table in tables for row in table.rows))


def failed(row: Mapping[str, Any]) -> bool:
    """Whether a row of our own has no figures, or came to something else than the plain loop."""
    wrong = str(row.get("oracle") or "").startswith(DIFFERS)
    return bool(row.get("trouble") or wrong) and not row.get("rival")


def chosen(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print the figures; see docs/bench.md.")
    parser.add_argument("--only", action="append", choices=tuple(GROUPS), metavar="NAME", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="less work and one round: whether it runs, not how fast")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"how often each is run ({FULL.rounds})")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    return parser.parse_args(arguments)


def about_machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "calibration ms": round(calibration_ms(), 2),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
