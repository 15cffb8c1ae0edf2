"""The parts of a step: functions of a few dozen features each, and where in the state everything lies.

A value that leaves its part lies in the state, as an output or for other parts, NaN made canonical. It stays there
until its feature is computed again: one of a higher timeframe until the next close of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from finantrade.features.declaration import Column, Feature

FIRST_OUTPUT = 1
PART = 40
"""Features of a part, at most: one function of several hundred takes longer to compile than parts do."""

ZERO = "zero"
"""What whole numbers are added to. A bare one is a type of its own to numba, which would compile a kernel anew for
every place in the state; the machine code has constants either way."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function over the state, and what it takes beside: columns of a bar, floats but for times, in ms."""

    name: str
    arguments: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def call(self) -> str:
        """How it is called where its arguments bear the same names."""
        return f"{self.name}({', '.join(('state', *self.arguments))})"

    @property
    def text(self) -> str:
        """Its definition."""
        return self.beginning()

    def beginning(self, *first: str, state: str = "state") -> str:
        """Return its definition where its first argument bears another name, and lines go before its own."""
        head = f"def {self.name}({', '.join((state, *self.arguments))}):"
        return "\n".join((head, *(f"    {one}" for one in (*first, f"{ZERO} = int(0.0)", *self.lines))))


@dataclass(frozen=True, slots=True)
class Part:
    """Features of one timeframe that are computed together, inputs first."""

    name: str
    span: str
    nodes: tuple[Feature, ...]

    @property
    def foreign(self) -> tuple[Feature, ...]:
        """What its features read of other parts."""
        own = {node.name for node in self.nodes}
        found = {one.name: one for node in self.nodes for one in node.features if one.name not in own}
        return tuple(found.values())


def parts_of(nodes: Iterable[Feature], span: str) -> tuple[Part, ...]:
    """Return the nodes of a timeframe in parts of about the same size."""
    found = [node for node in nodes if node.timeframe == span]
    count = -(-len(found) // PART)
    edges = [len(found) * i // max(count, 1) for i in range(count + 1)]
    name = f"part_{span or 'base'}"
    return tuple(Part(f"{name}_{i}", span, tuple(found[edges[i] : edges[i + 1]])) for i in range(count))


class Layout:
    """Which slots of the state belong to what: the outputs, what parts leave for others, then whatever is taken."""

    def __init__(self, wanted: Sequence[Feature], parts: Iterable[Part]) -> None:
        self._slots: dict[str, int] = {}
        for one in (*wanted, *(one for part in parts for one in part.foreign)):
            self._slots.setdefault(one.name, FIRST_OUTPUT + len(self._slots))
        self.size = FIRST_OUTPUT + len(self._slots)
        self.missing = tuple(range(FIRST_OUTPUT, self.size))

    def take(self, floats: int) -> int:
        """Return where the next so many slots begin."""
        at = self.size
        self.size += floats
        return at

    def slot(self, one: Feature) -> int | None:
        """Return where a value lies that leaves its part."""
        return self._slots.get(one.name)


def function_of(layout: Layout, part: Part) -> Function:
    """Return the function that computes a part."""
    lines = [f"{variable(one, '')} = state[{layout.slot(one)}]" for one in part.foreign]
    for node in part.nodes:
        lines += _computed(layout, node)
    return Function(part.name, tuple(variable(one, part.span) for one in columns_of(part.nodes)), tuple(lines))


def columns_of(nodes: Iterable[Feature]) -> tuple[Column, ...]:
    """Return the columns that these features read, in their usual order."""
    used = {one for node in nodes for one in node.inputs if isinstance(one, Column)}
    return tuple(column for column in Column if column in used)


def variable(one: Column | Feature, span: str) -> str:
    """Return what a value is called, a column being that of a bar of the timeframe ``span``."""
    if isinstance(one, Feature):
        return f"v_{one.name}"
    return f"{one}_{span}" if span else str(one)


def whole(value: int) -> str:
    """Return a whole number as it is handed to kernels."""
    return f"{ZERO} + {value}"


def _computed(layout: Layout, node: Feature) -> Iterator[str]:
    inputs = [variable(one, node.timeframe) for one in node.inputs]
    arguments = ("state", whole(layout.take(node.state)), *inputs, *map(_number, node.parameters))
    floats = [text for one, text in zip(node.inputs, inputs, strict=True) if one is not Column.CLOSE_TIME]
    missing = " or ".join(f"math.isnan({one})" for one in dict.fromkeys(floats))
    call = f"{node.kernel.__name__}({', '.join(arguments)})"
    value = variable(node, "")
    yield f"{value} = {f'math.nan if {missing} else {call}' if missing else call}"
    slot = layout.slot(node)
    if slot is not None:
        yield f"state[{slot}] = canonical({value})"


def _number(value: int | float) -> str:
    return repr(value) if isinstance(value, float) else whole(value)
