"""How kept runs read side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rich.console import RenderableType
from rich.text import Text

from finantrade.cli.figures import number
from finantrade.cli.output import table
from finantrade_research.definitions import DEFINITIONS, Unit, shown

if TYPE_CHECKING:
    from finantrade_research.runs.comparison import Comparison

BESIDE = {"psr": ("Probabilistic Sharpe", Unit.SHARE), "dsr": ("Deflated Sharpe", Unit.SHARE)}


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


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, one in cast("Mapping[str, object]", value).items():
            yield from _leaves(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number_, one in enumerate(cast("Sequence[object]", value)):
            yield from _leaves(one, f"{path}[{number_}]")
    else:
        yield path, value
