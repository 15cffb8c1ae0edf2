"""Compiled rules against a naive interpreter; hostile text; a strategy stopped and restored anywhere."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise
from math import isnan, nan
from typing import Any, cast

from hypothesis import assume, example, given
from hypothesis import strategies as st

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.features.catalogue import resolve
from finantrade.strategies.params import ParamsError, build_params
from finantrade.strategies.rule import Rule, RuleParams
from finantrade.strategies.rule_language import FUNCTIONS, MAX_LENGTH, Kind, RuleError
from finantrade.strategies.rule_parser import parse
from finantrade.strategies.rule_program import Program

# A tree here is (word, *parts): made at random, printed as text for the language, and judged by `value` below.
Tree = Any
Row = tuple[float, float, float]
NAMES = ("close", "open", "volume")
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}
SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}

constants = st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e6, allow_subnormal=False))
leaves = st.one_of(
    st.tuples(st.just("feature"), st.integers(0, len(NAMES) - 1)), st.tuples(st.just("constant"), constants)
)
few = st.integers(1, 4)


def _numbers(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.just("arithmetic"), st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.tuples(st.just("negate"), inner),
        st.tuples(st.just("abs"), inner),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("lag"), inner, few),
    )


numbers = st.recursive(leaves, _numbers, max_leaves=5)
comparisons = st.one_of(
    st.tuples(
        st.just("compare"),
        numbers,
        st.lists(st.tuples(st.sampled_from([*SIGNS, "!="]), numbers), min_size=1, max_size=2),
    ),
    st.tuples(st.sampled_from(["crosses_above", "crosses_below"]), numbers, numbers),
    st.tuples(st.just("known"), numbers),
)


def _conditions(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.sampled_from(["any_of", "all_of"]), inner, few),
    )


conditions = st.recursive(comparisons, _conditions, max_leaves=4)
cells = st.one_of(st.integers(-3, 3).map(float), st.just(nan), st.floats())
tables = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12)


def text(tree: Tree) -> str:  # noqa: PLR0911  one a kind of node
    match tree:
        case ("feature", index):
            return NAMES[index]
        case ("constant", value):
            return repr(value)
        case ("arithmetic", sign, left, right):
            return f"({text(left)} {sign} {text(right)})"
        case ("negate", inner):
            return f"(-{text(inner)})"
        case ("not", inner):
            return f"(not {text(inner)})"
        case ("and" | "or" as word, parts):
            return f"({f' {word} '.join(map(text, parts))})"
        case ("compare", first, rest):
            return f"({text(first)} {' '.join(f'{sign} {text(part)}' for sign, part in rest)})"
        case ("min" | "max" as word, parts):
            return f"{word}({', '.join(map(text, parts))})"
        case ("lag" | "any_of" | "all_of" as word, inner, rows):
            return f"{word}({text(inner)}, {rows})"
        case (word, *parts):
            return f"{word}({', '.join(map(text, parts))})"
        case _:
            raise AssertionError(tree)


def value(tree: Tree, rows: Sequence[Row], at: int) -> Any:  # noqa: PLR0911  one a kind of node
    """Judge a tree on row ``at`` by looking at the rows again each time: slow, without memory, hard to get wrong."""
    match tree:
        case ("feature", index):
            return rows[at][index]
        case ("constant", number):
            return number
        case ("arithmetic", sign, left, right):
            return _arithmetic(sign, value(left, rows, at), value(right, rows, at))
        case ("negate", inner):
            return -value(inner, rows, at)
        case ("abs", inner):
            return abs(value(inner, rows, at))
        case ("min" | "max" as word, parts):
            found = [value(part, rows, at) for part in parts]
            return nan if any(map(isnan, found)) else (min if word == "min" else max)(found)
        case ("lag", inner, count):
            return value(inner, rows, at - count) if at >= count else nan
        case _:
            return condition(tree, rows, at)


def condition(tree: Tree, rows: Sequence[Row], at: int) -> bool | None:  # noqa: PLR0911  one a kind of node
    """Judge a condition in three values, None for what is not known; so is all that was before the first row."""
    if at < 0:
        return None
    match tree:
        case ("compare", first, rest):
            pairs = pairwise([("", first), *rest])
            return _both(_compare(s, value(a, rows, at), value(b, rows, at)) for (_, a), (s, b) in pairs)
        case ("known", inner):
            return not isnan(value(inner, rows, at))
        case ("not", inner):
            return _opposite(condition(inner, rows, at))
        case ("and", parts):
            return _both(condition(part, rows, at) for part in parts)
        case ("or", parts):
            return _either(condition(part, rows, at) for part in parts)
        case ("crosses_above" | "crosses_below" as word, left, right):
            now, before = (">", "<=") if word == "crosses_above" else ("<", ">=")
            earlier = ("compare", left, [(before, right)])
            return _both((condition(("compare", left, [(now, right)]), rows, at), condition(earlier, rows, at - 1)))
        case ("any_of", inner, count):
            return _either(condition(inner, rows, at - ago) for ago in range(count))
        case ("all_of", inner, count):
            return _both(condition(inner, rows, at - ago) for ago in range(count))
        case _:
            raise AssertionError(tree)


def _opposite(one: bool | None) -> bool | None:
    return None if one is None else not one


def _both(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return False if False in found else None if None in found else True


def _either(parts: Iterable[bool | None]) -> bool | None:
    return _opposite(_both(map(_opposite, parts)))


def _arithmetic(sign: str, left: float, right: float) -> float:
    if sign == "/":
        return left / right if right else nan
    return ARITHMETIC[sign](left, right)


def _compare(sign: str, left: float, right: float) -> bool | None:
    if isnan(left) or isnan(right):
        return None
    return left != right if sign == "!=" else SIGNS[sign](left, right)


def _same(left: float, right: float) -> bool:
    return (isnan(left) and isnan(right)) or (left == right and type(left) is type(right))


def _run(trees: Sequence[tuple[Tree, Kind]], rows: Sequence[Row]) -> list[tuple[float, ...]]:
    # The first expression names all features, so that rows and values line up.
    all_three = parse("close + open + volume", Kind.NUMBER, resolve)
    program = Program([all_three, *(parse(text(tree), kind, resolve) for tree, kind in trees)])
    return [program.step(row)[1:] for row in rows]


@given(numbers, conditions, tables)
def test_compiled_equals_interpreted(number: Tree, truth: Tree, rows: list[Row]) -> None:
    assume(len(text(number)) <= MAX_LENGTH and len(text(truth)) <= MAX_LENGTH)
    found = _run([(number, Kind.NUMBER), (truth, Kind.CONDITION)], rows)
    for at, (is_number, is_truth) in enumerate(found):
        assert _same(is_number, value(number, rows, at)), (text(number), at)
        assert is_truth is (condition(truth, rows, at) is True), (text(truth), at)


words = st.one_of(
    st.sampled_from([*NAMES, *FUNCTIONS, "and", "or", "not", "if", "lambda", "in", "True", "ema_12", "ema_", "zzz"]),
    st.sampled_from([*"()+-*/<>=!,.[]{}:;'\"\\@%&|~^#\n\t ", "==", "**", "//", "<=", "!=", ":=", "->", "..."]),
    st.sampled_from(["1", "0", "1e5", "1e999", "0x1", "1_0", "1j", "500", "501", "9" * 50]),
    st.text(max_size=3),
)


@given(st.one_of(st.text(), st.lists(words, max_size=40).map(" ".join), st.lists(words, max_size=40).map("".join)))
@example("-" * 1000)
@example("(" * 1000)
@example("not " * 250)
@example("close[" * 100)
@example("1+" * 499 + "1")
@example("\ud800")
def test_any_text_is_a_rule_or_a_rule_error(source: str) -> None:
    for kind in Kind:
        try:
            program = Program([parse(source, kind, resolve)])
        except RuleError as error:
            column = error.column
        else:
            column = len(program.step((1.0,) * len(program.names)))
        assert 1 <= column <= MAX_LENGTH + 1


@given(conditions, conditions, conditions, numbers, tables, st.data())
def test_a_rule_restored_anywhere_goes_on_as_if_never_stopped(
    enter: Tree, leave: Tree, short: Tree, stop: Tree, rows: list[Row], data: st.DataObject
) -> None:
    raw = {"enter_long": text(enter), "exit_long": text(leave), "enter_short": text(short), "stop": text(stop)}
    try:
        params = cast("RuleParams", build_params(Rule, raw, "params"))
    except ParamsError as error:
        assume("feature" not in str(error) and "characters" not in str(error))
        raise
    held = data.draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=len(rows), max_size=len(rows)))
    at = data.draw(st.integers(0, len(rows)))
    whole, before, after = (Rule("BTC", params) for _ in range(3))
    expected = _walk(whole, rows, held)
    assert _walk(before, rows[:at], held[:at]) == expected[:at]
    after.restore(before.snapshot())
    assert _walk(after, rows[at:], held[at:]) == expected[at:]
    assert after.snapshot() == whole.snapshot()


def _walk(strategy: Rule, rows: Sequence[Row], held: Sequence[int]) -> list[Signal | None]:
    names = strategy.features()
    found: list[Signal | None] = []
    for row, qty in zip(rows, held, strict=True):
        values = tuple(row[NAMES.index(name)] for name in names)
        position = Position("rule", "BTC", Decimal(qty), Decimal(0), Decimal(0))
        found.append(strategy.on_row(FeatureRow("BTC", 0, "schema", values, ready=True), position))
    return found
