"""Which runs are kept: listed, found by what a person types, filtered by their figures, tagged and noted.

A run is named by its id or the beginning of one, or as ``last``, ``last~1`` for the one before, and so on.
"""

from __future__ import annotations

import operator
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any

import msgspec

from finantrade.conversion import suggestion
from finantrade.domain.units import Millis
from finantrade_research.runs.faults import BadCondition, NoRun
from finantrade_research.runs.schema import reading, writing

LAST = re.compile(r"last(?:~(\d{1,6}))?")
CONDITION = re.compile(r"\s*(?P<figure>\w+)\s*(?P<relation><=|>=|<|>|=)\s*(?P<value>[-+.\w]+)\s*")
RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip
FEWEST_DIGITS = 4
"""Of an id, where its beginning is to do."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What the index says of a run. ``span`` and ``parameters`` are hashes; ``figures`` are its metrics and ``psr``."""

    id: str
    made: Millis
    name: str
    strategies: tuple[str, ...]
    symbols: tuple[str, ...]
    timeframe: str
    dataset: str
    first_open: Millis
    last_open: Millis
    span: str
    parameters: str
    head: str
    figures: dict[str, float | None]
    caveats: tuple[str, ...]
    note: str = ""
    tags: tuple[str, ...] = ()

    def figure(self, name: str) -> float:
        """Return a figure by its name; NaN where it is not defined."""
        value = self.figures.get(name)
        return nan if value is None else value


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list: all that have every tag, the strategy, the symbol, and fulfil every condition.

    Conditions are texts such as ``sharpe>=1``; ``sort`` is a figure, its highest first, and the newest first without.
    """

    tags: tuple[str, ...] = ()
    strategy: str | None = None
    symbol: str | None = None
    conditions: tuple[str, ...] = ()
    sort: str | None = None
    ascending: bool = False
    limit: int | None = None


def list_runs(root: Path, wanted: Wanted | None = None) -> list[Run]:
    """Return the runs that are wanted. Raises BadCondition."""
    asked = wanted or Wanted()
    with reading(root) as index:
        found = list(_runs(index, "ORDER BY made DESC, rowid DESC"))
    kept = [one for one in found if _matches(one, asked)]
    for condition in asked.conditions:
        kept = list(_fulfilling(kept, condition))
    if asked.sort is not None:
        kept = _sorted(kept, asked.sort, ascending=asked.ascending)
    elif asked.ascending:
        kept.reverse()
    return kept[: asked.limit]


def find_run(root: Path, name: str) -> Run:
    """Return the run of this name. Raises NoRun."""
    with reading(root) as index:
        return _found(index, name, root)


def kept_run(root: Path, id: str) -> Run | None:  # noqa: A002  it is the run's id, as everywhere
    """Return the run of exactly this id, None where it is not kept."""
    with reading(root) as index:
        return next(_runs(index, "WHERE id = ?", (id,)), None)


def tag_runs(root: Path, names: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> list[Run]:
    """Give the runs tags and take others away; return them as they are then. Raises NoRun, and changes none then."""
    with writing(root) as index:
        ids = [_found(index, name, root).id for name in names]
        index.executemany("INSERT OR IGNORE INTO tag VALUES (?, ?)", [(id_, tag) for id_ in ids for tag in add])
        index.executemany("DELETE FROM tag WHERE run = ? AND name = ?", [(id_, tag) for id_ in ids for tag in remove])
        return [_found(index, id_, root) for id_ in ids]


def note_run(root: Path, name: str, text: str) -> Run:
    """Write the note of a run, in place of the one it has. Raises NoRun."""
    with writing(root) as index:
        found = _found(index, name, root)
        index.execute("UPDATE run SET note = ? WHERE id = ?", (text, found.id))
        return _found(index, found.id, root)


def _found(index: sqlite3.Connection, name: str, root: Path) -> Run:
    if match := LAST.fullmatch(name):
        found = list(_runs(index, "ORDER BY made DESC, rowid DESC LIMIT 1 OFFSET ?", (int(match[1] or 0),)))
    elif len(name) >= FEWEST_DIGITS and re.fullmatch("[0-9a-f]+", name):
        found = list(_runs(index, "WHERE id GLOB ? || '*' ORDER BY made DESC", (name,)))
    else:
        raise NoRun(f"expected the id of a run, at least {FEWEST_DIGITS} digits of it, or last, found {name!r}")
    if not found:
        count = index.execute("SELECT count(*) FROM run").fetchone()[0]
        raise NoRun(f"expected a run in {root}, found none of {count} named {name!r}")
    if len(found) > 1:
        raise NoRun(
            f"expected one run, found {len(found)} that begin with {name}: {', '.join(one.id for one in found)}"
        )
    return found[0]


def _runs(index: sqlite3.Connection, which: str, values: Sequence[object] = ()) -> Iterator[Run]:
    tags: dict[str, list[str]] = {}
    for id_, tag in index.execute("SELECT run, name FROM tag ORDER BY run, name"):
        tags.setdefault(id_, []).append(tag)
    for row in index.execute(f"SELECT * FROM run {which}", values):  # noqa: S608  written in this module
        yield _run(row, tags.get(row["id"], ()))


def _run(row: sqlite3.Row, tags: Sequence[str]) -> Run:
    fields: dict[str, Any] = dict(row)
    decoded = {name: msgspec.json.decode(fields[name]) for name in ("strategies", "symbols", "figures", "caveats")}
    return msgspec.convert({**fields, **decoded, "tags": tags}, Run)


def _matches(run: Run, wanted: Wanted) -> bool:
    return (
        set(wanted.tags) <= set(run.tags)
        and (wanted.strategy is None or wanted.strategy in run.strategies)
        and (wanted.symbol is None or wanted.symbol in run.symbols)
    )


def _fulfilling(runs: Sequence[Run], condition: str) -> Iterator[Run]:
    match = CONDITION.fullmatch(condition)
    if match is None:
        raise BadCondition(f"expected a condition such as sharpe>=1, found {condition!r}")
    try:
        value = float(match["value"])
    except ValueError:
        raise BadCondition(f"expected a number after {match['relation']} in {condition!r}") from None
    relation, name = RELATIONS[match["relation"]], _known(match["figure"], runs)
    yield from (one for one in runs if relation(one.figure(name), value))


def _sorted(runs: Sequence[Run], name: str, *, ascending: bool) -> list[Run]:
    known = _known(name, runs)
    defined = [one for one in runs if one.figure(known) == one.figure(known)]
    without = [one for one in runs if one.figure(known) != one.figure(known)]
    return sorted(defined, key=lambda one: one.figure(known), reverse=not ascending) + without


def _known(name: str, runs: Sequence[Run]) -> str:
    names = dict.fromkeys(figure for one in runs for figure in one.figures)
    if runs and name not in names:
        raise BadCondition(f"expected a figure of a run, found {name!r}{suggestion(name, names)}")
    return name
