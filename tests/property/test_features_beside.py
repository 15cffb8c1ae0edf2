"""L3 and L4 of features that rest on more than bars, beside random series that come late, twice, or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import contexts
from tests.beside import heard_rows
from tests.feature_rows import BESIDE_BARS, QUARTER, Rows, bars_of, bits, walk

from finantrade.domain.context import Sentiment
from finantrade.domain.market import Bar
from finantrade.domain.units import DAY, Millis
from finantrade.features.catalogue import CATALOGUE, resolve
from finantrade.features.feature_line import FeatureLine, SnapshotMismatch
from finantrade.features.feature_set import FeatureSet
from finantrade.features.history import History
from finantrade.market.candles import Candles
from finantrade.market.context_facts import symbol_of
from finantrade.market.fact_order import Fact
from finantrade.market.table import Table
from finantrade.market.timeline import Timeline

SYMBOL = "BTCUSDT"
KINDS = [CATALOGUE.kinds[name] for name in CATALOGUE.kinds if CATALOGUE.kinds[name].example in BESIDE_BARS]
FEATURES = (
    *(kind.feature((2, 3)[: len(kind.parameters)]) for kind in KINDS),
    *map(resolve, ("close", "funding_rate_1h", "oi_change_2_30m", "liquidated_longs_2_1h", "cluster_below_weight_1h")),
)
START = 19_000 * DAY
WALK = replace(walk(300), open_time=walk(300).open_time + START)


@pytest.fixture(scope="module")
def features() -> FeatureSet:
    features = FeatureSet(FEATURES, QUARTER)
    features.start()
    return features


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Candles, list[Table]]:
    """Bars with holes, and some of all series; that of the mood is told by the one who is listened to."""
    bars = draw(st.integers(1, 120))
    start = draw(st.integers(0, len(WALK) - bars))
    lost = draw(st.sets(st.integers(0, bars - 1), max_size=bars // 3))
    rows = [start + row for row in range(bars) if row not in lost or row == 0]
    candles = Candles.of(
        SYMBOL, QUARTER, WALK.open_time[rows], {name: column[rows] for name, column in WALK.columns().items()}
    )
    first, last = int(candles.open_time[0]), int(candles.open_time[-1])
    step = draw(st.sampled_from(contexts.STEPS))
    tables = contexts.tables_of([SYMBOL], first - 40 * QUARTER, last + 9 * QUARTER, draw(st.integers(0, 99)), step)
    return candles, draw(st.lists(st.sampled_from(tables), unique_by=id)) if draw(st.booleans()) else tables


def told(timeline: Timeline) -> list[Fact]:
    return list(timeline.facts(0))


def heard(line: FeatureLine, bars: Iterable[Bar], facts: Iterator[Fact], after: Millis = -1) -> Rows:
    """Return the rows of a line that hears what was known by each close, and after ``after``."""
    rows, waiting = [], [fact for fact in facts if fact[0] > after]
    for bar in bars:
        while waiting and waiting[0][0] <= bar.close_time:
            known, fact = waiting.pop(0)
            line.hear(fact, known)
        rows.append(line.update(bar))
    return rows


def history(timeline: Timeline, features: FeatureSet) -> History:
    return History.of(timeline, SYMBOL, features.composition.beside)


@pytest.mark.timeout(400)
@given(worlds())
def test_every_driver_gives_the_same_bits(features: FeatureSet, world: tuple[Candles, list[Table]]) -> None:
    candles, tables = world
    timeline, bars = Timeline.of(tables), bars_of(candles)
    expected = bits(heard_rows(FEATURES, bars, told(timeline)))
    line = features.start()
    assert bits(heard(line, bars, timeline.facts(0))) == expected
    block = features.start()
    assert bits(block.extend(candles, history(timeline, features))) == expected
    assert line.snapshot() == block.snapshot()


@given(worlds(), st.integers(0, 119), st.booleans())
def test_a_line_goes_on_from_a_snapshot_in_any_manner(
    features: FeatureSet, world: tuple[Candles, list[Table]], cut: int, early: bool
) -> None:
    candles, tables = world
    timeline, bars, cut = Timeline.of(tables), bars_of(candles), min(cut, len(candles))
    past = history(timeline, features)
    whole = features.batch(candles, past)
    line = features.start()
    rows = heard(line, bars[:cut], timeline.facts(0))
    until = bars[cut - 1].close_time if cut else -1
    if early and cut < len(bars):
        # What is known before the next bar was heard before the snapshot as well.
        for known, fact in told(timeline.between(until + 1, bars[cut].close_time + 1)):
            line.hear(fact, known)
        until = bars[cut].close_time
    restored, block = features.start(), features.start()
    restored.restore(line.snapshot())
    block.restore(line.snapshot())
    assert restored.snapshot() == line.snapshot()
    assert bits(rows + heard(restored, bars[cut:], timeline.facts(0), until)) == bits(whole)
    assert bits(block.extend(candles.slice(cut, len(candles)), past)) == bits(whole[cut:])
    if cut < len(bars):
        assert block.snapshot() == restored.snapshot()


@given(worlds(), st.lists(st.integers(0, 119), max_size=4), st.data())
def test_rows_may_be_looked_ahead_at_and_passed_over(
    features: FeatureSet, world: tuple[Candles, list[Table]], cuts: Sequence[int], data: st.DataObject
) -> None:
    candles, tables = world
    timeline, bars = Timeline.of(tables), bars_of(candles)
    past = history(timeline, features)
    plain, ahead = features.start(), features.start()
    edges = sorted({0, len(candles), *(min(cut, len(candles)) for cut in cuts)})
    until = -1
    for start, stop in pairwise(edges):
        facts = [fact for fact in told(timeline) if until < fact[0] <= bars[stop - 1].close_time]
        rows = heard(plain, bars[start:stop], iter(facts))
        doing = data.draw(st.sampled_from(["pass over", "hear ahead", "leave"]))
        if doing != "leave":
            ahead.look_ahead(candles.slice(start, min(stop + 3, len(candles))), past)
        if doing == "pass over":
            assert bits(ahead.upcoming()[: stop - start]) == bits(rows)
            ahead.pass_over(stop - start)
        else:
            assert bits(heard(ahead, bars[start:stop], iter(facts))) == bits(rows)
            assert ahead.missing == plain.missing
        until = bars[stop - 1].close_time
        if data.draw(st.booleans()):
            assert ahead.snapshot() == plain.snapshot()
    assert ahead.snapshot() == plain.snapshot()


@given(worlds(), st.integers(1, 119))
def test_nothing_is_seen_before_it_was_known(
    features: FeatureSet, world: tuple[Candles, list[Table]], cut: int
) -> None:
    candles, tables = world
    cut = min(cut, len(candles))
    timeline = Timeline.of(tables)
    known = timeline.between(0, int(candles.open_time[cut - 1]) + QUARTER)
    whole = features.batch(candles, history(timeline, features))
    ended = features.batch(candles.slice(0, cut), history(known, features))
    assert bits(ended) == bits(whole[:cut])


@given(worlds())
def test_it_is_said_which_groups_lack_a_series(features: FeatureSet, world: tuple[Candles, list[Table]]) -> None:
    candles, tables = world
    timeline, line = Timeline.of(tables), features.start()
    facts, upcoming = timeline.facts(0), None
    aligned = history(timeline, features).beside(candles.open_time, QUARTER)
    lost = np.isnan(np.array(aligned.values))
    upcoming = next(facts, None)
    for row, bar in enumerate(bars_of(candles)):
        while upcoming is not None and upcoming[0] <= bar.close_time:
            line.hear(upcoming[1], upcoming[0])
            upcoming = next(facts, None)
        line.update(bar)
        expected = {group for at, (_, groups) in enumerate(features.beside) if lost[at, row] for group in groups}
        assert set(line.missing) == expected
        assert len(set(line.missing)) == len(line.missing)


def test_a_line_that_has_heard_anything_wants_its_history(features: FeatureSet) -> None:
    (table,) = (
        one for one in contexts.tables_of([SYMBOL], START, START + 40 * QUARTER, 1) if one.kind == "open_interest"
    )
    line = features.start()
    line.extend(WALK.slice(0, 3))
    for known, fact in told(Timeline.of([table])):
        line.hear(fact, known)
    with pytest.raises(ValueError, match="expected the history of the facts that were heard, found none"):
        line.extend(WALK.slice(3, 6))


def test_a_snapshot_without_its_end_is_refused(features: FeatureSet) -> None:
    state = features.start().snapshot()
    for cut in (1, 30, len(state) - 8 * features.composition.size - 20):
        with pytest.raises(SnapshotMismatch, match="expected"):
            features.start().restore(state[:-cut])


def test_random_series_are_those_of_one_symbol_and_of_all() -> None:
    facts = told(Timeline.of(contexts.tables_of([SYMBOL], START, START + 40 * QUARTER, 1)))
    assert {symbol_of(fact) for _, fact in facts} == {SYMBOL, "fear_greed"}
    assert any(isinstance(fact, Sentiment) for _, fact in facts)
    assert not any(math.isnan(known) for known, _ in facts)
