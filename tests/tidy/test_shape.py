"""Small functions, small files, names that say something, nothing left open, and no question whether it is live."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator

import pytest
from tests.tidy.source import Module, Rule, check, everything, planted, product, words

FUNCTION_LINES = 40
FILE_LINES = 300
EMPTY_NAMES = words("util utils helper helpers manager managers misc common")
# Spelled in two parts, or this file would be its own first find.
OPEN_ENDS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def functions_are_short(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield module.at(node, f"{node.name}() may have {FUNCTION_LINES} lines, found {lines}")


def files_are_short(module: Module) -> Iterator[str]:
    lines = module.text.count("\n")
    if lines > FILE_LINES:
        yield module.at(1, f"a file may have {FILE_LINES} lines, found {lines}")


def files_say_what_they_are(module: Module) -> Iterator[str]:
    if ast.get_docstring(module.tree) is None:
        yield module.at(1, "a file begins with a docstring that tells its idea, found none")


def names_say_something(module: Module) -> Iterator[str]:
    for part in module.name.split("."):
        if EMPTY_NAMES & set(part.lower().split("_")):
            yield module.at(1, f"{part!r} says nothing about what is in it")
    for node in module.nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            spelled = {word.lower() for word in WORD.findall(node.name)}
            if EMPTY_NAMES & spelled:
                yield module.at(node, f"{node.name!r} says nothing about what it does")


def nothing_is_left_open(module: Module) -> Iterator[str]:
    for number, line in enumerate(module.text.splitlines(), 1):
        if found := OPEN_ENDS.search(line):
            yield module.at(number, f"open end {found[0]!r}: do it, or write an issue")
    for node in module.nodes:
        match node:
            case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
                yield module.at(node, "a stub: a protocol has bodies of `...`, everything else is written")
            case _:
                pass


def nothing_asks_whether_it_is_live(module: Module) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.NAME and re.search(r"(^|_)(is|in|not)_(live|backtest|replay|simulat)", token.string):
            yield module.at(token.start[0], f"one core for live and replayed: nothing asks {token.string!r}")


RULES = (
    functions_are_short,
    files_are_short,
    files_say_what_they_are,
    names_say_something,
    nothing_asks_whether_it_is_live,
)


@pytest.mark.parametrize("rule", RULES)
def test_the_product_is_in_shape(rule: Rule) -> None:
    check(rule, product())


def test_nothing_is_left_open_anywhere() -> None:
    check(nothing_is_left_open, everything())


def test_no_test_file_tests_nothing() -> None:
    files = (module for module in everything() if module.path.name.startswith("test_"))
    check(has_tests, files)


def has_tests(module: Module) -> Iterable[str]:
    names = (
        node.name for node in module.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    if not any(name.startswith(("test_", "Test")) for name in names):
        yield module.at(1, "no test in it")


def lines(count: int) -> str:
    return '"""Idea."""\n' + "x = 1\n" * count


@pytest.mark.parametrize(
    ("rule", "text", "breach"),
    [
        (
            functions_are_short,
            "def f() -> None:\n" + "    x = 1\n" * 40,
            "planted.py:1: f() may have 40 lines, found 41",
        ),
        (files_are_short, lines(300), "may have 300 lines, found 301"),
        (files_say_what_they_are, "x = 1", "begins with a docstring"),
        (names_say_something, "class OrderManager: ...", "'OrderManager'"),
        (names_say_something, "def price_helper() -> None: ...", "'price_helper'"),
        (nothing_is_left_open, "x = 1  # TO" + "DO later", "open end"),
        (nothing_is_left_open, "def f() -> None:\n    raise NotImplementedError('f')", "planted.py:2: a stub"),
        (nothing_asks_whether_it_is_live, "if self.is_live: ...", "nothing asks 'is_live'"),
    ],
)
def test_a_planted_breach_is_found(rule: Rule, text: str, breach: str) -> None:
    found = list(rule(planted(text)))
    assert len(found) == 1
    assert breach in found[0]


def test_an_empty_name_of_a_file_is_found() -> None:
    path = "daemon/finantrade/api/json_utils.py"
    found = list(names_say_something(planted("", "finantrade.api.json_utils")))
    assert found == [f"{path}:1: 'json_utils' says nothing about what is in it"]


def test_what_is_in_shape_is_let_through() -> None:
    module = planted('"""Idea."""\nfrom contextlib import contextmanager\ndef go_live() -> None: ...\n')
    assert [breach for rule in (*RULES, nothing_is_left_open) for breach in rule(module)] == []
