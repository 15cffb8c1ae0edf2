"""The language of rules: what an expression over features may consist of, and its bounds.

    expression  = number | feature | -x | x + y | x - y | x * y | x / y | abs(x) | min(x, y, ...) | max(x, y, ...)
                | lag(x, n)                          the value n rows ago
    condition   = x < y | x <= y | x > y | x >= y | x == y | x != y, chained too | not c | c and d | c or d
                | crosses_above(x, y) | crosses_below(x, y) | known(x)
                | any_of(c, n) | all_of(c, n)        on any, on all of the last n rows, this one included

Numbers and conditions are told apart: ``1 + (close > 2)`` is an error, not 2.0. Everything is bounded: length, depth,
nodes, look-back (nested ones add up) and memory. `rule_parser` makes these trees of text, `rule_program` functions of
trees.

**Missing values.** A comparison with something that has no value is neither true nor false, and only what is true ever
acts: logic of three values, as Kleene's and SQL's. So ``not x > 1`` is ``x <= 1``, whatever is missing, and no trade is
made because a series fell silent. It costs nothing: `negation` moves every ``not`` inwards, until it stands before
comparisons only and turns them round. What is left has no ``not``, and there "true" needs no third value beside it.

Source: Kleene 1952, Introduction to metamathematics, section 64; the inward move is the negation normal form.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, StrEnum

import msgspec
from msgspec.structs import replace

MAX_LENGTH = 1_000
MAX_DEPTH = 32
MAX_NODES = 200
MAX_LOOK_BACK = 500
MAX_MEMORY = 2_000
"""Characters; levels; nodes; rows; remembered values, the last over one expression."""


class RuleError(ValueError):
    """The text is not an expression of the language; ``column`` counts from 1."""

    def __init__(self, column: int, text: str) -> None:
        super().__init__(f"column {column}: {text}")
        self.column = column
        self.text = text


class Kind(StrEnum):
    NUMBER = "a number"
    CONDITION = "a condition"


class Op(Enum):
    CONSTANT = "constant"
    FEATURE = "feature"
    NEGATE = "-x"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    ABS = "abs"
    MIN = "min"
    MAX = "max"
    LAG = "lag"
    COMPARE = "compare"
    KNOWN = "known"
    AND = "and"
    OR = "or"
    CROSSES_ABOVE = "crosses_above"
    CROSSES_BELOW = "crosses_below"
    ANY_OF = "any_of"
    ALL_OF = "all_of"


class Node(msgspec.Struct, frozen=True):
    """A checked node. ``value`` of a constant, ``name`` of a feature, ``rows`` of a look-back, ``signs`` of a chain.

    A comparison, crossing or ``known`` that is ``negated`` is true where it would be false, not where it is unknown.
    """

    op: Op
    args: tuple[Node, ...] = ()
    value: float = 0.0
    name: str = ""
    rows: int = 0
    signs: tuple[str, ...] = ()
    negated: bool = False

    @property
    def kind(self) -> Kind:
        """Whether it gives a number or a condition."""
        return Kind.CONDITION if self.op in _CONDITIONS else Kind.NUMBER


class Function(msgspec.Struct, frozen=True):
    """A function of the language. ``arity`` counts its values (None: two or more); ``rows``: a row count follows."""

    op: Op
    form: str
    takes: Kind
    arity: int | None
    rows: bool = False


FUNCTIONS: dict[str, Function] = {
    "abs": Function(Op.ABS, "abs(x)", Kind.NUMBER, 1),
    "min": Function(Op.MIN, "min(x, y, ...)", Kind.NUMBER, None),
    "max": Function(Op.MAX, "max(x, y, ...)", Kind.NUMBER, None),
    "lag": Function(Op.LAG, "lag(x, n)", Kind.NUMBER, 1, rows=True),
    "crosses_above": Function(Op.CROSSES_ABOVE, "crosses_above(x, y)", Kind.NUMBER, 2),
    "crosses_below": Function(Op.CROSSES_BELOW, "crosses_below(x, y)", Kind.NUMBER, 2),
    "known": Function(Op.KNOWN, "known(x)", Kind.NUMBER, 1),
    "any_of": Function(Op.ANY_OF, "any_of(condition, n)", Kind.CONDITION, 1, rows=True),
    "all_of": Function(Op.ALL_OF, "all_of(condition, n)", Kind.CONDITION, 1, rows=True),
}


CROSSINGS = {Op.CROSSES_ABOVE: (">", "<="), Op.CROSSES_BELOW: ("<", ">=")}
"""How the two stand to each other on this row, and on the one before."""
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
"""What is true of two values where a comparison is false."""


def negation(condition: Node) -> Node:
    """Return the condition that is true where this one is false."""
    if condition.op in _OPPOSITE:
        return replace(condition, op=_OPPOSITE[condition.op], args=tuple(map(negation, condition.args)))
    return replace(condition, negated=not condition.negated)


def feature_names(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Return the features that the expressions name, each once, in order of appearance."""
    names: dict[str, None] = {}
    for node in nodes:
        names |= {node.name: None} if node.op is Op.FEATURE else dict.fromkeys(feature_names(node.args))
    return tuple(names)


def look_back(node: Node) -> int:
    """Return how many rows before the present one the value can depend on."""
    last = node.rows - 1
    own = {Op.LAG: node.rows, Op.CROSSES_ABOVE: 1, Op.CROSSES_BELOW: 1, Op.ANY_OF: last, Op.ALL_OF: last}
    return own.get(node.op, 0) + max(map(look_back, node.args), default=0)


def memory(node: Node) -> int:
    """Return how many numbers are remembered between rows."""
    own = {Op.LAG: node.rows, Op.CROSSES_ABOVE: 2, Op.CROSSES_BELOW: 2, Op.ANY_OF: 1, Op.ALL_OF: 1}
    return own.get(node.op, 0) + sum(map(memory, node.args))


_OPPOSITE = {Op.AND: Op.OR, Op.OR: Op.AND, Op.ANY_OF: Op.ALL_OF, Op.ALL_OF: Op.ANY_OF}
_CONDITIONS = frozenset({Op.COMPARE, Op.CROSSES_ABOVE, Op.CROSSES_BELOW, Op.KNOWN, *_OPPOSITE})
