"""A line that looks ahead is, to everybody else, where the last bar left it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.feature_rows import QUARTER, bars_of, bits, resolved, walk

from finantrade.features.feature_line import FeatureLine
from finantrade.features.feature_set import FeatureSet

CANDLES = walk(200)
BARS = bars_of(CANDLES)


@pytest.fixture(scope="module")
def features() -> FeatureSet:
    return FeatureSet(resolved(("ema_5", "bb_width_7_2", "rsi_4", "trend_3_1h")), QUARTER)


class Pair:
    """Two lines over the same bars: one plain, one that looks ahead whenever it is told to."""

    def __init__(self, features: FeatureSet) -> None:
        self.plain, self.ahead = features.start(), features.start()
        self.at = 0

    def look_ahead(self, bars: int) -> None:
        self.ahead.look_ahead(CANDLES.slice(self.at, min(self.at + bars, len(CANDLES))))

    def update(self, bars: int) -> None:
        for bar in BARS[self.at : self.at + bars]:
            assert bits([self.plain.update(bar)]) == bits([self.ahead.update(bar)])
            self.at += 1

    def pass_over(self, bars: int) -> None:
        if not self.ahead.foreknows(BARS[self.at].open_time):
            self.look_ahead(bars)
        rows = self.ahead.upcoming()[:bars]
        assert bits(rows) == bits([self.plain.update(bar) for bar in BARS[self.at : self.at + len(rows)]])
        self.ahead.pass_over(len(rows))
        self.at += len(rows)

    def skip(self, bars: int) -> None:
        """Let some bars never come: a hole."""
        self.at += bars

    def extend(self, bars: int) -> None:
        block = CANDLES.slice(self.at, min(self.at + bars, len(CANDLES)))
        assert bits(self.plain.extend(block)) == bits(self.ahead.extend(block))
        self.at += len(block)

    def snapshot(self, _: int) -> None:
        assert self.plain.snapshot() == self.ahead.snapshot()

    def restore(self, _: int) -> None:
        state = self.plain.snapshot()
        for line in (self.plain, self.ahead):
            line.restore(state)

    def reset(self, _: int) -> None:
        for line in (self.plain, self.ahead):
            line.reset()


DOINGS: tuple[Callable[[Pair, int], None], ...] = (
    *(Pair.look_ahead, Pair.update, Pair.pass_over, Pair.skip, Pair.extend, Pair.snapshot, Pair.restore, Pair.reset),
)


@given(st.lists(st.tuples(st.sampled_from(DOINGS), st.integers(1, 40)), min_size=1, max_size=30))
def test_whatever_is_done_in_between(
    features: FeatureSet, doings: list[tuple[Callable[[Pair, int], None], int]]
) -> None:
    pair = Pair(features)
    for do, bars in doings:
        if pair.at < len(CANDLES):
            do(pair, bars)
        assert (pair.ahead.ready, pair.ahead.unready) == (pair.plain.ready, pair.plain.unready)
    assert pair.plain.snapshot() == pair.ahead.snapshot()


def test_a_row_is_unready_as_often_as_said(features: FeatureSet) -> None:
    line: FeatureLine = features.start()
    expected = line.unready
    ready = [line.update(bar) and line.ready for bar in BARS]
    assert ready.index(True) == expected == features.warmup - 1
