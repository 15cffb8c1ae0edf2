"""The liquidation map against a plain loop, invented series against their laws; neither knows the future."""

from __future__ import annotations

from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.series import START, assert_same, candle_rows, raw, rows_of

from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.market.flow_simulator import SIMULATORS, invent, smoothed
from finantrade.market.liquidation_map import Assumptions, Tier, build, first_at_or_below
from finantrade.market.normalise import normalise
from finantrade.market.series import Kind, available_at
from finantrade.market.table import Table

QUARTER = 15 * MINUTE
TIERS = Assumptions((Tier(20, 0.5, 0.005), Tier(200, 0.5, 0.001)), half_life_ms=DAY)
EDGES = np.linspace(80.0, 120.0, 41)


@st.composite
def some_market(draw: st.DrawFn) -> tuple[Table, Table, Table]:
    """Candles, open interest and single liquidations of one market."""
    rows = draw(st.integers(5, 80))
    bars = candle_rows(rows, seed=draw(st.integers(0, 1_000)))
    steps = sorted(draw(st.sets(st.integers(0, rows * 3), min_size=1, max_size=30)))
    amounts = draw(st.lists(st.floats(1, 1_000), min_size=len(steps), max_size=len(steps)))
    interest = rows_of(Kind.OPEN_INTEREST, [START + step * 5 * MINUTE for step in steps], 5 * MINUTE, amount=amounts)
    times = sorted(draw(st.lists(st.integers(START, START + rows * QUARTER), max_size=10)))
    events = rows_of(
        Kind.LIQUIDATION_EVENTS, times, side=[1 if time % 2 else -1 for time in times],
        price=[90 + time % 20 for time in times], quantity=[1 + time % 3 for time in times],
    )  # fmt: skip
    return bars, interest, events


def plain(bars: Table, interest: Table, time: Millis, *, long: bool) -> list[tuple[float, float]]:
    """Return price and size of the estimates known at a time, reading by reading."""
    closes = (bars.time + bars.interval).tolist()
    found: list[tuple[float, float]] = []
    readings = list(zip(interest.time.tolist(), interest.values["amount"].tolist(), strict=True))
    usable = [(stamp, amount) for stamp, amount in readings if closes[0] <= stamp]
    for number, (stamp, amount) in enumerate(usable):
        known = stamp + 5 * MINUTE
        if not number or amount <= usable[number - 1][1] or known > time:
            continue
        last = max(row for row, close in enumerate(closes) if close <= stamp)
        price = float(bars.values["close"][last])
        for tier in TIERS.tiers:
            away = 1 / tier.leverage - tier.maintenance
            level = price * (1 - away if long else 1 + away)
            reached = any(
                (bars.values["low"][row] <= level if long else bars.values["high"][row] >= level)
                for row in range(last + 1, len(closes)) if closes[row] <= time
            )  # fmt: skip
            if reached:
                continue
            kept = 0.0
            for (_, before), (then, after) in pairwise(usable):
                if known < then + 5 * MINUTE <= time:
                    kept += min(0.0, log(after / before))
            size = (amount - usable[number - 1][1]) * price * tier.share
            found.append((level, size * np.exp(kept) * 0.5 ** ((time - known) / TIERS.half_life_ms)))
    return found


@given(some_market(), st.integers(0, 100))
def test_the_map_is_what_a_plain_loop_finds(market: tuple[Table, Table, Table], after: int) -> None:
    bars, interest, events = market
    time = START + after * 13 * MINUTE
    found = build(bars, interest, events, TIERS).at(time, EDGES)
    for long, column in ((True, found.longs), (False, found.shorts)):
        levels = plain(bars, interest, time, long=long)
        expected = np.histogram([one[0] for one in levels], EDGES, weights=[one[1] for one in levels])[0]
        np.testing.assert_allclose(column, expected, rtol=1e-9, atol=1e-9)
    known = events.time <= time
    total = (events.values["price"] * events.values["quantity"] * 0.5 ** ((time - events.time) / DAY))[known].sum()
    np.testing.assert_allclose(found.observed_longs.sum() + found.observed_shorts.sum(), total, rtol=1e-9)


@given(some_market(), st.integers(0, 100))
def test_a_map_of_the_past_does_not_know_the_future(market: tuple[Table, Table, Table], after: int) -> None:
    bars, interest, events = market
    time = START + (1 + after) * QUARTER
    whole = build(bars, interest, events, TIERS).at(time, EDGES)
    known = [one.take(available_at(one.kind, one.interval, one.time) <= time) for one in (bars, interest, events)]
    early = build(known[0], known[1], known[2], TIERS).at(time, EDGES)
    for name in ("longs", "shorts", "observed_longs", "observed_shorts"):
        np.testing.assert_allclose(getattr(early, name), getattr(whole, name), rtol=1e-9, atol=1e-12)


def test_sums_by_period_stand_at_its_extremes() -> None:
    bars = candle_rows(8, low={2: 90.5}, high={5: 115.5})
    sums = rows_of(Kind.LIQUIDATIONS, [START, START + HOUR], HOUR, longs=[100, 0], shorts=[0, 300])
    found = build(bars, observed=sums).at(START + 2 * HOUR, EDGES)
    assert (EDGES[np.flatnonzero(found.observed_longs)].tolist(), found.observed_shorts[35]) == ([90.0], 300)
    early = build(bars, observed=sums).at(START + HOUR - 1, EDGES)
    assert not early.observed_longs.any()


@given(st.lists(st.integers(-5, 5), max_size=40), st.data())
def test_the_first_value_at_or_below_a_level(values: list[int], data: st.DataObject) -> None:
    begin = data.draw(st.lists(st.integers(0, len(values)), min_size=1, max_size=10))
    level = data.draw(st.lists(st.integers(-6, 6), min_size=len(begin), max_size=len(begin)))
    found = first_at_or_below(np.array(values, dtype=float), np.array(begin), np.array(level, dtype=float))
    expected = [
        next((row for row in range(first, len(values)) if values[row] <= limit), len(values))
        for first, limit in zip(begin, level, strict=True)
    ]
    assert found.tolist() == expected


# What is invented


@pytest.mark.parametrize("kind", SIMULATORS)
def test_invented_series_are_acceptable_and_repeat(kind: Kind) -> None:
    bars = candle_rows(40 * 96)
    found = invent(bars, kind, seed=7)
    assert len(normalise(raw(found)).table) == len(found) > 30
    assert not normalise(raw(found)).findings
    assert_same(invent(bars, kind, seed=7), found)
    assert any(not np.array_equal(one, found.values[name], equal_nan=True)
               for name, one in invent(bars, kind, seed=8).values.items())  # fmt: skip


@pytest.mark.parametrize("kind", SIMULATORS)
@given(st.integers(100, 1_900))
def test_what_is_invented_does_not_know_the_future(kind: Kind, cut: int) -> None:
    bars = candle_rows(2_000)
    end = int(bars.time[cut - 1]) + bars.interval
    whole = invent(bars, kind)
    early = invent(bars.take(slice(0, cut)), kind)
    length = whole.interval if kind in (Kind.TAKER_FLOW, Kind.LIQUIDATIONS) else 0
    known = whole.take(whole.time + length <= end)
    assert early.time.tolist() == known.time.tolist()
    for name, column in early.values.items():
        np.testing.assert_allclose(column, known.values[name], rtol=1e-9, atol=1e-12)


def test_what_cannot_be_invented_is_said() -> None:
    with pytest.raises(ValueError, match=r"expected one of taker_flow, .*, found basis"):
        invent(candle_rows(), Kind.BASIS)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=60), st.integers(1, 10))
def test_smoothing_is_an_exponential_mean_of_what_came_before(values: list[float], span: int) -> None:
    keep = 1 - 2 / (span + 2)
    for row, found in enumerate(smoothed(np.array(values), span).tolist()):
        weights = [keep ** (row - place) for place in range(row + 1)]
        expected = sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights)
        assert found == pytest.approx(expected, abs=1e-6 if row >= 16 * span else 1e-9)
