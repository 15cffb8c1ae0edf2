"""Checked trees to one fast function, with what it remembers between rows.

1. Each node becomes one assignment, inner ones first: ``t3 = t1 / t2 if t2 else nan``. So every look-back is fed on
   every row, whatever the conditions around it say.
2. Missing values: a comparison with NaN is false, the opposite one too; division by zero gives NaN, ``min`` and ``max``
   of NaN are NaN.
3. Memory is one list of floats: a ring a ``lag``, the two last values a cross, the rows since the condition was true an
   ``any_of``, the rows for which it has been true an ``all_of``.

Why compiling this text is safe: none of it is the user's. It is made of a fixed set of phrases around our own names
(``t3``, ``v[2]``, ``m[7]``), whole numbers that we counted, and ``repr`` of finite floats; it holds no attribute, call
or import, and the function sees no builtins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from types import CodeType, FunctionType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from finantrade.strategies.rule_columns import Column, Columns
from finantrade.strategies.rule_language import CROSSINGS, OPPOSITE, Node, Op, feature_names

Step = Callable[[Sequence[float], list[float], int], tuple[float, ...]]


class Program:
    """Several expressions over one row, computed together. Feed it every row, in order."""

    __slots__ = ("_ahead", "_expressions", "_memory", "_step", "names", "rows")

    def __init__(self, expressions: Sequence[Node]) -> None:
        self.names = feature_names(expressions)
        """Features in the order in which ``step`` takes their values."""
        writer = _Writer(self.names)
        self._expressions = tuple(expressions)
        self._step = _function(writer.lines, [writer.write(node) for node in expressions])
        self._memory = writer.memory
        self._ahead: Foreseen | None = None
        self.rows = 0

    @property
    def memory(self) -> list[float]:
        """What is remembered after the last row."""
        self.look_no_further()
        return self._memory

    def step(self, values: Sequence[float]) -> tuple[float, ...]:
        """Return the value of each expression on this row; conditions are bools."""
        if self._ahead is not None:
            return self._foreseen(self._ahead)
        results = self._step(values, self._memory, self.rows)
        self.rows += 1
        return results

    def foresee(self, rows: NDArray[np.float64]) -> list[Column]:
        """Return the value of each expression on each of the rows that come next, until ``look_no_further``."""
        self.look_no_further()
        closing = list(self._memory)
        columns = self._over(rows, closing)
        self._ahead = Foreseen(rows, columns, closing, self.rows)
        return columns

    def look_no_further(self) -> None:
        """Remember the foreseen rows that have come, and forget the others."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            came = self.rows - ahead.start
            if came == len(ahead.rows):
                self._memory[:] = ahead.closing
            elif came:
                self.rows = ahead.start
                self._over(ahead.rows[:came], self._memory)
                self.rows = ahead.start + came

    def pass_over(self, rows: int) -> None:
        """Take the next foreseen rows as fed."""
        self.rows += rows

    def restore(self, memory: Sequence[float], rows: int) -> None:
        """Go back to a saved ``memory`` and ``rows``. Raises ValueError if it is not of this program."""
        if len(memory) != len(self._memory):
            raise ValueError(f"expected {len(self._memory)} remembered values, found {len(memory)}")
        self._ahead = None
        self._memory[:] = memory
        self.rows = rows

    def _over(self, rows: NDArray[np.float64], memory: list[float]) -> list[Column]:
        columns = Columns(self.names, rows, memory, self.rows)
        with np.errstate(all="ignore"):
            return [columns.of(expression) for expression in self._expressions]

    def _foreseen(self, ahead: Foreseen) -> tuple[float, ...]:
        at = self.rows - ahead.start
        self.rows += 1
        return tuple(column[at].item() for column in ahead.columns)


class Foreseen:
    """Rows that were looked at before they came: the value of each expression, and what is remembered after all."""

    __slots__ = ("closing", "columns", "rows", "start")

    def __init__(self, rows: NDArray[np.float64], columns: list[Column], closing: list[float], start: int) -> None:
        self.rows = rows
        self.columns = columns
        self.closing = closing
        self.start = start


_PHRASES = {
    Op.NEGATE: "-{0}",
    Op.ADD: "{0} + {1}",
    Op.SUBTRACT: "{0} - {1}",
    Op.MULTIPLY: "{0} * {1}",
    Op.DIVIDE: "{0} / {1} if {1} else nan",
    Op.ABS: "{0} if {0} >= 0.0 else -{0}",
}
_BETTER = {Op.MIN: "<=", Op.MAX: ">="}


class _Writer:
    def __init__(self, names: Sequence[str]) -> None:
        self._at = {name: index for index, name in enumerate(names)}
        self._count = 0
        self.lines: list[str] = []
        self.memory: list[float] = []

    def write(self, node: Node) -> str:  # noqa: PLR0911  one a kind of node
        if node.op is Op.CONSTANT:
            return repr(node.value)
        if node.op is Op.FEATURE:
            return f"v[{self._at[node.name]}]"
        args = [self.write(argument) for argument in node.args]
        match node.op:
            case Op.COMPARE:
                return self._assign(_chain(args, node.signs, negated=node.negated))
            case Op.KNOWN:
                return self._assign(f"{args[0]} {'!=' if node.negated else '=='} {args[0]}")
            case Op.AND | Op.OR:
                return self._assign(f" {node.op.value} ".join(args))
            case Op.MIN | Op.MAX:
                return self._extreme(_BETTER[node.op], args)
            case Op.LAG:
                return self._lag(args[0], node.rows)
            case Op.CROSSES_ABOVE | Op.CROSSES_BELOW:
                return self._cross(CROSSINGS[node.op], *args, negated=node.negated)
            case Op.ANY_OF:
                return self._count_rows(inf, "0.0 if {c} else {m} + 1.0", args[0], f"< {node.rows}")
            case Op.ALL_OF:
                return self._count_rows(0.0, "{m} + 1.0 if {c} else 0.0", args[0], f">= {node.rows}")
            case op:
                return self._assign(_PHRASES[op].format(*args))

    def _assign(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"t{self._count} = {text}")
        return f"t{self._count}"

    def _remember(self, *initial: float) -> int:
        self.memory += initial
        return len(self.memory) - len(initial)

    def _extreme(self, better: str, args: Sequence[str]) -> str:
        best = args[0]
        for other in args[1:]:
            # Written so that NaN on either side fails both comparisons.
            best = self._assign(f"{best} if {best} {better} {other} else {other} if {other} {better} {best} else nan")
        return best

    def _lag(self, value: str, rows: int) -> str:
        at = self._remember(*[nan] * rows)
        slot = f"m[{at} + k % {rows}]"
        name = self._assign(slot)
        self.lines.append(f"{slot} = {value}")
        return name

    def _cross(self, signs: Sequence[str], left: str, right: str, *, negated: bool) -> str:
        at = self._remember(nan, nan)
        now, before = (OPPOSITE[sign] for sign in signs) if negated else signs
        word = "or" if negated else "and"
        name = self._assign(f"{left} {now} {right} {word} m[{at}] {before} m[{at + 1}]")
        self.lines.append(f"m[{at}] = {left}")
        self.lines.append(f"m[{at + 1}] = {right}")
        return name

    def _count_rows(self, initial: float, phrase: str, condition: str, test: str) -> str:
        slot = f"m[{self._remember(initial)}]"
        self.lines.append(f"{slot} = {phrase.format(c=condition, m=slot)}")
        return self._assign(f"{slot} {test}")


def _chain(args: Sequence[str], signs: Sequence[str], *, negated: bool) -> str:
    pairs = zip(args, signs, args[1:], strict=False)
    if negated:
        return " or ".join(_comparison(a, OPPOSITE[sign], b) for a, sign, b in pairs)
    return " and ".join(_comparison(a, sign, b) for a, sign, b in pairs)


def _comparison(left: str, sign: str, right: str) -> str:
    # NaN differs from everything in Python; here an unknown value compares true with nothing.
    return f"({left} < {right} or {left} > {right})" if sign == "!=" else f"{left} {sign} {right}"


def _function(lines: Sequence[str], results: Sequence[str]) -> Step:
    body = [*lines, f"return ({' '.join(f'{result},' for result in results)})"]
    text = "def rule(v, m, k):\n" + "\n".join(f"    {line}" for line in body)
    module = compile(text, "<rule>", "exec", dont_inherit=True)
    code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
    return cast("Step", FunctionType(code, {"__builtins__": {}, "nan": nan}))
