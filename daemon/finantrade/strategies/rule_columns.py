"""The same expressions over many rows at once: what a program's step gives row by row, and what it remembers after.

Every operation is one of numpy's on whole columns that rounds as Python's own does; a look-back reads what is
remembered where it reaches before the first row. Slots of the memory are taken in the order in which `rule_program`
takes them: arguments first, left to right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finantrade.strategies.rule_language import CROSSINGS, OPPOSITE, Node, Op

Column = NDArray[Any]
"""Floats of a number, bools of a condition, shape (rows,)."""


class Columns:
    """Evaluates expressions over ``rows`` (rows, features), from ``memory`` as it was after ``seen`` rows.

    ``memory`` is brought forward expression by expression; it must be given to all of them, in their order.
    """

    def __init__(self, names: Sequence[str], rows: NDArray[np.float64], memory: list[float], seen: int) -> None:
        self._at = {name: index for index, name in enumerate(names)}
        self._rows = rows
        self._count = len(rows)
        self._memory = memory
        self._seen = seen
        self._slot = 0

    def of(self, node: Node) -> Column:  # noqa: PLR0911  one a kind of node
        """Return the value of the expression on every row."""
        if node.op is Op.CONSTANT:
            return np.full(self._count, node.value)
        if node.op is Op.FEATURE:
            return self._rows[:, self._at[node.name]]
        args = [self.of(argument) for argument in node.args]
        match node.op:
            case Op.COMPARE:
                return _chain(args, node.signs, negated=node.negated)
            case Op.KNOWN:
                return np.isnan(args[0]) if node.negated else ~np.isnan(args[0])
            case Op.LAG:
                return self._lag(args[0], node.rows)
            case Op.CROSSES_ABOVE | Op.CROSSES_BELOW:
                return self._cross(CROSSINGS[node.op], *args, negated=node.negated)
            case Op.ANY_OF:
                return self._rows_since(args[0]) < node.rows
            case Op.ALL_OF:
                return self._rows_since(~args[0]) >= node.rows
            case op:
                return _PLAIN[op](*args)

    def _take(self, count: int) -> slice:
        self._slot += count
        return slice(self._slot - count, self._slot)

    def _lag(self, value: Column, rows: int) -> Column:
        place = self._take(rows)
        ring = np.array(self._memory[place])
        turns = (self._seen + np.arange(self._count)) % rows
        lagged = np.concatenate((ring[turns[:rows]], value))[: self._count]
        ring[turns[-rows:]] = value[-rows:]
        self._memory[place] = ring.tolist()
        return lagged

    def _cross(self, signs: Sequence[str], left: Column, right: Column, *, negated: bool) -> Column:
        place = self._take(2)
        lefts, rights = (
            np.concatenate(([was], now)) for was, now in zip(self._memory[place], (left, right), strict=True)
        )
        self._memory[place] = [float(lefts[-1]), float(rights[-1])]
        now, before = (_COMPARE[OPPOSITE[sign] if negated else sign] for sign in signs)
        both = np.logical_or if negated else np.logical_and
        return both(now(left, right), before(lefts[:-1], rights[:-1]))

    def _rows_since(self, condition: Column) -> Column:
        """Count the rows since the condition was true, 0 on a row on which it is."""
        place = self._take(1)
        row = np.arange(self._count)
        last = np.maximum.accumulate(np.where(condition, row, -1))
        since = np.where(last >= 0, row - last, self._memory[place][0] + (row + 1.0))
        self._memory[place] = [float(since[-1])]
        return since


def _divide(one: Column, other: Column) -> Column:
    return np.where(other != 0.0, one / other, nan)


def _absolute(value: Column) -> Column:
    return np.where(value >= 0.0, value, -value)


# Written so that NaN on either side fails both comparisons.
def _smaller(one: Column, other: Column) -> Column:
    return np.where(one <= other, one, np.where(other <= one, other, nan))


def _larger(one: Column, other: Column) -> Column:
    return np.where(one >= other, one, np.where(other >= one, other, nan))


_PLAIN: dict[Op, Callable[..., Column]] = {
    Op.NEGATE: np.negative,
    Op.ADD: np.add,
    Op.SUBTRACT: np.subtract,
    Op.MULTIPLY: np.multiply,
    Op.DIVIDE: _divide,
    Op.ABS: _absolute,
    Op.AND: lambda *args: reduce(np.logical_and, args),
    Op.OR: lambda *args: reduce(np.logical_or, args),
    Op.MIN: lambda *args: reduce(_smaller, args),
    Op.MAX: lambda *args: reduce(_larger, args),
}
_COMPARE: dict[str, Callable[[Column, Column], Column]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    # NaN differs from everything in numpy too; here an unknown value compares true with nothing.
    "!=": lambda one, other: (one < other) | (one > other),
}


def _chain(args: Sequence[Column], signs: Sequence[str], *, negated: bool) -> Column:
    pairs = zip(args, signs, args[1:], strict=False)
    if negated:
        return reduce(np.logical_or, [_COMPARE[OPPOSITE[sign]](one, other) for one, sign, other in pairs])
    return reduce(np.logical_and, [_COMPARE[sign](one, other) for one, sign, other in pairs])
