"""How kept runs read for people: in a list, and side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rich.console import RenderableType
from rich.text import Text

from finantrade.cli.figures import count, day, number, percent, stamp
from finantrade.cli.output import FIGURE, OPTIONAL, table
from finantrade.domain.units import DAY
from finantrade_research.definitions import DEFINITIONS, Unit, shown
from finantrade_research.runs.catalogue import Run

if TYPE_CHECKING:
    from finantrade_research.runs.comparison import Comparison

COLUMNS = (
    "run", "kept", "strategies", "?symbols", "span", ">return", ">Sharpe", "?>drawdown", ">trades", "?tags", "note",
)  # fmt: skip
LEAST_NOTE = 12
GAP = "  "
BESIDE = {"psr": ("Probabilistic Sharpe", Unit.SHARE), "dsr": ("Deflated Sharpe", Unit.SHARE)}


def run_lines(runs: Sequence[Run], width: int) -> list[str]:
    """Return a header and a line a run, no wider than ``width``: columns are left out, then notes are cut.

    Written by hand: a table of rich takes a millisecond a row, and a store has thousands.
    """
    rows = [tuple(column.removeprefix(OPTIONAL).removeprefix(FIGURE) for column in COLUMNS), *map(_row, runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    kept = list(range(len(COLUMNS)))
    for index in reversed(kept):
        if COLUMNS[index].startswith(OPTIONAL) and _width(widths, kept[:-1]) + LEAST_NOTE > width:
            kept.remove(index)
    lines = [_line(row, kept, widths)[:width].rstrip() for row in rows]
    return [lines[0], "─" * min(max(map(len, lines)), width), *lines[1:]]


def differences(configs: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the places in which the configurations differ: their path, then what each has there."""
    flat = [dict(_leaves(one)) for one in configs.values()]
    paths = dict.fromkeys(path for one in flat for path in one)
    rows = [(path, *(str(one.get(path, "–")) for one in flat)) for path in paths]
    return [row for row in rows if len(set(row[1:])) > 1]


def comparison_tables(found: Comparison) -> Iterator[RenderableType]:
    """Yield the figures side by side, a column a run, and where the configurations differ."""
    yield table("", ["figure", *(f">{one}" for one in found.runs)], list(_figures(found)))
    if found.differences:
        yield table("Configurations differ in", ["key", *found.runs], found.differences)
    if not found.same_span:
        yield Text("DIFFERENT DATA: these runs went over different bars", style="bold yellow")
    if found.same_decisions:
        yield "the same decisions: their heads are equal"


def _figures(found: Comparison) -> Iterator[tuple[str, ...]]:
    for name, values in found.figures.items():
        label, unit = (DEFINITIONS[name].label, DEFINITIONS[name].unit) if name in DEFINITIONS else BESIDE[name]
        yield label, *(shown(one, unit) for one in values)
    yield "Correlation of daily returns", *map(number, found.correlation)


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


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, one in cast("Mapping[str, object]", value).items():
            yield from _leaves(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number_, one in enumerate(cast("Sequence[object]", value)):
            yield from _leaves(one, f"{path}[{number_}]")
    else:
        yield path, value
