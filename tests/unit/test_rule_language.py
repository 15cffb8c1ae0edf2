"""The language of rules: what each phrase is worth, row by row, and what is refused, with the exact words."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan, nan

import pytest

from finantrade.features.catalogue import resolve
from finantrade.strategies.rule_language import Kind, RuleError, feature_names, look_back, memory
from finantrade.strategies.rule_parser import parse
from finantrade.strategies.rule_program import Program

N, C = Kind.NUMBER, Kind.CONDITION


def values(text: str, kind: Kind, *columns: Sequence[float]) -> list[float]:
    program = Program([parse(text, kind, resolve)])
    return [program.step(row)[0] for row in zip(*columns, strict=True)]


NUMBERS = [
    ("close", [3.0], [3.0]),
    ("2", [3.0], [2.0]),
    (".5", [3.0], [0.5]),
    ("1e-2", [3.0], [0.01]),
    ("-close", [3.0], [-3.0]),
    ("--close", [3.0], [3.0]),
    ("close + 2 * 3", [1.0], [7.0]),
    ("(close + 2) * 3", [1.0], [9.0]),
    ("close - 2 - 3", [1.0], [-4.0]),
    ("close / 4", [1.0], [0.25]),
    ("12 / close / 2", [3.0, 0.0, -0.0], [2.0, nan, nan]),
    ("1 / 0", [3.0], [nan]),
    ("close * 1e308 * 1e308", [1.0, 0.0], [inf, 0.0]),
    ("abs(close)", [-3.0, 3.0, nan], [3.0, 3.0, nan]),
    ("min(close, 2, 1.5)", [1.0, 2.0, nan], [1.0, 1.5, nan]),
    ("min(2, close, 1.5)", [nan], [nan]),
    ("max(close, 2, 1.5)", [1.0, 3.0, nan], [2.0, 3.0, nan]),
    ("lag(close, 1)", [1.0, 2.0, 3.0], [nan, 1.0, 2.0]),
    ("lag(close, 2)", [1.0, 2.0, 3.0, 4.0], [nan, nan, 1.0, 2.0]),
    ("lag(lag(close, 1), 1)", [1.0, 2.0, 3.0, 4.0], [nan, nan, 1.0, 2.0]),
    ("close - lag(close, 1)", [1.0, 3.0, 2.0], [nan, 2.0, -1.0]),
    ("lag(close, 1) + lag(close, 2)", [1.0, 2.0, 4.0, 8.0], [nan, nan, 3.0, 6.0]),
]


@pytest.mark.parametrize(("text", "close", "expected"), NUMBERS, ids=[text for text, *_ in NUMBERS])
def test_numbers(text: str, close: list[float], expected: list[float]) -> None:
    found = values(text, N, close)
    assert [None if isnan(value) else value for value in found] == [None if isnan(x) else x for x in expected]


T, F = True, False
CONDITIONS = [
    ("close > 2", [1.0, 2.0, 3.0, nan], [F, F, T, F]),
    ("close >= 2", [1.0, 2.0, 3.0, nan], [F, T, T, F]),
    ("close < 2", [1.0, 2.0, 3.0, nan], [T, F, F, F]),
    ("close <= 2", [1.0, 2.0, 3.0, nan], [T, T, F, F]),
    ("close == 2", [1.0, 2.0, nan], [F, T, F]),
    ("close != 2", [1.0, 2.0, 3.0, nan], [T, F, T, F]),
    ("1 < close < 3", [1.0, 2.0, 3.0, nan], [F, T, F, F]),
    ("1 < close != 2 < 3", [2.0, 3.0, 1.0], [F, T, F]),
    ("not close > 2", [1.0, 3.0, nan], [T, F, F]),
    ("not close <= 2", [1.0, 3.0, nan], [F, T, F]),
    ("not close == 2", [1.0, 2.0, nan], [T, F, F]),
    ("not close != 2", [1.0, 2.0, nan], [F, T, F]),
    ("not 1 < close < 3", [1.0, 2.0, 3.0, nan], [T, F, T, F]),
    ("not not close > 2", [1.0, 3.0, nan], [F, T, F]),
    ("not (close > 1 and close < 3)", [1.0, 2.0, 3.0, nan], [T, F, T, F]),
    ("not (close < 1 or close > 3)", [0.0, 2.0, 4.0, nan], [F, T, F, F]),
    ("not (close > 1 and volume > 1)", [0.0, 2.0, 2.0, nan, nan], [T, F, F, T, F], [nan, nan, 2.0, 0.0, 2.0]),
    ("close > 1 or volume > 1", [2.0, nan, nan, 0.0], [T, T, F, F], [nan, 2.0, 0.0, nan]),
    ("known(close)", [1.0, nan, inf], [T, F, T]),
    ("not known(close)", [1.0, nan, inf], [F, T, F]),
    ("not known(lag(close, 1)) or close > 2", [1.0, 3.0, 1.0], [T, T, F]),
    ("not known(close) or close < 2", [nan, 1.0, 3.0], [T, T, F]),
    ("not crosses_above(close, 2)", [1.0, 3.0, 4.0, nan, 3.0], [T, F, T, T, F]),
    ("not crosses_above(close, 2)", [3.0, 3.0, nan, 1.0], [F, T, T, T]),
    ("not crosses_below(close, 2)", [3.0, 1.0, 1.0], [T, F, T]),
    ("not any_of(close > 2, 2)", [1.0, 3.0, 1.0, 1.0, nan, 1.0, 1.0], [F, F, F, T, F, F, T]),
    ("not all_of(close > 2, 2)", [3.0, 3.0, 1.0, 3.0, nan, 3.0], [F, F, T, T, F, F]),
    ("close > 1 and close < 3 and close != 2", [1.5, 2.0, 3.0], [T, F, F]),
    ("close < 1 or close > 3", [0.0, 2.0, 4.0], [T, F, T]),
    ("close > 1 or close > 0 and close > 9", [0.5, 2.0], [F, T]),
    ("close / 0 > 1 or close / 0 <= 1", [1.0], [F]),
    ("crosses_above(close, 2)", [1.0, 2.0, 3.0, 4.0, 2.0, 2.5], [F, F, T, F, F, T]),
    ("crosses_above(close, 2)", [3.0, 3.0], [F, F]),
    ("crosses_above(close, 2)", [1.0, nan, 3.0], [F, F, F]),
    ("crosses_below(close, 2)", [3.0, 2.0, 1.0, 0.0, 2.0, 1.0], [F, F, T, F, F, T]),
    ("any_of(close > 2, 2)", [1.0, 3.0, 1.0, 1.0, 1.0], [F, T, T, F, F]),
    ("any_of(close > 2, 1)", [1.0, 3.0, 1.0], [F, T, F]),
    ("all_of(close > 2, 2)", [3.0, 3.0, 3.0, 1.0, 3.0, 3.0], [F, T, T, F, F, T]),
    ("all_of(close > 2, 1)", [1.0, 3.0], [F, T]),
    ("close > 2 and lag(close, 1) > 0", [1.0, 3.0, 3.0], [F, T, T]),
    ("close > 9 and crosses_above(close, 2)", [1.0, 10.0, 10.0], [F, T, F]),
    ("any_of(crosses_above(close, 2), 3)", [1.0, 3.0, 3.0, 3.0, 3.0], [F, T, T, T, F]),
    ("close\n  >\t2", [3.0], [T]),
]


@pytest.mark.parametrize("case", CONDITIONS, ids=[text for text, *_ in CONDITIONS])
def test_conditions(case: tuple[str, list[float], list[bool], *tuple[list[float], ...]]) -> None:
    text, close, expected, *others = case
    found = values(text, C, close, *others)
    assert found == expected
    assert all(type(value) is bool for value in found)


def test_a_look_back_is_fed_on_every_row_whatever_stands_before_it() -> None:
    found = values("close > 2 and lag(volume, 1) == 5", C, [0.0, 0.0, 3.0], [1.0, 5.0, 1.0])
    assert found == [False, False, True]


def test_features_are_listed_once_in_order_of_appearance() -> None:
    nodes = [parse("ema_12 > close and close > ema_26", C, resolve), parse("volume + close", N, resolve)]
    assert feature_names(nodes) == ("ema_12", "close", "ema_26", "volume")
    assert Program(nodes).step((2.0, 1.5, 1.0, 7.0)) == (True, 8.5)


def test_look_back_and_memory_add_up() -> None:
    node = parse("any_of(crosses_above(lag(close, 5), 3), 4) and all_of(close > lag(close, 2), 3)", C, resolve)
    assert (look_back(node), memory(node)) == (5 + 1 + 3, 5 + 2 + 1 + 2 + 1)


ERRORS = [
    ("", 1, "unexpected end: cannot be read as an expression"),
    ("   ", 1, "unexpected end: cannot be read as an expression"),
    ("close >", 8, "unexpected end: cannot be read as an expression"),
    ("close > 1 close", 11, "unexpected 'close': cannot be read as an expression"),
    ("close <> 1", 7, "unexpected '<': cannot be read as an expression"),
    ("(close > 1", 1, "'(' is never closed"),
    ("close > 1)", 10, "')' closes nothing"),
    ("close = 1", 7, "unexpected '='; == compares"),
    ("close ** 2 > 1", 7, "unexpected '**'; write the product out"),
    ("close // 2 > 1", 7, "unexpected '//'"),
    ("close % 2 > 1", 7, "unexpected '%'"),
    ("close > 1 & close < 2", 11, "unexpected '&'; write 'and'"),
    ("close > 1 | close < 2", 11, "unexpected '|'; write 'or'"),
    ("!(close > 1)", 1, "unexpected '!'; write 'not'"),
    ("close[1] > 0", 6, "unexpected '['; lag(x, n) gives earlier values"),
    ("close.real > 1", 6, "unexpected '.real'"),
    ("1..real > 1", 1, "unexpected '1..real'"),
    ("__import__('os')", 12, 'unexpected "\'"'),
    ("(x := 1) > 0", 4, "unexpected ':'"),
    ("{close}", 1, "unexpected '{'"),
    ("0x10 > close", 1, "unexpected '0x10'"),
    ("1_000 > close", 1, "unexpected '1_000'"),
    ("1j > close", 1, "unexpected '1j'"),
    ("close > 1and close < 2", 9, "unexpected '1and'"),
    ("ｃlose > 1", 1, "unexpected 'ｃ'"),
    ("close > 1\x00", 10, "unexpected '\\x00'"),
    ("lambda close", 1, "'lambda' is not a word of this language"),
    ("close > 1 if close > 2 else close > 3", 11, "'if' is not a word of this language"),
    ("close is 1", 7, "'is' is not a word of this language"),
    ("close in close", 7, "'in' is not a word of this language"),
    ("True", 1, "'True' is not a word of this language"),
    ("None", 1, "'None' is not a word of this language"),
    ("+close > 1", 1, "expected a number, a feature, a condition or a function, found '+'"),
    ("(close, 1) > 2", 1, "expected a number, a feature, a condition or a function, found '('"),
    ("5(3) > 1", 1, "expected a number, a feature, a condition or a function, found '5'"),
    ("max(*close, 2) > 1", 5, "expected a number, a feature, a condition or a function, found '*'"),
    ("close", 1, "expected a condition, found a number"),
    ("not close", 5, "expected a condition, found a number"),
    ("close and close > 1", 1, "expected a condition, found a number"),
    ("1 + (close > 2) > 1", 6, "expected a number, found a condition"),
    ("lag(close > 1, 2) > 1", 5, "expected a number, found a condition"),
    ("any_of(close, 2)", 8, "expected a condition, found a number"),
    ("crosses_abov(close, 1)", 1, "unknown function 'crosses_abov'; did you mean 'crosses_above'?"),
    ("eval(close)", 1, "unknown function 'eval'"),
    ("shift(close, 1) > 2", 1, "unknown function 'shift'; did you mean 'lag'?"),
    ("any(close > 1, 2)", 1, "unknown function 'any'; did you mean 'any_of'?"),
    ("crossed_above(close, 2)", 1, "unknown function 'crossed_above'; did you mean 'crosses_above'?"),
    ("close > 1 AND close < 2", 11, "unexpected 'AND'; write 'and'"),
    ("known(close > 1)", 7, "expected a number, found a condition"),
    ("abs > 1", 1, "expected abs(x), found the name alone"),
    ("lag(close) > 1", 1, "expected lag(x, n), found 1 argument"),
    ("max(close) > 1", 1, "expected max(x, y, ...), found 1 argument"),
    ("min() > 1", 1, "expected min(x, y, ...), found 0 arguments"),
    ("abs(close, 1) > 1", 1, "expected abs(x), found 2 arguments"),
    ("crosses_above(close, 1, 2)", 1, "expected crosses_above(x, y), found 3 arguments"),
    ("lag(close, 0) > 1", 12, "expected a whole number of rows from 1 to 500"),
    ("lag(close, 501) > 1", 12, "expected a whole number of rows from 1 to 500"),
    ("lag(close, 1.5) > 1", 12, "expected a whole number of rows from 1 to 500"),
    ("lag(close, -1) > 1", 12, "expected a whole number of rows from 1 to 500"),
    ("lag(close, close) > 1", 12, "expected a whole number of rows from 1 to 500"),
    ("lag(close, n=1) > 1", 13, "unexpected '='; == compares"),
    ("1e999 > close", 1, "number out of range"),
    ("9" * 400 + " > close", 1, "number out of range"),
    ("lag(lag(close, 300), 201) > 1", 1, "looks back 501 rows: at most 500, nested ones added up"),
    ("any_of(lag(close, 300) > 1, 202)", 1, "looks back 501 rows: at most 500, nested ones added up"),
    (" + ".join(["lag(close, 500)"] * 5) + " > 1", 1, "remembers 2500 values: at most 2000"),
    ("-" * 40 + "close > 1", 32, "nested more than 32 levels deep"),
    ("-" * 900 + "close > 1", 32, "nested more than 32 levels deep"),
    ("not " * 240 + "close > 1", 129, "nested more than 32 levels deep"),
    ("min(" + "1, " * 198 + "close) > 1", 599, "more than 200 numbers, names and operations"),
    ("close > 1 or " * 80 + "close > 1", 1001, "expected at most 1,000 characters, found 1,049"),
    ("close\n> 1 and\nmin(close) > 1", 15, "expected min(x, y, ...), found 1 argument"),
]


@pytest.mark.parametrize(("text", "column", "message"), ERRORS, ids=[text[:30] for text, *_ in ERRORS])
def test_errors(text: str, column: int, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text, C, resolve)
    assert str(caught.value) == f"column {column}: {message}"
    assert caught.value.column == column


def test_an_unknown_feature_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(RuleError, match=r"^column 16: .*'clsoe'.*\bclose\b"):
        parse("volume > 1 and clsoe > 2", C, resolve)


def test_deep_brackets_are_refused_not_fatal() -> None:
    with pytest.raises(RuleError):
        parse("(" * 400 + "close > 1" + ")" * 400, C, resolve)


def test_memory_of_another_program_is_refused() -> None:
    program = Program([parse("lag(close, 3)", N, resolve)])
    with pytest.raises(ValueError, match="expected 3 remembered values, found 2"):
        program.restore([1.0, 2.0], 7)
