"""Features as a list for a terminal: by group, in columns that stay in place from one group to the next."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from finantrade.cli.feature_text import GROUPS, bounds, grouped
from finantrade.features.description import Description

ROOMY = 100
"""Characters of a line from which on the possible values are told too."""
LEGEND = ("feature", "warm-up", "values", "what for")


class Listing:
    """The features found, under their groups; warm-up is in base bars."""

    def __init__(self, found: Sequence[Description]) -> None:
        self._groups = grouped(found, lambda one: one)
        self._widths = [max(map(len, column)) for column in zip(LEGEND[:3], *map(_cells, found), strict=True)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        roomy = options.max_width >= ROOMY
        yield self._table([LEGEND], roomy=roomy, style="dim")
        for name, found in self._groups.items():
            yield Text(f"\n{name}", style="bold")
            if name in GROUPS and roomy:
                yield Padding(Text(GROUPS[name], style="dim"), (0, 0, 0, 2))
            yield self._table([(*_cells(one), one.why) for one in found], roomy=roomy)

    def _table(self, rows: Sequence[tuple[str, ...]], *, roomy: bool, style: str = "") -> Padding:
        drawn = Table.grid(padding=(0, 2))
        for at, width in enumerate(self._widths[: 3 if roomy else 2]):
            drawn.add_column(no_wrap=True, min_width=width, justify="right" if at == 1 else "left")
        drawn.add_column()
        for row in rows:
            drawn.add_row(*(Text(cell, style=style) for cell in (row if roomy else (*row[:2], row[3]))))
        return Padding(drawn, (0, 0, 0, 2))


def _cells(one: Description) -> tuple[str, str, str]:
    return one.name, f"{one.warmup:,}", bounds(one.low, one.high)
