"""Metrics against numbers worked out by hand, and against the plain pandas formulas people use in notebooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import isnan, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.markets import START, config, market

from finantrade.backtesting import Result, backtest, trade_row
from finantrade.domain.orders import Refusal
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.market.candles import Candles
from finantrade.runtime.trades import Trade
from finantrade_research import metrics, ratios, round_trips
from finantrade_research.breakdown import Group, by_exit, by_pair, by_rule
from finantrade_research.curve import Curve, buy_and_hold, daily_returns
from finantrade_research.definitions import DEFINITIONS
from finantrade_research.export import COLUMNS
from finantrade_research.metrics import Metrics, measure
from finantrade_research.months import monthly_returns

Figure = Callable[[np.ndarray], float]

# Four days, a mark at the end of each: +10 %, -10 %, +10 %, nothing.
BY_HAND = Curve(0, 100.0, np.array([DAY * n - 1 for n in (1, 2, 3, 4)]), np.array([110.0, 99.0, 108.9, 108.9]))
FLAT = Curve(0, 100.0, np.array([DAY - 1, 2 * DAY - 1]), np.array([100.0, 100.0]))


def curve(equity: Sequence[float], step: int = DAY, start: int = 0) -> Curve:
    times = start + step * np.arange(1, len(equity) + 1) - 1
    return Curve(start, 100.0, times, np.array(equity))


def trade(profit: float, opened: int = 0, closed: int | None = HOUR, pair: str = "AAA", reason: str = "exit") -> Trade:
    """Make a round trip that entered for 100 and paid 1 in fees, which are taken off ``profit`` already."""
    return Trade(
        pair=pair,
        strategy="test",
        is_short=False,
        open_time=opened,
        enter_tag="",
        amount=Decimal(1),
        close_time=closed,
        exit_reason=reason,
        bought=Decimal(100),
        sold=Decimal(100) + Decimal(str(profit)) + 1,
        fees=Decimal(1),
        open_value=Decimal(100),
        close_value=Decimal(100),
        close_amount=Decimal(1),
    )


def test_daily_returns_by_hand() -> None:
    assert daily_returns(BY_HAND) == pytest.approx([0.1, -0.1, 0.1, 0.0])


def test_a_day_without_a_mark_repeats_the_one_before() -> None:
    gapped = Curve(0, 100.0, np.array([DAY // 2, DAY - 1, 4 * DAY - 1]), np.array([300.0, 110.0, 121.0]))
    assert daily_returns(gapped) == pytest.approx([0.1, 0.0, 0.0, 0.1])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (ratios.sharpe(daily_returns(BY_HAND)), 0.025 / sqrt(0.0275 / 3) * sqrt(365)),
        (ratios.sortino(daily_returns(BY_HAND)), 0.025 / 0.05 * sqrt(365)),
        (metrics.cagr(BY_HAND), 1.089 ** (365 / 4) - 1),
        (metrics.cagr(curve([100.0 * 1.21] * 730)), 0.1),
        (round_trips.profit_factor(np.array([3.0, -1.0, 0.0, -0.5])), 2.0),
    ],
)
def test_ratios_by_hand(found: float, expected: float) -> None:
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "undefined",
    [
        ratios.sharpe(daily_returns(FLAT)),
        ratios.sharpe(np.array([0.01, 0.01, 0.01])),
        ratios.sharpe(np.array([0.01])),
        ratios.sortino(daily_returns(FLAT)),
        ratios.sortino(np.array([0.01, 0.02])),
        metrics.cagr(curve([101.0], step=HOUR)),
        metrics.cagr(curve([50.0, 0.0])),
        metrics.cagr(curve([50.0, -3.0])),
        metrics.cagr(curve([1e300])),
        round_trips.profit_factor(np.array([1.0, 2.0])),
        round_trips.profit_factor(np.array([])),
        round_trips.average_duration([]),
        metrics.market_change([]),
    ],
)
def test_what_is_not_defined_is_nan(undefined: float) -> None:
    assert isnan(undefined)


@pytest.mark.parametrize(
    ("equity", "share", "absolute", "days"),
    [
        ([101.0, 102.0, 103.0], 0.0, 0.0, 0),  # only up
        ([90.0, 100.0], 0.1, 10.0, 2),  # the initial balance is the first peak; back after two days
        ([110.0, 99.0, 108.9, 108.9], 0.1, 11.0, 3),  # never back
        ([200.0, 150.0, 200.0, 210.0, 100.0], 110 / 210, 110.0, 2),  # the deepest is not the longest
        ([100.0, 100.0, 100.0], 0.0, 0.0, 0),  # level is not below
        ([100.0, 99.0], 0.01, 1.0, 1),
    ],
)
def test_drawdowns_by_hand(equity: list[float], share: float, absolute: float, days: int) -> None:
    assert metrics.drawdown(curve(equity)) == pytest.approx((share, absolute, days * DAY))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], 0.0),
        ([(0, 25)], 0.25),
        ([(0, 25), (50, 75)], 0.5),
        ([(0, 50), (25, 75)], 0.75),  # two symbols at once count once
        ([(0, 90), (10, 20)], 0.9),
        ([(75, None)], 0.25),  # still held
        ([(50, 60), (0, 20)], 0.3),
    ],
)
def test_exposure_by_hand(spans: list[tuple[int, int | None]], expected: float) -> None:
    trades = [trade(0.0, opened, closed) for opened, closed in spans]
    assert round_trips.exposure(trades, 0, 100) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_returns_ratios_and_drawdown_agree_with_pandas(seed: int) -> None:
    random = np.random.default_rng(seed)
    kept = np.sort(random.choice(4_000, size=3_000, replace=False))
    times = kept * 30 * MINUTE + 30 * MINUTE - 1
    equity = 100.0 * np.exp(np.cumsum(random.normal(0.0001, 0.01, len(kept))))
    made = Curve(0, 100.0, times, equity)
    series = pd.Series(equity, index=pd.to_datetime(times, unit="ms", utc=True))
    daily = series.resample("1D").last().ffill()
    returns = (daily / daily.shift(1, fill_value=100.0) - 1).to_numpy()
    losses = np.where(returns < 0, returns, 0.0)
    falls = 1 - series / series.cummax().clip(lower=100.0)
    assert daily_returns(made) == pytest.approx(returns, rel=1e-12)
    assert ratios.sharpe(returns) == pytest.approx(pd.Series(returns).mean() / pd.Series(returns).std() * sqrt(365))
    assert ratios.sortino(returns) == pytest.approx(returns.mean() / sqrt((losses**2).mean()) * sqrt(365))
    assert metrics.drawdown(made)[0] == pytest.approx(falls.max())


def result(seed: int = 1, bars: int = 600) -> tuple[Result, Metrics]:
    candles = tuple(market(seed, bars).values())
    found = backtest(config(), candles=candles)
    return found, measure(found, candles)


def test_a_backtest_measured_from_its_frames() -> None:
    found, measured = result()
    frame, equity = found.trades_frame(), found.equity_frame()["equity"]
    closed = frame[~frame["is_open"].astype(bool)]
    wins, losses = closed[closed["profit_abs"] > 0], closed[closed["profit_abs"] < 0]
    days = (found.record.times[-1] + 1 - START) / DAY
    assert len(closed) > 20
    assert (measured.trades, measured.open_trades) == (len(closed), len(frame) - len(closed))
    expected = {
        "total_return": equity.iloc[-1] / 10_000 - 1,
        "profit_abs": equity.iloc[-1] - 10_000,
        "win_rate": len(wins) / len(closed),
        "profit_factor": wins["profit_abs"].sum() / -losses["profit_abs"].sum(),
        "expectancy": closed["profit_abs"].mean(),
        "payoff_ratio": wins["profit_abs"].mean() / -losses["profit_abs"].mean(),
        "sqn": sqrt(len(closed)) * closed["profit_ratio"].mean() / closed["profit_ratio"].std(),
        "best_trade": closed["profit_ratio"].max(),
        "worst_trade": closed["profit_ratio"].min(),
        "average_duration_ms": (closed["close_timestamp"] - closed["open_timestamp"]).mean(),
        "turnover": sum(float(fill.qty * fill.price) for fill in found.fills) / equity.mean() * 365 / days,
        "fees": sum(float(fill.fee) for fill in found.fills),
        "max_drawdown": (1 - equity / equity.cummax().clip(lower=10_000)).max(),
    }
    assert {name: getattr(measured, name) for name in expected} == pytest.approx(expected)
    assert measured.calmar == pytest.approx(measured.cagr / measured.max_drawdown)
    assert 0 < measured.exposure <= 1


def test_market_change_is_the_mean_of_the_symbols() -> None:
    aaa, bbb = market(1, 50).values()
    expected = ((aaa.close[-1] / aaa.open[0] - 1) + (bbb.close[-1] / bbb.open[0] - 1)) / 2
    assert metrics.market_change([aaa, bbb]) == pytest.approx(expected)
    assert isnan(metrics.market_change([aaa.slice(0, 0)]))


def test_a_backtest_without_trades_says_so_honestly() -> None:
    candles = tuple(one.slice(0, 4) for one in market(1, 300).values())
    measured = measure(backtest(config(), candles=candles))
    undefined = {name for name in measured.__struct_fields__ if isnan(getattr(measured, name))}
    assert undefined == {
        "cagr", "volatility", "sharpe", "sortino", "calmar", "omega", "tail_ratio", "skewness", "kurtosis", "win_rate",
        "profit_factor", "payoff_ratio", "expectancy", "sqn", "kelly", "best_trade", "worst_trade",
        "average_duration_ms", "turnover", "market_change",
    }  # fmt: skip
    assert (measured.trades, measured.total_return, measured.fees, measured.exposure) == (0, 0.0, 0.0, 0.0)


def test_every_metric_is_defined_in_one_sentence() -> None:
    assert tuple(DEFINITIONS) == Metrics.__struct_fields__
    assert all(one.meaning.endswith(".") and ". " not in one.meaning for one in DEFINITIONS.values())
    assert len({one.label for one in DEFINITIONS.values()}) == len(DEFINITIONS)


def test_the_page_on_backtests_has_every_metric_as_it_is_defined() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "backtests.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| .* \| `\w+` \| .*\. \|", line)]
    assert rows == [f"| {one.label} | `{name}` | {one.meaning} |" for name, one in DEFINITIONS.items()]


def test_groups_by_hand() -> None:
    trades = [
        trade(4.0, 0, HOUR, "AAA", "stop_loss"),
        trade(-2.0, 0, 3 * HOUR, "AAA", "exit"),
        trade(1.0, 0, HOUR, "BBB", "exit"),
        trade(9.0, 0, None, "BBB"),
    ]
    aaa = Group(
        name="AAA", trades=2, wins=1, profit_abs=2.0, profit_share=0.02, average_share=0.01,
        average_duration_ms=2.0 * HOUR, fees=2.0,
    )  # fmt: skip
    assert by_pair(trades, 100.0)[0] == aaa
    assert [(one.name, one.trades, one.profit_abs) for one in by_pair(trades, 100.0)] == [
        ("AAA", 2, 2.0), ("BBB", 1, 1.0), ("TOTAL", 3, 3.0),
    ]  # fmt: skip
    assert [(one.name, one.trades, one.wins) for one in by_exit(trades, 100.0)] == [("exit", 2, 1), ("stop_loss", 1, 1)]
    assert by_pair([], 100.0) == by_exit([], 100.0) == []


def test_refusals_are_counted_by_rule() -> None:
    said = [Refusal("test", "AAA", rule, 1.0, 0.0) for rule in ("stale", "leverage", "stale")]
    assert list(by_rule(said).items()) == [("stale", 2), ("leverage", 1)]


def test_an_export_has_every_column_of_the_trades() -> None:
    assert set(COLUMNS) == set(trade_row(trade(1.0))) | {"open_date", "close_date"}


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [
        (round_trips.win_rate, [3.0, -1.0, 0.0, -0.5], 0.25),
        (round_trips.payoff_ratio, [3.0, 5.0, -1.0, -3.0, 0.0], 2.0),
        (round_trips.expectancy, [3.0, -1.0], 1.0),
        (round_trips.system_quality, [0.1, 0.3], sqrt(2) * 0.2 / (0.1 * sqrt(2))),
        (round_trips.kelly, [0.2, 0.2, -0.1], 2 / 3 - (1 / 3) / 2),
        (round_trips.losing_streak, [1.0, -1.0, -1.0, 0.0, 2.0, -1.0], 3),
        (round_trips.losing_streak, [-1.0, 1.0], 1),
        (round_trips.losing_streak, [1.0, 1.0], 0),
        (round_trips.losing_streak, [-1.0, -2.0], 2),
    ],
)
def test_figures_of_trades_by_hand(function: Figure, values: list[float], expected: float) -> None:
    assert function(np.array(values)) == pytest.approx(expected)
    assert function(np.array([values, values])) == pytest.approx([expected, expected])


@pytest.mark.parametrize(
    "undefined",
    [
        round_trips.win_rate(np.array([])),
        round_trips.expectancy(np.array([])),
        round_trips.payoff_ratio(np.array([1.0, 0.0])),
        round_trips.payoff_ratio(np.array([-1.0])),
        round_trips.system_quality(np.array([0.1])),
        round_trips.system_quality(np.array([0.1, 0.1])),
        round_trips.kelly(np.array([0.1])),
    ],
)
def test_figures_of_trades_that_are_not_defined_are_nan(undefined: float) -> None:
    assert isnan(undefined)


def test_buy_and_hold_by_hand() -> None:
    def bars(symbol: str, start: int, opens: list[float], closes: list[float]) -> Candles:
        high, low = np.maximum(opens, closes), np.minimum(opens, closes)
        columns = {"open": opens, "high": high, "low": low, "close": closes, "volume": [1.0] * len(opens)}
        return Candles.of(symbol, HOUR, start + HOUR * np.arange(len(opens)), columns)

    early = bars("AAA", 0, [10.0, 11.0, 12.0], [11.0, 12.0, 15.0])
    late = bars("BBB", HOUR, [4.0, 2.0], [2.0, 8.0])
    held = buy_and_hold([early, late], 100.0)
    assert held is not None
    assert (held.start, held.initial, held.times.tolist()) == (0, 100.0, [HOUR * n - 1 for n in (1, 2, 3)])
    assert held.equity.tolist() == pytest.approx([50 * 1.1 + 50, 50 * 1.2 + 25, 50 * 1.5 + 100])
    assert buy_and_hold([early.slice(0, 0)], 100.0) is None


@pytest.mark.parametrize("start", [0, 40 * DAY])
def test_monthly_returns_agree_with_pandas(start: int) -> None:
    random = np.random.default_rng(5)
    equity = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, 500)))
    made = curve(equity.tolist(), start=start)
    series = pd.Series(equity, index=pd.to_datetime(made.times, unit="ms", utc=True))
    months = series.resample("ME").last()
    expected = (months / months.shift(1, fill_value=100.0) - 1).tolist()
    years = monthly_returns(made)
    assert [one for year in years for one in year.months if not isnan(one)] == pytest.approx(expected)
    assert [year.year for year in years] == sorted({date.year for date in months.index})
    yearly = series.resample("YE").last()
    assert [year.total for year in years] == pytest.approx((yearly / yearly.shift(1, fill_value=100.0) - 1).tolist())


def test_months_before_the_first_mark_are_undefined_and_those_without_one_are_zero() -> None:
    (year,) = monthly_returns(Curve(40 * DAY, 100.0, np.array([41 * DAY, 125 * DAY]), np.array([110.0, 121.0])))
    assert (year.year, year.total) == (1970, pytest.approx(0.21))
    assert list(year.months[1:5]) == pytest.approx([0.1, 0.0, 0.0, 0.1])
    assert all(isnan(year.months[month]) for month in (0, *range(5, 12)))


def test_a_ruined_account_has_no_ratios() -> None:
    ruined = daily_returns(curve([0.0, 0.0, 50.0]))
    assert isnan(ratios.sharpe(ruined))
    assert metrics.drawdown(curve([0.0, 0.0, 50.0]))[0] == 1.0
