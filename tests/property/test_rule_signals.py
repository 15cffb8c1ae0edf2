"""A rule's columns are what the rule says row by row, in whatever blocks the rows come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.property.test_rule_language import NAMES, Row, Tree, conditions, numbers, tables, text

from finantrade.features.catalogue import resolve
from finantrade.strategies.rule_language import RuleError
from finantrade.strategies.rule_set import CONDITIONS, Condition, RuleSet
from finantrade.strategies.rule_signals import signals

tagged = st.one_of(
    st.none(),
    conditions.map(text),
    st.dictionaries(st.sampled_from(["dip", "break", "turn"]), conditions.map(text), min_size=1),
)
rules = st.fixed_dictionaries({
    "enter_long": tagged, "exit_long": tagged, "enter_short": tagged, "exit_short": tagged,
    "stop": st.none() | numbers.map(text), "take_profit_short": st.none() | numbers.map(text),
})  # fmt: skip


@given(rules, tables, st.integers(0, 14), st.data())
def test_columns_are_what_is_said_row_by_row(
    texts: dict[str, Tree], rows: list[Row], unready: int, data: st.DataObject
) -> None:
    expected, found = _rules(texts), _rules(texts)
    said = [_step(expected, row) if at >= unready else None for at, row in enumerate(rows)]
    edges = data.draw(st.lists(st.integers(0, len(rows)), max_size=3).map(sorted))
    values = np.array(rows)[:, [NAMES.index(name) for name in found.program.names]]
    blocks = [
        signals(found, values[start:stop], max(unready - start, 0)) for start, stop in pairwise([0, *edges, len(rows)])
    ]
    for at, one in enumerate(said):
        tag, truths, levels = one or ("", (False,) * 4, None)
        assert _joined(block.tag for block in blocks)[at] == tag
        assert tuple(_joined(block.conditions[name] for block in blocks)[at] for name in CONDITIONS) == truths
        for name in found.levels:
            level = float(_joined(block.levels[name] for block in blocks)[at])
            assert isnan(level) if levels is None else _alike(level, levels[name])
    assert found.program.rows == expected.program.rows
    np.testing.assert_array_equal(found.program.memory, expected.program.memory)


def _rules(texts: Mapping[str, Condition | None]) -> RuleSet:
    try:
        rules = RuleSet({name: text for name, text in texts.items() if text is not None}, resolve)
    except RuleError as error:
        assume("characters" not in str(error))
        raise
    assume(rules.program.names)
    return rules


def _step(rules: RuleSet, row: Row) -> tuple[str, tuple[bool, ...], dict[str, float]]:
    results = rules.program.step([row[NAMES.index(name)] for name in rules.program.names])
    enter_long, exit_long, enter_short, exit_short = said = rules.said(results)
    long, short = bool(enter_long and not exit_long), bool(enter_short and not exit_short)
    entry = "" if long == short else enter_long if long else enter_short
    levels = {name: results[at] for name, at in rules.levels.items()}
    return entry or exit_long or exit_short, tuple(map(bool, said)), levels


def _joined(parts: Iterable[NDArray[Any]]) -> list[Any]:
    return np.concatenate(list(parts)).tolist()


def _alike(one: float, other: float) -> bool:
    return one == other or (isnan(one) and isnan(other))
