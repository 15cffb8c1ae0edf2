"""Layers of configuration: files, environment, overrides. A later layer wins; every value remembers where it is from.

Mappings merge key by key; anything else, a list too, replaces what was there. Nothing is changed in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import NamedTuple, cast

from finantrade.conversion import Path, dotted

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([0-9]+)\]")


class Located(NamedTuple):
    """A value and where it was given. Values inside mappings and lists are Located again."""

    value: object
    place: str


class LayerError(ValueError):
    """A path that leads nowhere in the layers below it."""


def locate(data: object, place: str) -> Located:
    """Say of plain data that all of it was given at ``place``."""
    if isinstance(data, Mapping):
        items = cast("Mapping[str, object]", data)
        return Located({key: locate(value, place) for key, value in items.items()}, place)
    if isinstance(data, (list, tuple)):
        return Located([locate(value, place) for value in cast("list[object]", data)], place)
    return Located(data, place)


def merge(below: Located, above: Located) -> Located:
    """Lay one value over another."""
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    merged = dict(_entries(below))
    for key, value in _entries(above).items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return Located(merged, below.place)


def put(below: Located, path: Path, above: Located, done: Path = ()) -> Located:
    """Lay a value over the one at ``path``, making the mappings that are missing on the way.

    Where no key is spelt so, one that differs in case only is meant: the environment has capitals only.
    Raises LayerError where a list has no such index or a single value stands in the way.
    """
    if not path:
        return merge(below, above)
    here, rest = (*done, path[0]), path[1:]
    if isinstance(below.value, list):
        items = list(cast("list[Located]", below.value))
        index = _index(items, path[0], done)
        items[index] = put(items[index], rest, above, here)
        return Located(items, below.place)
    if not isinstance(below.value, dict):
        raise LayerError(f"{dotted(done)} is a single value at {below.place}: nothing can be set inside it")
    entries = _entries(below)
    key = _spelt(entries, str(path[0]))
    child = put(entries.get(key, Located({}, above.place)), rest, above, here)
    return Located({**entries, key: child}, below.place)


def anchor(tree: Located, path: Path, directory: FilePath) -> Located:
    """Have the file names in the list at ``path`` begin with a directory, where they are relative."""
    if not path:
        if not isinstance(tree.value, list):
            return tree
        return Located([_anchored(one, directory) for one in cast("list[Located]", tree.value)], tree.place)
    entries, key = _entries(tree) if isinstance(tree.value, dict) else {}, str(path[0])
    if key not in entries:
        return tree
    return Located({**entries, key: anchor(entries[key], path[1:], directory)}, tree.place)


def parse_path(text: str) -> Path:
    """Read ``strategies[0].params.fast`` (also ``strategies.0.params.fast``). Raises LayerError for anything else."""
    path: list[str | int] = []
    at = 0
    while match := _STEP.match(text, at):
        step = match[1] or match[2]
        path.append(int(step) if step.isdigit() else step)
        at = match.end()
    if at < len(text) or not path:
        raise LayerError(f"expected a path such as risk.daily_loss or strategies[0].params.fast, found {text!r}")
    return tuple(path)


def plain(tree: Located) -> object:
    """Return the data without its places."""
    if isinstance(tree.value, dict):
        return {key: plain(value) for key, value in _entries(tree).items()}
    if isinstance(tree.value, list):
        return [plain(item) for item in cast("list[Located]", tree.value)]
    return tree.value


def places(tree: Located, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every path with the place its value was given at, the root first."""
    yield path, tree.place
    if isinstance(tree.value, dict):
        for key, value in _entries(tree).items():
            yield from places(value, (*path, key))
    elif isinstance(tree.value, list):
        for index, item in enumerate(cast("list[Located]", tree.value)):
            yield from places(item, (*path, index))


def _anchored(one: Located, directory: FilePath) -> Located:
    return Located(str(directory / one.value), one.place) if isinstance(one.value, str) and one.value else one


def _entries(tree: Located) -> dict[str, Located]:
    return cast("dict[str, Located]", tree.value)


def _spelt(entries: Mapping[str, Located], key: str) -> str:
    return key if key in entries else next((known for known in entries if known.lower() == key.lower()), key)


def _index(items: list[Located], step: str | int, done: Path) -> int:
    if isinstance(step, int) and step < len(items):
        return step
    raise LayerError(f"{dotted(done)} is a list of {len(items)}: expected an index below that, found {step!r}")
