"""What a rule says of many rows as columns, the same to the bit as row by row: for research, not for trading.

1. ``enter_long``, ``exit_long``, ``enter_short``, ``exit_short``: whether the condition is true.
2. ``tag``: of the entry that is wanted, else of the exit that is said, that of longs first; empty where neither is.
3. ``stop``, ``take_profit`` and those of shorts, where they are given: the price, whether or not anybody enters.

Rows before all features of the rule are ready are not seen, and say nothing: so it is in the daemon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import Millis
from finantrade.features.computing import Block
from finantrade.features.feature_set import FeatureSet
from finantrade.features.graph import in_order, warmups
from finantrade.strategies.rule_set import CONDITIONS, RuleSet

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Columns of equal length, one value a row: ``conditions`` and ``levels`` by name, in the order of the rule."""

    conditions: Mapping[str, NDArray[np.bool_]]
    tag: NDArray[np.str_]
    levels: Mapping[str, Floats]


class SignalLine:
    """What a rule says of one symbol, block by block of the rows of ``features``, among which are those of the rule.

    After a hole of more than ``reset_after_bars`` bars the rule sees nothing until its features are warm again, as in
    the daemon; what it remembers it keeps.
    """

    def __init__(self, rules: RuleSet, features: FeatureSet, reset_after_bars: int) -> None:
        self._rules = rules
        self._at = [features.names.index(name) for name in rules.program.names]
        bars = warmups(in_order(features.features[at] for at in self._at), features.timeframe)
        self._warmup = max(bars[name] for name in rules.program.names)
        self._hole = (reset_after_bars + 1) * features.timeframe
        self._seen = 0
        self._last: Millis | None = None

    def extend(self, block: Block) -> Signals:
        """Take the rows that come next and return what is said of them."""
        first, last = int(block.close_time[0]), int(block.close_time[-1])
        if self._last is not None and first - self._last > self._hole:
            self._seen = 0
        unready = max(self._warmup - 1 - self._seen, 0)
        self._seen, self._last = self._seen + len(block.close_time), last
        return signals(self._rules, block.values[:, self._at], unready)


def signals(rules: RuleSet, rows: Floats, unready: int) -> Signals:
    """Feed the rows that come next, shape (n, features of the rule), of which the first ``unready`` are not ready.

    Row by row or block by block, in any mixture, the same comes out: the rule remembers what it looks back on.
    """
    seen = rows[unready:]
    if not len(seen):
        return _silence(rules, len(rows))
    columns = rules.program.foresee(seen)
    rules.program.pass_over(len(seen))
    rules.program.look_no_further()
    truths = rules.truths(columns, len(seen))
    before = _silence(rules, len(rows) - len(seen))
    tag = _tag(truths, rules.tagged(columns, len(seen)))
    return Signals(
        {name: np.concatenate((before.conditions[name], one)) for name, one in zip(CONDITIONS, truths, strict=True)},
        np.concatenate((before.tag, tag)),
        {name: np.concatenate((before.levels[name], columns[at])) for name, at in rules.levels.items()},
    )


def _silence(rules: RuleSet, rows: int) -> Signals:
    missing = {name: np.full(rows, np.nan) for name in rules.levels}
    return Signals({name: np.zeros(rows, np.bool_) for name in CONDITIONS}, np.full(rows, ""), missing)


def _tag(truths: tuple[NDArray[np.bool_], ...], tags: tuple[NDArray[np.str_], ...]) -> NDArray[np.str_]:
    enter_long, exit_long, enter_short, exit_short = truths
    long, short = enter_long & ~exit_long, enter_short & ~exit_short
    order = [long & ~short, short & ~long, exit_long, exit_short]
    return np.select(order, [tags[0], tags[2], tags[1], tags[3]], "")
