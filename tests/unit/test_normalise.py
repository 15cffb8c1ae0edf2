"""Findings: one table of what is wrong with rows, what is said of it, and what is left when bad rows are dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from tests.series import START, assert_same, candle_rows, raw, rows_of

from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.market.candles import Gap
from finantrade.market.findings import BadSeries, Fault, Treatment
from finantrade.market.normalise import Normalised, normalise
from finantrade.market.raw import Policy
from finantrade.market.series import Kind
from finantrade.market.table import NO_TIME, Table, joined

QUARTER = 15 * MINUTE
DROP = Policy(drop_bad=True)


@dataclass(frozen=True)
class Bad:
    """Candles with a fault: its finding, what shows it first, and the rows that are left when it is dropped."""

    name: str
    fault: Fault
    rows: int
    shown: str
    left: int
    changed: Mapping[str, Mapping[int, float]] = field(default_factory=dict)


AT_2 = "mine.csv:4 at 2024-01-01T00:30:00Z: found "
BAD = (
    Bad("NaN", Fault.NOT_FINITE, 1, f"{AT_2}open nan", 5, {"open": {2: nan}}),
    Bad("infinite", Fault.NOT_FINITE, 1, f"{AT_2}high inf", 5, {"high": {2: inf}}),
    Bad("unknown volume", Fault.NOT_FINITE, 1, f"{AT_2}volume nan", 5, {"volume": {2: nan}}),
    Bad("zero", Fault.OUT_OF_RANGE, 1, f"{AT_2}low 0.0", 5, {"low": {2: 0.0}}),
    Bad("negative", Fault.OUT_OF_RANGE, 2, f"{AT_2}close -1.0", 4, {"close": {2: -1.0, 4: -2.0}}),
    Bad("negative volume", Fault.OUT_OF_RANGE, 1, f"{AT_2}volume -0.5", 5, {"volume": {2: -0.5}}),
    Bad("high too low", Fault.OHLC, 1, f"{AT_2}open ", 5, {"high": {2: 1.0}}),
    Bad("low too high", Fault.OHLC, 1, f"{AT_2}open ", 5, {"low": {2: 1e6}}),
    Bad("off the grid", Fault.OFF_GRID, 1, "mine.csv:4 at 2024-01-01T00:30:01Z: found one 1000 ms past it", 5,
        {"time": {2: START + 2 * QUARTER + 1_000}}),
    Bad("in seconds", Fault.TIME, 1, "mine.csv:4: found 1704069000 ms", 5, {"time": {2: START // 1000 + 1_800}}),
    Bad("no time", Fault.TIME, 1, "mine.csv:4: found no time", 5, {"time": {2: NO_TIME}}),
    Bad("of the next century", Fault.TIME, 1, "mine.csv:4: found 4102444800000 ms", 5,
        {"time": {2: 4_102_444_800_000}}),
    Bad("conflicting", Fault.CONFLICT, 2, "mine.csv:3 at 2024-01-01T00:15:00Z: found open ", 4,
        {"time": {2: START + QUARTER}}),
)  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_rows_refuse_the_file_or_become_holes(bad: Bad) -> None:
    rows = raw(candle_rows(**bad.changed))
    with pytest.raises(BadSeries) as refused:
        normalise(rows)
    found = {one.fault: one for one in refused.value.findings}[bad.fault]
    assert (found.treatment, found.rows) == (Treatment.REFUSED, bad.rows)
    assert str(found.examples[0]).startswith(bad.shown)
    assert f"{bad.fault} (" in str(refused.value)
    assert str(refused.value).startswith(f"mine.csv: {bad.rows} bad of 6 rows of candles BTCUSDT: nothing was taken")

    left = normalise(rows, DROP)
    assert {one.fault: one.treatment for one in left.findings}[bad.fault] is Treatment.DROPPED
    assert len(left.table) == bad.left
    assert sum(gap.bars for gap in left.gaps) == 6 - bad.left


def test_every_fault_of_a_file_is_said_at_once() -> None:
    with pytest.raises(BadSeries) as refused:
        normalise(raw(candle_rows(open={1: nan}, low={2: -1.0}, high={3: 1.0})))
    assert [one.fault for one in refused.value.findings] == [Fault.NOT_FINITE, Fault.OUT_OF_RANGE, Fault.OHLC]


def test_both_rows_of_a_conflict_are_shown() -> None:
    with pytest.raises(BadSeries) as refused:
        normalise(raw(joined(candle_rows(3), candle_rows(1, close={0: 100.125}))))
    first, second = refused.value.findings[-1].examples
    assert (first.where, second.where) == ("mine.csv:2", "mine.csv:5")
    assert "close 100.125" in second.found
    assert second.found.endswith("against mine.csv:2")


def test_good_rows_are_left_as_they_are() -> None:
    table = candle_rows()
    found = normalise(raw(table))
    assert_same(found.table, table)
    assert (found.findings, found.gaps) == ((), ())


def test_disorder_and_repetition_are_mended_and_said() -> None:
    table = candle_rows()
    found = normalise(raw(table.take(np.array([3, 0, 0, 5, 1, 2, 4, 3]))))
    assert_same(found.table, table)
    assert [(one.fault, one.treatment, one.rows) for one in found.findings] == [
        (Fault.UNSORTED, Treatment.NOTED, 3),
        (Fault.DUPLICATE, Treatment.DROPPED, 2),
    ]


def test_holes_are_told_with_their_exact_ranges() -> None:
    found = normalise(raw(candle_rows(10).take(np.array([0, 1, 4, 5, 6, 8, 9]))))
    assert found.gaps == (
        Gap(START + 2 * QUARTER, START + 3 * QUARTER, 2),
        Gap(START + 7 * QUARTER, START + 7 * QUARTER, 1),
    )
    (missing,) = found.findings
    assert (missing.fault, missing.rows) == (Fault.MISSING, 3)
    assert str(missing.examples[0]) == "BTCUSDT at 2024-01-01T00:30:00Z: found 2 missing up to 2024-01-01T00:45:00Z"


@pytest.mark.parametrize(("after", "left"), [(-1, 5), (0, 6), (1, 6)])
def test_what_is_not_over_is_left_out(after: Millis, left: int) -> None:
    found = normalise(raw(candle_rows()), Policy(now=START + 6 * QUARTER + after))
    assert len(found.table) == left
    assert [one.fault for one in found.findings] == [Fault.FORMING] * (left < 6)


def test_an_interval_is_told_from_the_rows() -> None:
    table = candle_rows(30)
    unknown = Table.of(Kind.CANDLES, "BTCUSDT", 0, table.time, table.values)
    assert_same(normalise(raw(unknown)).table, table)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (candle_rows(1, interval=0), "expected rows at a regular distance, or --interval, found 1 rows from which"),
        (rows_of(Kind.CANDLES, candle_rows(60).time.tolist(), MINUTE, **candle_rows(60).values),
         "expected rows 1m apart, found no rows closer than 15m"),
    ],
)  # fmt: skip
def test_an_interval_that_cannot_be_is_refused(table: Table, text: str) -> None:
    with pytest.raises(BadSeries, match=text):
        normalise(raw(table))


def test_a_spike_is_shown_and_kept() -> None:
    table = candle_rows(200, close={100: 150.0}, high={100: 150.0})
    found = normalise(raw(table))
    assert_same(found.table, table)
    (spike,) = found.findings
    assert (spike.fault, spike.treatment, spike.rows) == (Fault.SPIKE, Treatment.NOTED, 1)
    assert spike.examples[0].where == "mine.csv:102"


def test_a_jump_that_stays_is_no_spike() -> None:
    table = candle_rows(200)
    values = {name: np.where(np.arange(200) < 100, column, column * 1.5) for name, column in table.values.items()}
    values["open"][100] = values["close"][99]
    values["low"][100] = values["open"][100]
    jumped = Table.of(Kind.CANDLES, "BTCUSDT", QUARTER, table.time, values)
    assert not any(one.fault is Fault.SPIKE and one.examples[0].where == "mine.csv:103"
                   for one in normalise(raw(jumped)).findings)  # fmt: skip


# What else there is than candles: (kind, columns, acceptable?)
OTHER: list[tuple[Kind, dict[str, list[float]], bool]] = [
    (Kind.PREMIUM, {"open": [-0.1, 0.1], "high": [0.0, 0.2], "low": [-0.2, 0.0], "close": [0.0, 0.0]}, True),
    (Kind.PREMIUM, {"open": [-0.1, 0.1], "high": [-0.2, 0.2], "low": [-0.2, 0.0], "close": [-0.2, 0.0]}, False),
    (Kind.MARK, {"open": [1.0, 0.0], "high": [1.0, 1.0], "low": [1.0, 0.0], "close": [1.0, 1.0]}, False),
    (Kind.FUNDING, {"rate": [-0.001, 0.0]}, True),
    (Kind.FUNDING, {"rate": [0.001, nan]}, False),
    (Kind.FUNDING, {"rate": [0.001, 0.001], "interval_h": [8.0, 0.0]}, False),
    (Kind.OPEN_INTEREST, {"value": [0.0, 5.0]}, True),
    (Kind.OPEN_INTEREST, {"value": [1.0, -5.0]}, False),
    (Kind.RATIOS, {"top_accounts": [0.5, nan], "taker": [nan, 1.0]}, True),
    (Kind.TAKER_FLOW, {"buy": [0.0, 1.0], "sell": [2.0, 0.0]}, True),
    (Kind.LIQUIDATIONS, {"longs": [0.0, 0.0], "shorts": [0.0, -1.0]}, False),
    (Kind.LIQUIDATION_EVENTS, {"side": [1, -1], "price": [1, 2], "quantity": [1, 2]}, True),
    (Kind.LIQUIDATION_EVENTS, {"side": [1, 0], "price": [1, 2], "quantity": [1, 2]}, False),
    (Kind.BASIS, {"close": [-0.5, 0.5]}, True),
    (Kind.SENTIMENT, {"value": [0, 100]}, True),
    (Kind.SENTIMENT, {"value": [0, 101]}, False),
    (Kind.TRADES, {"price": [1, 2], "quantity": [1, 2], "buyer_maker": [0, 1], "id": [7, 8]}, True),
    (Kind.TRADES, {"price": [1, 2], "quantity": [1, 2], "buyer_maker": [0, 2], "id": [7, 8]}, False),
]


@pytest.mark.parametrize(("kind", "columns", "good"), OTHER)
def test_values_are_judged_by_their_kind(kind: Kind, columns: dict[str, Any], good: bool) -> None:
    table = rows_of(kind, [START, START + 8 * HOUR], 8 * HOUR, **columns)
    if good:
        assert len(normalise(raw(table)).table) == 2
    else:
        with pytest.raises(BadSeries):
            normalise(raw(table))
        assert len(normalise(raw(table), DROP).table) == 1


def test_rows_that_say_nothing_are_holes() -> None:
    table = rows_of(Kind.RATIOS, [START, START + 5 * MINUTE, START + 10 * MINUTE], taker=[1.0, nan, 1.5])
    found = normalise(raw(table), Policy())
    assert len(found.table) == 2
    assert found.findings[0].fault is Fault.EMPTY


def test_settlements_are_rounded_and_keep_their_order() -> None:
    times = [START + 7, START + 8 * HOUR + 15, START + 16 * HOUR]
    found = normalise(raw(rows_of(Kind.FUNDING, times, rate=[1e-4, -1e-4, 2e-4])))
    assert found.table.time.tolist() == [START, START + 8 * HOUR, START + 16 * HOUR]
    assert [(one.fault, one.rows) for one in found.findings] == [(Fault.ROUNDED, 2)]


def test_many_liquidations_of_one_millisecond_are_kept() -> None:
    columns = {"side": [1, 1, -1, 1], "price": [10, 11, 10, 10], "quantity": [1, 1, 1, 1]}
    found: Normalised = normalise(raw(rows_of(Kind.LIQUIDATION_EVENTS, [START] * 4, **columns)))
    assert found.table.values["price"].tolist() == [10, 10, 11]
    assert [(one.fault, one.rows) for one in found.findings] == [(Fault.DUPLICATE, 1)]


def test_of_rows_received_twice_the_earliest_stands() -> None:
    received = [START + 900.0, nan, START + 700.0, START + 800.0]
    table = rows_of(Kind.SENTIMENT, [START, START, START, START + DAY], DAY, value=[50, 50, 50, 60], received=received)
    for order in ([0, 1, 2, 3], [3, 1, 0, 2], [2, 1, 3, 0]):
        found = normalise(raw(table.take(np.array(order)))).table
        assert found.values["received"].tolist() == [START + 700, START + 800]


def test_weeks_begin_on_mondays() -> None:
    week = 7 * DAY
    assert len(normalise(raw(candle_rows(3, week))).table) == 3
    with pytest.raises(BadSeries, match="times on the 1w grid"):
        normalise(raw(candle_rows(3, week, START + 3 * DAY)))
