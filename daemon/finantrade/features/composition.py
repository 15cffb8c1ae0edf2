"""Write one step function for exactly a declared set, and the parts that it calls.

The state vector is laid out as: bars since the start, the outputs in the order asked for, what parts leave for others,
what each bucket and each kernel remembers, then the columns of context, which whoever drives the step writes there
before it. A step

1. counts the bar;
2. for every higher timeframe folds the bar into its bucket; on a complete close computes its features, on an incomplete
   one makes those missing that are seen elsewhere;
3. computes the base features, inputs first, each only if none of its inputs is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from finantrade.domain.units import Millis, timeframe_ms
from finantrade.features.declaration import Column, Feature
from finantrade.features.graph import in_order
from finantrade.features.kernel_source import definitions_of
from finantrade.features.kernels import buckets
from finantrade.features.parts import Function, Layout, Part, columns_of, function_of, parts_of, variable, whole
from finantrade.features.series import SERIES, columns_beside

COUNT = 0
FOLDS = {
    Column.OPEN: buckets.bucket_open,
    Column.HIGH: buckets.bucket_high,
    Column.LOW: buckets.bucket_low,
    Column.VOLUME: buckets.bucket_sum,
    Column.QUOTE_VOLUME: buckets.bucket_sum,
    Column.TRADES: buckets.bucket_sum,
    Column.TAKER_BUY_VOLUME: buckets.bucket_sum,
    Column.TAKER_BUY_QUOTE_VOLUME: buckets.bucket_sum,
    Column.LIQUIDATED_LONGS: buckets.bucket_sum,
    Column.LIQUIDATED_SHORTS: buckets.bucket_sum,
}
"""How a column of a higher bar comes from its base bars; the others need no fold: they are those of the last one."""


@dataclass(frozen=True, slots=True)
class Composition:
    """The generated program of a set, and the shape of what it works on.

    ``missing`` are the slots of the state that start as NaN, all others as zero. ``beside`` are the columns of context,
    in the slots of the state from ``beside_at`` on.
    """

    digest: str
    definitions: tuple[str, ...]
    parts: tuple[Function, ...]
    step: Function
    outputs: int
    size: int
    missing: tuple[int, ...]
    beside: tuple[Column, ...]
    beside_at: int

    @property
    def columns(self) -> tuple[str, ...]:
        """What the step takes after the state: ``open_time`` where it matters, then columns of the bar."""
        return self.step.arguments

    @property
    def functions(self) -> int:
        """How many functions there are to compile: kernels and what they call, parts, the step, and its loop."""
        return sum(text.startswith("def ") for text in self.definitions) + len(self.parts) + 2


def compose(wanted: Sequence[Feature], timeframe: Millis) -> Composition:
    """Return the program that computes ``wanted`` from bars of ``timeframe`` ms."""
    nodes = in_order(wanted)
    spans = sorted({node.timeframe for node in nodes if node.timeframe}, key=timeframe_ms)
    parts = {span: parts_of(nodes, span) for span in (*spans, "")}
    layout = Layout(wanted, (part for found in parts.values() for part in found))
    functions = {part.name: function_of(layout, part) for found in parts.values() for part in found}
    calls = {span: [functions[part.name].call for part in found] for span, found in parts.items()}
    beside = columns_beside(wanted)
    beside_at = layout.take(len(beside))
    lines = [f"state[{COUNT}] += 1.0", *(f"{one} = state[{at}]" for at, one in enumerate(beside, beside_at))]
    for span in spans:
        lines += _higher(layout, parts[span], calls[span], timeframe)
    clock = any(Column.CLOSE_TIME in node.inputs for node in nodes if not node.timeframe)
    lines += [*([f"close_time = open_time + {timeframe - 1}"] if clock else []), *calls[""]]
    columns = (
        *(("open_time",) if spans or clock else ()),
        *(one for one in columns_of(nodes) if one is not Column.CLOSE_TIME and one not in beside),
    )
    definitions = _definitions(nodes, bool(spans))
    return Composition(
        digest=_digest(wanted, nodes, definitions, timeframe),
        definitions=definitions,
        parts=tuple(functions.values()),
        step=Function("step", columns, tuple(lines)),
        outputs=len(wanted),
        size=layout.size,
        missing=(*layout.missing, *range(beside_at, beside_at + len(beside))),
        beside=beside,
        beside_at=beside_at,
    )


def _higher(layout: Layout, parts: Sequence[Part], calls: Sequence[str], timeframe: Millis) -> Iterator[str]:
    nodes = [node for part in parts for node in part.nodes]
    span, length = nodes[0].timeframe, timeframe_ms(nodes[0].timeframe)
    bucket = layout.take(2)
    yield f"closed_{span} = advance(state, {whole(bucket)}, open_time, {whole(timeframe)}, {whole(length)})"
    yield f"fresh_{span} = state[{bucket + 1}] == 1.0"
    for column in columns_of(nodes):
        yield f"{variable(column, span)} = {_fold(layout, column, span)}"
    yield f"if closed_{span} == COMPLETE:"
    yield from (f"    {call}" for call in calls)
    yield f"elif closed_{span} == INCOMPLETE:"
    yield from (f"    state[{slot}] = math.nan" for slot in map(layout.slot, nodes) if slot is not None)


def _fold(layout: Layout, column: Column, span: str) -> str:
    if column is Column.CLOSE_TIME:
        length = timeframe_ms(span)
        return f"open_time - open_time % {length} + {length - 1}"
    fold = FOLDS.get(column)
    return f"{fold.__name__}(state, {whole(layout.take(1))}, {column}, fresh_{span})" if fold else str(column)


def _definitions(nodes: Sequence[Feature], higher: bool) -> tuple[str, ...]:
    folds = [FOLDS[column] for column in columns_of([node for node in nodes if node.timeframe]) if column in FOLDS]
    ours = (buckets.canonical, *((buckets.advance, *folds) if higher else ()))
    return tuple(definitions_of(*ours, *(node.kernel for node in nodes)).values())


def _digest(wanted: Sequence[Feature], nodes: Sequence[Feature], texts: Sequence[str], timeframe: Millis) -> str:
    parts = [str(timeframe), *(one.name for one in wanted), *texts]
    for node in nodes:
        inputs = [str(one) if isinstance(one, Column) else one.name for one in node.inputs]
        shape = (node.name, inputs, node.kernel.__name__, node.parameters, node.state, node.lookback)
        span = (node.span,) if node.span else ()
        parts.append(repr((*shape, *span, node.timeframe, str(node.unit), node.source)))
    parts += [repr((str(one), SERIES[one].source, SERIES[one].max_age)) for one in columns_beside(wanted)]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
