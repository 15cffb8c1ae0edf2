"""The texts of a rule as one compiled program, and what they say on a row: which conditions are true, under which tags.

A condition is one text, whose tag is its own name, or several texts by tag, of which one has to be true. The tag of the
first that is becomes the reason of what is done, and stands in the log of trades.

What is said of a row follows from it alone, and from the rows before; not from what is held. An exit wins over an entry
of its own side, and two entries that contradict each other cancel:

    long  = enter_long  and not exit_long         wanted = long without short, short without long, or neither
    short = enter_short and not exit_short
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finantrade.strategies.rule_columns import Column
from finantrade.strategies.rule_language import Kind, Node, RuleError
from finantrade.strategies.rule_parser import parse
from finantrade.strategies.rule_program import Program

CONDITIONS = ("enter_long", "exit_long", "enter_short", "exit_short")
LEVELS = ("stop", "take_profit", "stop_short", "take_profit_short")
MAX_TAGS = 20
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")

Condition = str | dict[str, str]
Resolve = Callable[[str], object]
"""Raises ValueError for a name that is no feature."""


Texts = Mapping[str, Condition]
"""The expressions of a rule by what they decide: `CONDITIONS`, and `LEVELS`, which are one text each."""


class Expression(NamedTuple):
    """One text: what it decides, its tag, and where it stands in the parameters, such as ``enter_long.pullback``."""

    decides: str
    tag: str
    place: str
    text: str

    @property
    def kind(self) -> Kind:
        """What it has to give."""
        return Kind.CONDITION if self.decides in CONDITIONS else Kind.NUMBER


class RuleSet:
    """All expressions of a rule over one row, computed together. Raises RuleError where a text is none.

    ``program`` is fed every row; what it returns is read with ``said`` and ``levels``.
    """

    __slots__ = ("_conditions", "_levels", "program")

    def __init__(self, texts: Texts, resolve: Resolve) -> None:
        found = tuple(expressions(texts))
        self.program = Program([_parsed(one, resolve) for one in found])
        self._conditions = tuple(
            tuple((at, one.tag) for at, one in enumerate(found) if one.decides == name) for name in CONDITIONS
        )
        self._levels = {one.decides: at for at, one in enumerate(found) if one.decides in LEVELS}

    @property
    def levels(self) -> Mapping[str, int]:
        """Where the program returns those of `LEVELS` that are given, in their order."""
        return self._levels

    def said(self, results: Sequence[float]) -> tuple[str, str, str, str]:
        """Return the tag under which each of `CONDITIONS` is true on a row, empty where it is not."""
        enter_long, exit_long, enter_short, exit_short = self._conditions
        return (
            _first(results, enter_long), _first(results, exit_long),
            _first(results, enter_short), _first(results, exit_short),
        )  # fmt: skip

    def truths(self, columns: Sequence[Column], rows: int) -> tuple[NDArray[np.bool_], ...]:
        """Return for each of `CONDITIONS` on which rows it is true."""
        never = np.zeros(rows, dtype=np.bool_)
        return tuple(reduce(np.logical_or, [columns[at] for at, _ in own], never) for own in self._conditions)

    def tagged(self, columns: Sequence[Column], rows: int) -> tuple[NDArray[np.str_], ...]:
        """Return for each of `CONDITIONS` the tags under which it is true, empty where it is not."""
        return tuple(
            np.select([columns[at] for at, _ in own], [tag for _, tag in own], "") if own else np.full(rows, "")
            for own in self._conditions
        )


def expressions(texts: Texts) -> Iterator[Expression]:
    """Yield all texts, conditions first, each in the order in which it is looked at."""
    for name in CONDITIONS:
        given = texts.get(name)
        if isinstance(given, str):
            yield Expression(name, name, name, given)
        elif given is not None:
            yield from (Expression(name, tag, f"{name}.{tag}", text) for tag, text in given.items())
    for name in LEVELS:
        level = texts.get(name)
        if isinstance(level, str):
            yield Expression(name, name, name, level)


def faults(texts: Texts, resolve: Resolve) -> Iterator[str]:
    """Yield what is wrong with the texts, each with its place in the parameters and its column."""
    for name in CONDITIONS:
        given = texts.get(name)
        if isinstance(given, dict):
            yield from (f"{name}{wrong}" for wrong in _bad_tags(given))
    for one in expressions(texts):
        try:
            _parsed(one, resolve)
        except RuleError as error:
            yield f"{one.place}: {error}"


def _bad_tags(given: Mapping[str, str]) -> Iterator[str]:
    if not 1 <= len(given) <= MAX_TAGS:
        yield f": expected from 1 to {MAX_TAGS} conditions by tag, found {len(given)}"
    for tag in given:
        if not _TAG.fullmatch(tag):
            yield f".{tag}: expected a tag of at most 40 letters, digits, - and _, beginning with a letter"


def _parsed(one: Expression, resolve: Resolve) -> Node:
    return parse(one.text, one.kind, resolve)


def _first(results: Sequence[float], slots: Sequence[tuple[int, str]]) -> str:
    for at, tag in slots:
        if results[at]:
            return tag
    return ""
