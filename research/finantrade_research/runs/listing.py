"""A list of kept runs for people, a line each.

Written by hand: a table of rich takes a millisecond a row, and to load it as long as to list a thousand runs.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from finantrade.cli.figures import count, day, number, percent, stamp
from finantrade.domain.units import DAY
from finantrade_research.runs.catalogue import Run

OPTIONAL, FIGURE = "?", ">"
"""Marks a column that may be left out, and one of figures."""
WIDE = 160
"""Characters of a line where no terminal says otherwise, as for every table."""
COLUMNS = (
    "run", "?kept", "strategies", "?symbols", "span", ">return", ">Sharpe", "?>drawdown", ">trades", "?tags", "note",
)  # fmt: skip
LEAST_NOTE = 12
GAP = "  "


def run_lines(runs: Sequence[Run], width: int) -> list[str]:
    """Return a header and a line a run, no wider than ``width``: columns are left out, then notes are cut."""
    rows = [tuple(column.removeprefix(OPTIONAL).removeprefix(FIGURE) for column in COLUMNS), *map(_row, runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    kept = list(range(len(COLUMNS)))
    for index in reversed(kept):
        if COLUMNS[index].startswith(OPTIONAL) and _width(widths, kept[:-1]) + min(LEAST_NOTE, widths[-1]) > width:
            kept.remove(index)
    lines = [_line(row, kept, widths)[:width].rstrip() for row in rows]
    return [lines[0], "─" * min(max(map(len, lines)), width), *lines[1:]]


def terminal() -> int:
    """Return how many characters a line has."""
    return shutil.get_terminal_size((WIDE, 0)).columns if sys.stdout.isatty() else WIDE


def _row(one: Run) -> tuple[str, ...]:
    return (
        one.id,
        stamp(one.made // 60_000 * 60_000),
        ", ".join(one.strategies),
        ", ".join(one.symbols),
        f"{day(one.first_open)} {count((one.last_open - one.first_open) // DAY + 1)} d",
        percent(one.figure("total_return")),
        number(one.figure("sharpe")),
        percent(one.figure("max_drawdown")),
        count(int(one.figure("trades"))),
        ", ".join([*one.tags, *(caveat.upper() for caveat in one.caveats)]),
        one.note,
    )


def _width(widths: Sequence[int], kept: Sequence[int]) -> int:
    return sum(widths[index] + len(GAP) for index in kept)


def _line(row: Sequence[str], kept: Sequence[int], widths: Sequence[int]) -> str:
    cells = (
        row[index].rjust(widths[index]) if FIGURE in COLUMNS[index] else row[index].ljust(widths[index])
        for index in kept
    )
    return GAP.join(cells)
