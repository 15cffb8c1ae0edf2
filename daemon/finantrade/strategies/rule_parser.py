"""Text of a rule to a checked tree. Nothing is evaluated here, and nothing is admitted that is not listed.

1. The text is cut into tokens; what the language has no word for is refused, with its column. What is left can hold
   no string, attribute, index, assignment or keyword, and no letter that Python would fold into another one.
2. Python's own parser makes a tree of it; each node is admitted by an explicit list, or refused.
3. Each place expects a number or a condition, and each name must be a known feature.
4. Depth and nodes are counted on the way, look-back and memory on the result.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from keyword import iskeyword
from math import isfinite

from finantrade.conversion import suggestion
from finantrade.strategies.rule_language import (
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_LOOK_BACK,
    MAX_MEMORY,
    MAX_NODES,
    Kind,
    Node,
    Op,
    RuleError,
    look_back,
    memory,
    negation,
)


def parse(text: str, kind: Kind, resolve: Callable[[str], object]) -> Node:
    """Return the checked tree of an expression that gives ``kind``.

    ``resolve`` raises ValueError for a name that is no feature. Raises RuleError, and nothing else, for bad text.
    """
    _check_tokens(text)
    tree, shift = _python_tree(text)
    node = _Reader(text, shift, resolve).read(tree, kind, 1)
    if look_back(node) > MAX_LOOK_BACK:
        raise RuleError(1, f"looks back {look_back(node)} rows: at most {MAX_LOOK_BACK}, nested ones added up")
    if memory(node) > MAX_MEMORY:
        raise RuleError(1, f"remembers {memory(node)} values: at most {MAX_MEMORY}")
    return node


_ARITHMETIC: dict[type[ast.operator], Op] = {
    ast.Add: Op.ADD,
    ast.Sub: Op.SUBTRACT,
    ast.Mult: Op.MULTIPLY,
    ast.Div: Op.DIVIDE,
}
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_TOKEN = re.compile(
    r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])"  # number
    r"|[A-Za-z_][A-Za-z0-9_]*"  # word
    r"|<=|>=|==|!=|\*(?!\*)|/(?!/)|[-+<>(),]"  # sign
    r"|[ \t\r\n]+"
)
_MEANT = {
    "any": "any_of",
    "all": "all_of",
    "shift": "lag",
    "ref": "lag",
    "prev": "lag",
    "previous": "lag",
    "crossover": "crosses_above",
    "crossed_above": "crosses_above",
    "crossunder": "crosses_below",
    "crossed_below": "crosses_below",
    "isna": "known",
    "notna": "known",
    "isnan": "known",
}
"""What other languages of rules call a function, by its name there."""
_HINTS = {
    "**": "; write the product out",
    "=": "; == compares",
    "&": "; write 'and'",
    "|": "; write 'or'",
    "!": "; write 'not'",
    "[": "; lag(x, n) gives earlier values",
    "AND": "; write 'and'",
    "OR": "; write 'or'",
    "NOT": "; write 'not'",
}


def _check_tokens(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise RuleError(MAX_LENGTH + 1, f"expected at most {MAX_LENGTH:,} characters, found {len(text):,}")
    at, opened = 0, list[int]()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            found = _piece(text, at)
            raise RuleError(at + 1, f"unexpected {found!r}{_HINTS.get(found, '')}")
        if iskeyword(match[0]) and match[0] not in ("and", "or", "not"):
            raise RuleError(at + 1, f"{match[0]!r} is not a word of this language")
        _check_bracket(match[0], at, opened)
        at = match.end()
    if opened:
        raise RuleError(opened[-1] + 1, "'(' is never closed")


def _check_bracket(sign: str, at: int, opened: list[int]) -> None:
    if sign == "(":
        opened.append(at)
    elif sign == ")":
        if not opened:
            raise RuleError(at + 1, "')' closes nothing")
        opened.pop()


def _piece(text: str, at: int) -> str:
    match = re.compile(r"[A-Za-z0-9_.]+|\*\*|//").match(text, at)
    return match[0] if match else text[at]


def _python_tree(text: str) -> tuple[ast.expr, int]:
    # Line breaks of a folded YAML text are blanks here, one for one, so that columns stay true.
    flat = re.sub(r"[\t\r\n]", " ", text)
    source = flat.lstrip()
    shift = len(flat) - len(source)
    try:
        return ast.parse(source, mode="eval").body, shift
    except SyntaxError as error:
        end = len(text.rstrip())
        at = min(shift + error.offset - 1, end) if error.offset else end
        found = _piece(text, at) if at < end else ""
        told = f"unexpected {found!r}" if found else "unexpected end"
        raise RuleError(at + 1, f"{told}{_HINTS.get(found, ': cannot be read as an expression')}") from None
    except (RecursionError, MemoryError):
        raise RuleError(1, f"nested more than {MAX_DEPTH} levels deep") from None


class _Reader:
    def __init__(self, text: str, shift: int, resolve: Callable[[str], object]) -> None:
        self._text = text
        self._shift = shift
        self._resolve = resolve
        self._nodes = 0

    def read(self, tree: ast.expr, kind: Kind, depth: int) -> Node:
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise self._error(tree, f"nested more than {MAX_DEPTH} levels deep")
        if self._nodes > MAX_NODES:
            raise self._error(tree, f"more than {MAX_NODES} numbers, names and operations")
        node = self._admit(tree, depth + 1)
        if node.kind is not kind:
            raise self._error(tree, f"expected {kind}, found {node.kind}")
        return node

    def _admit(self, tree: ast.expr, depth: int) -> Node:  # noqa: PLR0911  one a kind of node
        match tree:
            case ast.Constant(value=int() | float() as value):
                return self._constant(tree, value)
            case ast.Name(id=name):
                return self._feature(tree, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Node(Op.NEGATE, (self.read(operand, Kind.NUMBER, depth),))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negation(self.read(operand, Kind.CONDITION, depth))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right):
                return Node(_ARITHMETIC[type(op)], self._numbers((left, right), depth))
            case ast.BoolOp(op=op, values=values):
                args = tuple(self.read(value, Kind.CONDITION, depth) for value in values)
                return Node(Op.AND if isinstance(op, ast.And) else Op.OR, args)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                signs = tuple(_SIGNS[type(op)] for op in ops)
                return Node(Op.COMPARE, self._numbers((left, *comparators), depth), signs=signs)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(tree, name, args, depth)
            case _:
                found = _piece(self._text, tree.col_offset + self._shift)
                raise self._error(tree, f"expected a number, a feature, a condition or a function, found {found!r}")

    def _numbers(self, trees: Sequence[ast.expr], depth: int) -> tuple[Node, ...]:
        return tuple(self.read(tree, Kind.NUMBER, depth) for tree in trees)

    def _constant(self, tree: ast.expr, value: float) -> Node:
        try:
            number = float(value)
        except OverflowError:
            raise self._error(tree, "number out of range") from None
        if not isfinite(number):
            raise self._error(tree, "number out of range")
        return Node(Op.CONSTANT, value=number)

    def _feature(self, tree: ast.expr, name: str) -> Node:
        if name in FUNCTIONS:
            raise self._error(tree, f"expected {FUNCTIONS[name].form}, found the name alone")
        try:
            self._resolve(name)
        except ValueError as error:
            raise self._error(tree, str(error)) from None
        return Node(Op.FEATURE, name=name)

    def _call(self, tree: ast.expr, name: str, trees: list[ast.expr], depth: int) -> Node:
        if name not in FUNCTIONS:
            meant = f"; did you mean {_MEANT[name]!r}?" if name in _MEANT else suggestion(name, FUNCTIONS)
            raise self._error(tree, f"unknown function {name!r}{meant}")
        function = FUNCTIONS[name]
        values = trees[:-1] if function.rows else trees
        if len(values) != function.arity if function.arity is not None else len(values) < 2:
            raise self._error(tree, f"expected {function.form}, found {len(trees)} argument{'s' * (len(trees) != 1)}")
        args = tuple(self.read(value, function.takes, depth) for value in values)
        return Node(function.op, args, rows=self._rows(trees[-1]) if function.rows else 0)

    def _rows(self, tree: ast.expr) -> int:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, int) and 1 <= tree.value <= MAX_LOOK_BACK:
            return tree.value
        raise self._error(tree, f"expected a whole number of rows from 1 to {MAX_LOOK_BACK}")

    def _error(self, tree: ast.expr, text: str) -> RuleError:
        return RuleError(tree.col_offset + self._shift + 1, text)
