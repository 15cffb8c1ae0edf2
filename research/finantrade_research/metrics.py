"""What a backtest came to, in the numbers the field uses. Shares are fractions of one; what is not defined is NaN.

`curve` says what an equity curve and its daily returns are, `ratios` and `round_trips` define the figures. A trade is a
round trip; only closed ones count, with all their fees. ``definitions`` has name, unit and meaning of every figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import DAY
from finantrade.runtime.trades import Trade
from finantrade_research import ratios, round_trips
from finantrade_research.curve import Curve, Floats, Times, daily_returns

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.market.candles import Candles


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of an equity curve, whatever made it."""

    total_return: float
    profit_abs: float
    cagr: float
    volatility: float
    sharpe: float
    sortino: float
    calmar: float
    omega: float
    max_drawdown: float
    max_drawdown_abs: float
    max_drawdown_duration_ms: float
    value_at_risk: float
    expected_shortfall: float
    tail_ratio: float
    skewness: float
    kurtosis: float
    best_day: float
    worst_day: float


class Metrics(Performance, frozen=True, kw_only=True):
    """The figures of a backtest: of its curve, of its trades, and what it cost."""

    trades: int
    open_trades: int
    win_rate: float
    profit_factor: float
    payoff_ratio: float
    expectancy: float
    sqn: float
    kelly: float
    best_trade: float
    worst_trade: float
    losing_streak: int
    average_duration_ms: float
    exposure: float
    turnover: float
    fees: float
    funding: float
    market_change: float


def measure(result: Result, candles: Iterable[Candles] = (), trades: Sequence[Trade] | None = None) -> Metrics:
    """Return the metrics of a backtest; ``candles`` are the bars it ran over, for the market's own change.

    ``trades`` are the result's, from whoever has them already.
    """
    curve, trades = Curve.of(result), result.trades if trades is None else trades
    closed = [trade for trade in trades if not trade.is_open]
    profits, shares = round_trips.profits_of(closed), round_trips.shares_of(closed)
    balance = result.core.ledger.balance
    return Metrics(
        **msgspec.structs.asdict(performance(curve)),
        trades=len(closed),
        open_trades=len(trades) - len(closed),
        win_rate=float(round_trips.win_rate(profits)),
        profit_factor=float(round_trips.profit_factor(profits)),
        payoff_ratio=float(round_trips.payoff_ratio(profits)),
        expectancy=float(round_trips.expectancy(profits)),
        sqn=float(round_trips.system_quality(shares)),
        kelly=float(round_trips.kelly(shares)),
        best_trade=_best(shares),
        worst_trade=-_best(-shares),
        losing_streak=int(round_trips.losing_streak(profits)),
        average_duration_ms=round_trips.average_duration(closed),
        exposure=round_trips.exposure(trades, curve.start, curve.end),
        turnover=turnover(trades, curve),
        fees=float(balance.fees),
        funding=float(balance.funding),
        market_change=market_change(candles),
    )


def performance(curve: Curve) -> Performance:
    """Return the figures of an equity curve."""
    returns, growth = daily_returns(curve), cagr(curve)
    share, absolute, under_water = drawdown(curve)
    return Performance(
        total_return=curve.final / curve.initial - 1,
        profit_abs=curve.final - curve.initial,
        cagr=growth,
        volatility=float(ratios.volatility(returns)),
        sharpe=float(ratios.sharpe(returns)),
        sortino=float(ratios.sortino(returns)),
        calmar=growth / share if share else nan,
        omega=float(ratios.omega(returns)),
        max_drawdown=share,
        max_drawdown_abs=absolute,
        max_drawdown_duration_ms=under_water,
        value_at_risk=float(ratios.value_at_risk(returns)),
        expected_shortfall=float(ratios.expected_shortfall(returns)),
        tail_ratio=float(ratios.tail_ratio(returns)),
        skewness=float(ratios.skewness(returns)),
        kurtosis=float(ratios.kurtosis(returns)),
        best_day=_best(returns),
        worst_day=-_best(-returns),
    )


def cagr(curve: Curve) -> float:
    """Return the growth of equity over 365 days at the same pace; NaN below one day and for equity not above zero."""
    total = np.asarray(curve.final / curve.initial)
    return float(ratios.annual_growth(total, (curve.end + 1 - curve.start) / DAY))


def drawdown(curve: Curve) -> tuple[float, float, float]:
    """Return the deepest fall from a peak as a share and in quote units, and the longest time (ms) below a peak."""
    values = np.concatenate(([curve.initial], curve.equity))
    times = np.concatenate(([curve.start], curve.times))
    peaks = np.maximum.accumulate(values)
    falls = 1 - values / peaks
    deepest = int(np.argmax(falls))
    return float(falls[deepest]), float(peaks[deepest] - values[deepest]), _longest_under_water(times, values >= peaks)


def turnover(trades: Sequence[Trade], curve: Curve) -> float:
    """Return the value of all fills over mean equity, a year's worth; NaN below one day and for equity not above 0."""
    length, mean = (curve.end + 1 - curve.start) / DAY, float(np.mean(curve.equity))
    if length < 1 or mean <= 0:
        return nan
    return round_trips.traded_value(trades) / mean * ratios.YEAR_DAYS / length


def market_change(candles: Iterable[Candles]) -> float:
    """Return the mean change of the symbols from the first open to the last close; NaN without any."""
    changes = [float(one.close[-1] / one.open[0]) - 1 for one in candles if len(one)]
    return float(np.mean(changes)) if changes else nan


def _best(values: Floats) -> float:
    return float(np.max(values)) if len(values) else nan


def _longest_under_water(times: Times, at_peak: NDArray[np.bool_]) -> float:
    starts = np.flatnonzero(at_peak)
    ends = np.append(starts[1:], len(times) - 1)
    below = (ends - starts > 1) | ~at_peak[ends]
    return float(np.max(np.where(below, times[ends] - times[starts], 0)))
