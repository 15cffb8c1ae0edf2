"""Write one step function for exactly a declared set: a small readable Python module.

The state vector is laid out as: bars since the start, the outputs in the order asked for, then what each bucket, each
value that stands until the next higher close, and each kernel remembers. A step

1. counts the bar;
2. for every higher timeframe folds the bar into its bucket; on a complete close computes its features, on an incomplete
   one makes them missing;
3. computes the base features, inputs first, each only if none of its inputs is missing;
4. writes the outputs, NaN made canonical.

``batch`` is a loop over the same step, so the two cannot differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from finantrade.domain.units import Millis, timeframe_ms
from finantrade.features.declaration import VALUES, Column, Feature, FeatureError
from finantrade.features.graph import in_order, readers
from finantrade.features.kernel_source import definitions_of
from finantrade.features.kernels import buckets

COUNT = 0
FIRST_OUTPUT = 1
FOLDS = {
    Column.OPEN: buckets.bucket_open,
    Column.HIGH: buckets.bucket_high,
    Column.LOW: buckets.bucket_low,
    Column.VOLUME: buckets.bucket_sum,
    Column.QUOTE_VOLUME: buckets.bucket_sum,
    Column.TRADES: buckets.bucket_sum,
    Column.TAKER_BUY_VOLUME: buckets.bucket_sum,
    Column.TAKER_BUY_QUOTE_VOLUME: buckets.bucket_sum,
}
"""How a column of a higher bar comes from its base bars; the close needs no fold, it is the last one."""


ZERO = "zero"
"""What whole numbers are added to in the step. A bare one is a type of its own to numba, which would compile a kernel
anew for every place in the state; the machine code has constants either way."""

KERNEL = "@njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)"
"""Kernels are called by the step alone: inlined they take a fifth less time, and need no ways in from outside."""


class Style(Enum):
    """What the generated module is for: plain Python, compiled, or compiled and kept on disk."""

    PLAIN = "plain"
    COMPILED = "compiled"
    CACHED = "cached"


@dataclass(frozen=True, slots=True)
class Composition:
    """The generated program of a set, and the shape of what it works on.

    ``columns`` are the arguments of the step after the state, in order: ``open_time`` where it matters, then columns.
    ``missing`` are the slots of the state that start as NaN, all others as zero.
    """

    digest: str
    definitions: tuple[str, ...]
    step: tuple[str, ...]
    columns: tuple[str, ...]
    outputs: int
    size: int
    missing: tuple[int, ...]

    def source(self, style: Style) -> str:
        """Return the text of the generated module."""
        return "\n\n".join((_header(self, style), *_functions(self, style), _batch(self, style), _bind(self)))


def compose(wanted: Sequence[Feature], timeframe: Millis) -> Composition:
    """Return the program that computes ``wanted`` from bars of ``timeframe`` ms."""
    nodes = in_order(wanted)
    layout = _Layout(wanted, nodes)
    spans = sorted({node.timeframe for node in nodes if node.timeframe}, key=timeframe_ms)
    clock = any(Column.CLOSE_TIME in node.inputs for node in nodes if not node.timeframe)
    lines = [f"    {ZERO} = 0 * len(state)", f"    state[{COUNT}] += 1.0"]
    if clock:
        lines.append(f"    close_time = open_time + {timeframe - 1}")
    for span in spans:
        lines += _higher(layout, span, timeframe)
    lines += [f"    {_computed(layout, node)}" for node in nodes if not node.timeframe]
    lines += [f"    state[{FIRST_OUTPUT + i}] = canonical({_variable(one, '')})" for i, one in enumerate(wanted)]
    columns = (*(("open_time",) if spans or clock else ()), *_columns(nodes))
    definitions = _definitions(nodes, bool(spans))
    digest = _digest(wanted, nodes, definitions, timeframe)
    step = (f"def step({', '.join(('state', *columns))}):", *lines)
    return Composition(digest, definitions, step, columns, len(wanted), layout.size, tuple(layout.missing))


class _Layout:
    def __init__(self, wanted: Sequence[Feature], nodes: Sequence[Feature]) -> None:
        self.nodes = nodes
        self.size = FIRST_OUTPUT + len(wanted)
        self.missing = list(range(FIRST_OUTPUT, self.size))
        self._outward = {one.name for one in wanted} | {
            name for name, users in readers(nodes).items() if any(not user.timeframe for user in users)
        }

    def take(self, floats: int) -> int:
        at = self.size
        self.size += floats
        return at

    def standing(self, span: str) -> dict[str, int]:
        names = [node.name for node in self.nodes if node.timeframe == span and node.name in self._outward]
        slots = {name: self.take(1) for name in names}
        self.missing += slots.values()
        return slots


def _higher(layout: _Layout, span: str, timeframe: Millis) -> Iterator[str]:
    nodes = [node for node in layout.nodes if node.timeframe == span]
    bucket = layout.take(2)
    standing = layout.standing(span)
    lengths = f"{_whole(timeframe)}, {_whole(timeframe_ms(span))}"
    yield f"    closed_{span} = advance(state, {_whole(bucket)}, open_time, {lengths})"
    yield f"    fresh_{span} = state[{bucket + 1}] == 1.0"
    if any(Column.CLOSE_TIME in node.inputs for node in nodes):
        length = timeframe_ms(span)
        yield f"    close_time_{span} = open_time - open_time % {length} + {length - 1}"
    for column in _columns(nodes):
        yield f"    {column}_{span} = {_fold(layout, column, span)}"
    yield f"    if closed_{span} == COMPLETE:"
    for node in nodes:
        yield f"        {_computed(layout, node)}"
        if node.name in standing:
            yield f"        state[{standing[node.name]}] = v_{node.name}"
    yield f"    elif closed_{span} == INCOMPLETE:"
    yield from (f"        state[{slot}] = math.nan" for slot in standing.values())
    yield from (f"    held_{name} = state[{slot}]" for name, slot in standing.items())


def _fold(layout: _Layout, column: Column, span: str) -> str:
    fold = FOLDS.get(column)
    return f"{fold.__name__}(state, {_whole(layout.take(1))}, {column}, fresh_{span})" if fold else str(column)


def _computed(layout: _Layout, node: Feature) -> str:
    inputs = [_variable(one, node.timeframe) for one in node.inputs]
    arguments = ("state", _whole(layout.take(node.state)), *inputs, *map(_number, node.parameters))
    floats = [text for one, text in zip(node.inputs, inputs, strict=True) if one is not Column.CLOSE_TIME]
    missing = " or ".join(f"math.isnan({one})" for one in dict.fromkeys(floats))
    call = f"{node.kernel.__name__}({', '.join(arguments)})"
    return f"v_{node.name} = {f'math.nan if {missing} else {call}' if missing else call}"


def _number(value: int | float) -> str:
    return repr(value) if isinstance(value, float) else _whole(value)


def _whole(value: int) -> str:
    return f"{ZERO} + {value}"


def _variable(one: Column | Feature, span: str) -> str:
    if isinstance(one, Feature):
        return f"v_{one.name}" if one.timeframe == span else f"held_{one.name}"
    return f"{one}_{span}" if span else str(one)


def _columns(nodes: Sequence[Feature]) -> tuple[Column, ...]:
    used = {one for node in nodes for one in node.inputs if isinstance(one, Column)}
    return tuple(column for column in VALUES if column in used)


def _definitions(nodes: Sequence[Feature], higher: bool) -> tuple[str, ...]:
    folds = [FOLDS[column] for column in _columns([node for node in nodes if node.timeframe]) if column in FOLDS]
    found: dict[str, str] = {}
    for function in (
        buckets.canonical,
        *((buckets.advance, *folds) if higher else ()),
        *(node.kernel for node in nodes),
    ):
        for name, text in definitions_of(function).items():
            if found.setdefault(name, text) != text:
                raise FeatureError(f"expected one meaning of {name} among the kernels of a set, found two: rename one")
    return tuple(found.values())


def _digest(wanted: Sequence[Feature], nodes: Sequence[Feature], texts: Sequence[str], timeframe: Millis) -> str:
    parts = [str(timeframe), *(one.name for one in wanted), *texts]
    for node in nodes:
        inputs = [str(one) if isinstance(one, Column) else one.name for one in node.inputs]
        shape = (node.name, inputs, node.kernel.__name__, node.parameters, node.state, node.lookback)
        parts.append(repr((*shape, node.timeframe, str(node.unit), node.source)))
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _header(composition: Composition, style: Style) -> str:
    imports = ["from __future__ import annotations", "", "import math"]
    if style is not Style.PLAIN:
        imports += ["", "from numba import njit, types", "", "VECTOR = types.float64[::1]"]
        imports += ['COLUMN = types.Array(types.float64, 1, "C", readonly=True)']
        imports += ['TIMES = types.Array(types.int64, 1, "C", readonly=True)']
    return "\n".join((f'"""Generated: the step of feature schema {composition.digest}."""', "", *imports, ""))


def _functions(composition: Composition, style: Style) -> Iterator[str]:
    for text in composition.definitions:
        yield f"{KERNEL}\n{text}" if style is not Style.PLAIN and text.startswith("def ") else text
    scalars = ["types.int64" if name == "open_time" else "types.float64" for name in composition.columns]
    yield "\n".join((*_decorator(style, ["VECTOR", *scalars]), *composition.step, ""))


def _batch(composition: Composition, style: Style) -> str:
    arrays = ["TIMES" if name == "open_time" else "COLUMN" for name in composition.columns]
    values = ", ".join(("state", *(f"{name}[i]" for name in composition.columns)))
    return "\n".join(
        (
            *_decorator(style, ["VECTOR", "types.float64[:, ::1]", *arrays]),
            f"def batch({', '.join(('state', 'rows', *composition.columns))}):",
            "    for i in range(len(rows)):",
            f"        step({values})",
            f"        for j in range({composition.outputs}):",
            f"            rows[i, j] = state[{FIRST_OUTPUT} + j]",
            "",
        )
    )


def _bind(composition: Composition) -> str:
    arguments = ", ".join(("state", *(f"bar.{name}" for name in composition.columns)))
    return "\n".join(
        (
            "def bind(step, unpack, state):",
            "    def update(bar):",
            f"        step({arguments})",
            "        return unpack(state)",
            "",
            "    return update",
            "",
        )
    )


def _decorator(style: Style, arguments: Sequence[str]) -> tuple[str, ...]:
    if style is Style.PLAIN:
        return ()
    return (f"@njit(types.void({', '.join(arguments)}), no_cfunc_wrapper=True, cache={style is Style.CACHED})",)
