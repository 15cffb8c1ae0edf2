"""What all series share: kinds, intervals, places, gaps, resampling and coverage by hand-worked cases."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from tests.series import START, assert_same, candle_rows, rows_of

from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.market.candles import VALUES, Gap
from finantrade.market.coverage import coverage, run_coverage, shares
from finantrade.market.gaps import gaps_of, settlement_intervals
from finantrade.market.interval import grid_start, infer_interval, interval_ms, interval_text
from finantrade.market.place import BadPlace, Place
from finantrade.market.resample import BadResampling, bars_of, folded
from finantrade.market.series import SERIES, Grid, Kind, Stamp, available_at
from finantrade.market.table import Table

WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("text", "length"),
    [("1s", 1_000), ("1m", MINUTE), ("15m", 15 * MINUTE), ("8h", 8 * HOUR), ("1d", DAY), ("3d", 3 * DAY), ("1w", WEEK),
     ("irregular", 0)],
)  # fmt: skip
def test_intervals(text: str, length: Millis) -> None:
    assert (interval_ms(text), interval_text(length)) == (length, text)


@pytest.mark.parametrize("text", ["", "7m", "0m", "1M", "5h", "15", "m15", "25h", "999999d"])
def test_other_intervals_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an interval such as"):
        interval_ms(text)


def test_grids_are_of_utc_and_weeks_of_mondays() -> None:
    time = np.array([START + 3 * DAY + 5 * HOUR + 7])
    assert grid_start(time, HOUR).tolist() == [START + 3 * DAY + 5 * HOUR]
    assert grid_start(time, WEEK).tolist() == [START]
    assert infer_interval(np.array([0, 1, 2, 5]) * HOUR) == HOUR
    assert infer_interval(np.array([0, 7, 14]) * MINUTE) == 0


# The registry


def test_every_kind_is_in_the_registry() -> None:
    assert list(SERIES) == list(Kind)
    assert SERIES[Kind.CANDLES].names == VALUES
    for about in SERIES.values():
        assert len(set(about.names)) == len(about.names)
        assert set(about.ties) <= set(about.names)
        assert not about.ohlc or {"open", "high", "low", "close"} <= set(about.names)
        assert about.stamp is Stamp.INSTANT or about.grid is Grid.REGULAR


@pytest.mark.parametrize(
    ("kind", "interval", "later"),
    [
        (Kind.CANDLES, HOUR, HOUR),
        (Kind.FUNDING, 0, 0),
        (Kind.OPEN_INTEREST, 5 * MINUTE, 5 * MINUTE),
        (Kind.RATIOS, HOUR, 5 * MINUTE),
        (Kind.LIQUIDATIONS, 4 * HOUR, 4 * HOUR),
        (Kind.SENTIMENT, DAY, HOUR),
    ],
)
def test_what_is_known_when(kind: Kind, interval: Millis, later: Millis) -> None:
    assert available_at(kind, interval, np.array([START])).tolist() == [START + later]


@pytest.mark.parametrize(
    "text",
    ["binance/spot/candles/BTCUSDT", "binance/spot/candels/BTCUSDT/1m", "../spot/candles/BTCUSDT/1m",
     "binance/spot/candles/./1m", "binance//candles/BTCUSDT/1m", "binance/spot/candles/BTCUSDT/7m",
     f"binance/spot/candles/{'X' * 65}/1m", "binance/spot/candles/a b/1m", "binance/spot/candles/.lock/1m",
     "binance/spot/candles/BTC\n/1m"],
)  # fmt: skip
def test_a_place_cannot_be_elsewhere(text: str) -> None:
    with pytest.raises(BadPlace, match="expected"):
        Place.parse(text)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "BTCUSDT_240628", "1000SATS", "币安人生USDT", "BTC-USD.P"])
def test_a_place_is_read_as_it_is_written(symbol: str) -> None:
    place = Place("binance", "spot", Kind.CANDLES, symbol, "1m")
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize(
    ("columns", "text"),
    [({"rate": [1.0], "rat": [1.0]}, "found rat"), ({"mark_price": [1.0]}, "found no rate"),
     ({"rate": [1.0, 2.0]}, "expected 1 rows in column rate")],
)  # fmt: skip
def test_a_table_has_the_columns_of_its_kind(columns: dict[str, list[float]], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Table.of(Kind.FUNDING, "X", 0, [START], columns)


def test_candles_are_a_table_and_back() -> None:
    table = candle_rows()
    assert_same(Table.of_candles(table.candles()), table)


# Settlements


def test_what_was_received_is_known_then() -> None:
    times = [START, START + 5 * MINUTE]
    table = rows_of(Kind.OPEN_INTEREST, times, 5 * MINUTE, amount=[1, 2], received=[nan, START + 6 * MINUTE])
    assert table.available().tolist() == [START + 5 * MINUTE, START + 6 * MINUTE]
    assert candle_rows(1).available().tolist() == [START + 15 * MINUTE]


def funding(*hours: int, given: dict[int, float] | None = None) -> Table:
    intervals = [nan] * len(hours)
    for row, value in (given or {}).items():
        intervals[row] = value
    times = [START + hour * HOUR for hour in hours]
    return rows_of(Kind.FUNDING, times, rate=[0.0] * len(hours), interval_h=intervals)


@pytest.mark.parametrize(
    ("table", "intervals", "gaps"),
    [
        (funding(0, 8, 16), [8, 8, 8], ()),
        (funding(0, 8, 12, 16), [8, 8, 4, 4], ()),
        (funding(0, 4, 12, 20), [4, 4, 8, 8], ()),
        (funding(0, 8, 24, 32), [8, 8, 8, 8], (Gap(START + 16 * HOUR, START + 16 * HOUR, 1),)),
        (funding(0, 1, 2, 26), [1, 1, 1, 1], (Gap(START + 3 * HOUR, START + 25 * HOUR, 23),)),
        (funding(0, 8, given={0: 4.0, 1: 4.0}), [4, 4], (Gap(START + 4 * HOUR, START + 4 * HOUR, 1),)),
        (funding(0), [8], ()),
        (funding(), [], ()),
    ],
)
def test_settlements_have_intervals_that_change(table: Table, intervals: list[int], gaps: tuple[Gap, ...]) -> None:
    found = settlement_intervals(table.time, table.values["interval_h"])
    assert (found // HOUR).tolist() == intervals
    assert gaps_of(table) == gaps


# Resampling


def test_a_period_with_a_hole_is_marked_and_the_last_one_is_not_over() -> None:
    table = candle_rows(10).take(np.array([0, 1, 2, 3, 4, 6, 7, 8, 9]))
    found = folded(table, HOUR)
    assert found.table.time.tolist() == [START, START + HOUR]
    assert (found.complete.tolist(), found.present.tolist(), found.expected) == ([True, False], [4, 3], 4)
    assert (found.forming, len(found.whole())) == (2, 1)
    first = {name: float(column[0]) for name, column in found.table.values.items()}
    base = {name: column[:4] for name, column in table.values.items()}
    assert first["open"] == base["open"][0]
    assert first["high"] == base["high"].max()
    assert first["low"] == base["low"].min()
    assert first["close"] == base["close"][3]
    assert first["volume"] == pytest.approx(base["volume"].sum())


def test_a_period_is_closed_by_what_comes_after_it() -> None:
    table = candle_rows(9).take(np.array([0, 1, 2, 8]))
    found = folded(table, HOUR)
    assert (found.table.time.tolist(), found.complete.tolist()) == ([START], [False])
    assert (len(folded(table.take(slice(0, 3)), HOUR).table), len(folded(table.take(slice(0, 0)), HOUR).table)) == (
        0,
        0,
    )


def test_every_kind_of_periods_is_folded_as_it_says() -> None:
    liquidations = rows_of(Kind.LIQUIDATIONS, [START, START + HOUR], HOUR, longs=[1, 2], shorts=[nan, 4])
    found = folded(liquidations, 2 * HOUR).table
    assert (found.values["longs"].tolist(), np.isnan(found.values["shorts"]).tolist()) == ([3], [True])


@pytest.mark.parametrize(
    ("table", "length"),
    [(candle_rows(), 20 * MINUTE), (candle_rows(), 15 * MINUTE), (candle_rows(), MINUTE), (funding(0, 8), DAY)],
)
def test_what_has_no_longer_periods(table: Table, length: Millis) -> None:
    with pytest.raises(BadResampling, match="expected"):
        folded(table, length)


def test_bars_of_trades() -> None:
    times = [START + 100, START + 100, START + 59_999, START + MINUTE, START + 3 * MINUTE, START + 4 * MINUTE]
    trades = rows_of(
        Kind.TRADES, times, price=[10, 12, 11, 9, 8, 7], quantity=[1, 2, 3, 4, 5, 6],
        buyer_maker=[0, 1, 0, 1, 0, 0], id=[1, 2, 3, 4, 5, 6],
    )  # fmt: skip
    bars = bars_of(trades, MINUTE, START + 4 * MINUTE)
    assert ((bars.time - START) // MINUTE).tolist() == [0, 1, 3]
    assert {name: column[0] for name, column in bars.values.items()} == {
        "open": 10, "high": 12, "low": 10, "close": 11, "volume": 6, "quote_volume": 67, "trades": 3,
        "taker_buy_volume": 4, "taker_buy_quote_volume": 43,
    }  # fmt: skip


# Coverage


def test_coverage_of_a_span() -> None:
    table = candle_rows(10).take(np.array([2, 3, 4, 7, 8]))
    quarter = 15 * MINUTE
    found = coverage(table, "15m", START, START + 10 * quarter)
    assert (found.present, found.expected, found.share, found.poor) == (5, 10, 0.5, True)
    assert found.gaps == (
        Gap(START, START + quarter, 2),
        Gap(START + 5 * quarter, START + 6 * quarter, 2),
        Gap(START + 9 * quarter, START + 9 * quarter, 1),
    )
    exact = coverage(table, "15m", START + 2 * quarter + 1, START + 5 * quarter)
    assert (exact.present, exact.share, exact.gaps) == (2, 1.0, ())
    nothing = coverage(table, "15m", START + 10 * quarter + 1, START + 13 * quarter)
    assert (nothing.present, nothing.expected) == (0, 2)
    assert nothing.gaps == (Gap(START + 11 * quarter, START + 12 * quarter, 2),)


def test_coverage_of_settlements_and_events() -> None:
    found = coverage(funding(8, 16, 32), "irregular", START, START + 2 * DAY)
    assert (found.present, found.expected) == (3, 6)
    assert [gap.start - START for gap in found.gaps] == [0, 24 * HOUR, 40 * HOUR]
    events = rows_of(Kind.LIQUIDATION_EVENTS, [START], side=[1], price=[1], quantity=[1])
    told = coverage(events, "irregular", START, START + DAY)
    assert (told.present, told.expected, told.share, told.poor) == (1, None, None, False)


def test_a_run_is_flagged_for_what_is_poor_absent_or_invented() -> None:
    good = coverage(candle_rows(10), "15m", START, START + 10 * 15 * MINUTE)
    invented = coverage(candle_rows(10), "15m", START, START + 10 * 15 * MINUTE, synthetic=True)
    poor = coverage(candle_rows(5), "15m", START, START + 10 * 15 * MINUTE)
    assert (run_coverage([good]).poor, run_coverage([good]).synthetic) == (False, False)
    assert run_coverage([good, poor]).poor
    assert run_coverage([good], ["funding"]).poor
    assert run_coverage([invented]).synthetic


def test_shares_by_day() -> None:
    edges = START + np.arange(-1, 4) * DAY
    table = candle_rows(48, HOUR).take(np.r_[0:5, 10:48])
    present, expected = shares(table, edges)
    assert (present.tolist(), expected.tolist()) == ([0, 19, 24, 0], [0, 24, 24, 0])
    present, expected = shares(funding(0, 8, 32, 40), edges)
    assert (present.tolist(), expected.tolist()) == ([0, 2, 2, 0], [0, 3, 3, 0])
