"""L4 and L3 for whole sessions: no decision knows what comes later, and the lane's rows are those of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests import contexts
from tests.feature_rows import bits
from tests.markets import START, candles, config

from finantrade.backtesting import backtest
from finantrade.config import Config, ExecutionConfig, FeedConfig, StrategyConfig
from finantrade.domain.codec import encode
from finantrade.domain.context import TakerRatio
from finantrade.domain.market import FeatureRow
from finantrade.domain.units import MINUTE, Millis
from finantrade.market.candles import VALUES, Candles, gaps
from finantrade.market.facts import facts
from finantrade.market.table import Table
from finantrade.market.timeline import Timeline
from finantrade.runtime.seats import seat_strategies
from finantrade.wiring import build

BARS = 240
STEP = 30 * MINUTE
TRENDS = (
    StrategyConfig(
        name="ema_cross",
        symbols=("AAA",),
        params={"fast": 2, "slow": 5, "atr": 3, "stop_atr": 1.0, "take_profit_atr": 2.0, "allow_short": True},
    ),
    StrategyConfig(
        name="rule",
        symbols=("BBB",),
        params={
            "enter_long": "close > ema_3_2h and rsi_3 > 40",
            "enter_short": "close < ema_3_2h and lag(close, 2) > close",
            "exit_long": "crosses_below(ema_2, ema_5) or any_of(close < ema_3_1h, 2)",
            "stop": "min(close, lag(close, 2)) * 0.98",
            "take_profit": "close + 3 * atr_3",
        },
    ),
)
CONFIGS: Mapping[str, Config] = {
    "plain": config(strategies=TRENDS),
    "late data, late orders": config(
        strategies=TRENDS, feed=FeedConfig(dataset="test", latency_ms=700), execution=ExecutionConfig(latency_ms=400)
    ),
}
LARGE = settings(suppress_health_check=[HealthCheck.too_slow])

holes = st.lists(st.tuples(st.integers(1, BARS - 2), st.integers(1, 8)), max_size=5).map(
    lambda found: sorted({row for first, length in found for row in range(first, min(first + length, BARS - 1))})
)


def world(seed: int, lost: Sequence[int]) -> tuple[Candles, ...]:
    """Return two symbols, the second without the rows that were lost."""
    return candles("AAA", seed, BARS, lost[::3]), candles("BBB", seed, BARS, lost)


def known_by(settings: Config, store: Sequence[Candles], until: Millis) -> list[tuple[Millis, bytes]]:
    """Return the decisions of a backtest up to a time."""
    result = backtest(settings, candles=store)
    return [(at, encode(message)) for at, message in result.record.decisions if at <= until]


def facts_end(settings: Config, store: Sequence[Candles]) -> Millis:
    """Return when the last bar of a store becomes available."""
    return max(int(one.open_time[-1]) for one in store) + STEP - 1 + settings.feed.latency_ms


def changed_after(store: Sequence[Candles], time: Millis, seed: int) -> list[Candles]:
    """Return the same bars up to those that close by ``time``, and another future."""
    other = np.random.default_rng(seed)
    out: list[Candles] = []
    for one in store:
        future = one.open_time + one.timeframe - 1 > time
        factor = np.where(future, np.round(np.exp(other.normal(0.0, 0.05, len(one))), 2), 1.0)
        columns = {name: one.column(name) * factor for name in VALUES}
        out.append(Candles.of(one.symbol, one.timeframe, one.open_time, columns))
    return out


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", CONFIGS)
@LARGE
@given(seed=st.integers(0, 999), lost=holes, cut=st.integers(10, BARS - 2))
@example(seed=1, lost=[], cut=BARS // 2)
def test_what_comes_later_changes_no_decision(name: str, seed: int, lost: list[int], cut: int) -> None:
    chosen, store = CONFIGS[name], world(seed, lost)
    shorter = [one.between(0, START + (cut + 1) * STEP) for one in store]
    # The close of bar ``cut`` and what was decided on it belong to what is known. Where a hole is cut, the lane's time
    # ends before: what a deadline in the hole would have led to needs an input that comes after it.
    until = facts_end(chosen, shorter)
    assert until <= START + (cut + 1) * STEP - 1 + chosen.feed.latency_ms
    whole = known_by(chosen, store, until)
    assert known_by(chosen, shorter, until) == whole
    assert known_by(chosen, changed_after(store, START + (cut + 1) * STEP - 1, seed), until) == whole


def test_the_worlds_are_decided_on(seeds: Callable[[int, int], range]) -> None:
    for chosen in CONFIGS.values():
        for seed in seeds(2, 20):
            result = backtest(chosen, candles=world(seed, [50, 51, 90, 91, 92, 93, 94]))
            assert len({one.symbol for one in result.fills}) == 2
            assert len(result.fills) > 20


@LARGE
@given(seed=st.integers(0, 999), lost=holes)
@example(seed=3, lost=[40, 41, 42, 43, 44, 80, 81])
def test_rows_of_the_lane_are_those_of_a_batch(seed: int, lost: list[int]) -> None:
    chosen, store = CONFIGS["plain"], world(seed, lost)
    core = build(chosen, seat_strategies(chosen))
    rows: dict[str, list[FeatureRow]] = {one.symbol: [] for one in store}
    for seq, (at, message) in enumerate(facts(store, 0), 1):
        for said in core.engine.step(seq, at, message):
            if isinstance(said, FeatureRow):
                rows[said.symbol].append(said)
    for one in store:
        features = core.features[one.symbol]
        pieces = _between_resets(one, chosen.reset_after_bars)
        expected = np.concatenate([features.batch(piece) for piece in pieces])
        assert bits([row.values for row in rows[one.symbol]]) == bits(expected)
        ready = [number >= features.warmup for piece in pieces for number in range(1, len(piece) + 1)]
        assert [row.ready for row in rows[one.symbol]] == ready
        assert [row.close_time for row in rows[one.symbol]] == (one.open_time + STEP - 1).tolist()


@LARGE
@given(seed=st.integers(0, 999), cut=st.integers(1, BARS - 1), latency=st.sampled_from([0, 700]))
@example(seed=1, cut=BARS // 2, latency=0)
def test_context_that_becomes_known_later_changes_nothing_before(seed: int, cut: int, latency: Millis) -> None:
    store, until = world(seed, ()), START + cut * STEP
    tables = contexts.tables_of(["AAA", "BBB"], START, START + BARS * STEP, seed, 15 * MINUTE)
    other = [_otherwise_after(table, until, seed) for table in tables]

    def told(context: Sequence[Table]) -> list[tuple[Millis, bytes]]:
        stream = facts(store, latency, context=Timeline.of(context))
        return [(at, encode(message)) for at, message in stream if at <= until + latency]

    assert told(tables) == told(other)
    assert len(told(tables)) > 4 * cut
    known = {encode(fact): known for table in tables for known, *_, fact in contexts.told(table)}
    assert all(at - latency >= known[message] for at, message in told(tables) if message in known)


def _otherwise_after(table: Table, time: Millis, seed: int) -> Table:
    """Return the rows known by ``time``, and of the later ones some, with other values."""
    late = table.available() > time
    # What takers did may be known later than the rest of its row.
    latest = {"taker": table.available(TakerRatio.LAG_MS) > time}
    factors = {"received": 1.0, "side": -1.0}
    values = {
        name: np.where(latest.get(name, late), column * factors.get(name, 2.0), column)
        for name, column in table.values.items()
    }
    kept = ~late | (np.random.default_rng(seed).random(len(table)) < 0.7)
    return replace(table, values=values).take(kept)


def _between_resets(one: Candles, reset_after_bars: int) -> list[Candles]:
    ends = [int(np.searchsorted(one.open_time, gap.end)) for gap in gaps(one) if gap.bars > reset_after_bars]
    return [one.slice(first, last) for first, last in zip([0, *ends], [*ends, len(one)], strict=True)]
