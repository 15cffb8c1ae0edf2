"""One feature in Markdown: what it is, what for, its picture, and a table of all that is declared."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from finantrade.cli.feature_text import COMMON, RESTS, bounds, series_and_source
from finantrade.cli.reference.talib import TALIB
from finantrade.features.declaration import Feature
from finantrade.features.description import Description
from finantrade.features.graph import leaves
from finantrade.features.kind import Kind, Parameter

PICTURES = "pictures"


class Entry(NamedTuple):
    """A feature over bars of the length ``base``, and its ``kind`` if it is of the catalogue.

    ``lacks`` says what would be needed for a picture; None where there is one.
    """

    feature: Feature
    described: Description
    base: str
    kind: Kind | None
    lacks: tuple[str, ...] | None


def markdown(entry: Entry) -> str:
    """Return the section of a feature; its picture is a file beside."""
    one = entry.described
    lines = [f"### `{one.name}`", "", " ".join(_sentences(entry)), "", _picture(entry), ""]
    lines += [f"| formula | {code(one.formula) if one.formula else 'not stated'} |", "|:--|:--|"]
    lines += [f"| {name} | {text} |" for name, text in _facts(entry)]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """Return text as code in a table, where a bar would end the cell."""
    return "`" + text.replace("|", "\\|") + "`"


def _sentences(entry: Entry) -> Iterator[str]:
    build = entry.kind.build if entry.kind else None
    # A maker of several kinds says what all of them are: that is not what this one is.
    if build is not None and not isinstance(build, partial) and build.__doc__:
        yield inspect.cleandoc(build.__doc__).split(". ")[0].rstrip(".") + "."
    yield f"*{entry.described.why}*"


def _picture(entry: Entry) -> str:
    name = entry.described.name
    if entry.lacks is None:
        return f"![{name}]({PICTURES}/{name}.svg)"
    series = " and ".join(code(one) for one in entry.lacks) or "a value at any bar"
    return f"No picture: it needs {series}, which the bars drawn on do not have."


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    feature, one = entry.feature, entry.described
    series, defined = series_and_source(one.source)
    if entry.kind is not None and entry.kind.parameters:
        yield "name", _parameters(entry.kind)
    yield "values", f"{bounds(one.low, one.high)} ({one.unit})"
    yield "reads", f"{', '.join(code(name) for name in leaves(feature))}; {series}"
    if feature.features:
        yield "built on", ", ".join(code(name) for name in dict.fromkeys(part.name for part in feature.features))
    length = f" of {entry.base}" if one.timeframe else ""
    yield "warm-up", f"{one.warmup:,} bar{'s' * (one.warmup != 1)}{length}; rests on {RESTS[one.memory]}"
    yield "source", defined or COMMON
    rival = TALIB.get(entry.kind.name) if entry.kind is not None else None
    if rival is not None:
        yield "TA-Lib", f"{code(rival.function)}: {rival.otherwise or 'the same'}"


def _parameters(kind: Kind) -> str:
    name = code("_".join((kind.name, *(f"<{one.name}>" for one in kind.parameters))))
    return f"{name}: {'; '.join(map(_bounds, kind.parameters))}"


def _bounds(one: Parameter) -> str:
    number = ", fractions too" if one.fraction else ""
    return f"{one.name} from {one.low:g} to {one.high:,g}{number}, usually {one.usual:g}"
