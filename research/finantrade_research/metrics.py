"""What a backtest came to, in the numbers the field uses. Shares are fractions of one; what is not defined is NaN.

1. The equity curve begins with the initial balance at the opening of the first bar, and has a mark at every close.
2. Daily returns are taken between the last marks of UTC days; a day without a mark repeats the one before. Years have
   365 days, since these markets never close, and the risk-free rate is zero.
3. A trade is a round trip; only closed ones count, with all their fees.

Sources: W. F. Sharpe, *The Sharpe Ratio* (1994); F. Sortino, L. Price, *Performance Measurement in a Downside Risk
Framework* (1994); T. Young, *Calmar Ratio* (1991).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import DAY, Millis, timeframe_ms
from finantrade.runtime.trades import Trade

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.market.candles import Candles

YEAR_DAYS = 365
ROUNDING = 1e-12
"""A spread of daily returns below this is the rounding of equal ones."""

Floats = NDArray[np.float64]


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers; ``definitions.DEFINITIONS`` has name, unit and meaning of each."""

    total_return: float
    profit_abs: float
    cagr: float
    sharpe: float
    sortino: float
    calmar: float
    max_drawdown: float
    max_drawdown_abs: float
    max_drawdown_duration_ms: float
    trades: int
    open_trades: int
    win_rate: float
    profit_factor: float
    expectancy: float
    best_trade: float
    worst_trade: float
    average_duration_ms: float
    exposure: float
    fees: float
    market_change: float


@dataclass(frozen=True, slots=True)
class Curve:
    """An equity curve: ``initial`` at ``start``, then ``equity`` (quote units) at ``times`` (milliseconds, rising)."""

    start: Millis
    initial: float
    times: NDArray[np.int64]
    equity: Floats

    @classmethod
    def of(cls, result: Result) -> Curve:
        """Return the curve of a backtest."""
        times = np.asarray(result.record.times, dtype=np.int64)
        start = int(times[0]) - timeframe_ms(result.config.timeframe) + 1
        equity = np.asarray(result.record.equity, dtype=np.float64)
        return cls(start, float(result.config.account.initial_balance), times, equity)

    @property
    def end(self) -> Millis:
        """Time of the last mark."""
        return int(self.times[-1])

    @property
    def final(self) -> float:
        """The last mark."""
        return float(self.equity[-1])


def measure(result: Result, candles: Iterable[Candles] = ()) -> Metrics:
    """Return the metrics of a backtest; ``candles`` are the bars it ran over, for the market's own change."""
    curve, trades = Curve.of(result), result.trades
    closed = [trade for trade in trades if not trade.is_open]
    profits = np.array([float(trade.profit_abs) for trade in closed])
    shares = np.array([float(trade.profit_abs) / float(trade.open_value) for trade in closed])
    returns, growth = daily_returns(curve), cagr(curve)
    share, absolute, under_water = drawdown(curve)
    return Metrics(
        total_return=curve.final / curve.initial - 1,
        profit_abs=curve.final - curve.initial,
        cagr=growth,
        sharpe=sharpe(returns),
        sortino=sortino(returns),
        calmar=growth / share if share else nan,
        max_drawdown=share,
        max_drawdown_abs=absolute,
        max_drawdown_duration_ms=under_water,
        trades=len(closed),
        open_trades=len(trades) - len(closed),
        win_rate=float(np.mean(profits > 0)) if closed else nan,
        profit_factor=profit_factor(profits),
        expectancy=float(np.mean(profits)) if closed else nan,
        best_trade=float(np.max(shares)) if closed else nan,
        worst_trade=float(np.min(shares)) if closed else nan,
        average_duration_ms=average_duration(closed),
        exposure=exposure(trades, curve.start, curve.end),
        fees=float(result.core.ledger.balance.fees),
        market_change=market_change(candles),
    )


def daily_returns(curve: Curve) -> Floats:
    """Return the relative change of equity over each UTC day, from the first mark's day to the last one's."""
    days = curve.times // DAY
    last = np.flatnonzero(np.diff(days, append=days[-1] + 1))
    every: NDArray[np.int64] = np.arange(int(days[0]), int(days[-1]) + 1)
    closes = curve.equity[last][np.searchsorted(days[last], every, side="right") - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.diff(closes, prepend=curve.initial) / np.concatenate(([curve.initial], closes[:-1]))


def sharpe(returns: Floats) -> float:
    """Return mean over standard deviation (n - 1) of daily returns, a year's worth; NaN where they do not differ."""
    if len(returns) < 2 or float(np.ptp(returns)) < ROUNDING:
        return nan
    return _finite(float(np.mean(returns) / np.std(returns, ddof=1)) * sqrt(YEAR_DAYS))


def sortino(returns: Floats) -> float:
    """Return mean over root mean square of the losses among daily returns, a year's worth; NaN where no day lost."""
    losses = np.minimum(returns, 0.0)
    if len(returns) < 2 or not np.any(losses):
        return nan
    return _finite(float(np.mean(returns) / np.sqrt(np.mean(losses * losses))) * sqrt(YEAR_DAYS))


def cagr(curve: Curve) -> float:
    """Return the growth of equity over 365 days at the same pace; NaN below one day and for equity not above zero."""
    span = curve.end + 1 - curve.start
    if span < DAY or curve.final <= 0:
        return nan
    with np.errstate(over="ignore"):
        return _finite(float(np.float64(curve.final / curve.initial) ** (YEAR_DAYS * DAY / span)) - 1)


def drawdown(curve: Curve) -> tuple[float, float, float]:
    """Return the deepest fall from a peak as a share and in quote units, and the longest time (ms) below a peak."""
    values = np.concatenate(([curve.initial], curve.equity))
    times = np.concatenate(([curve.start], curve.times))
    peaks = np.maximum.accumulate(values)
    falls = 1 - values / peaks
    deepest = int(np.argmax(falls))
    return float(falls[deepest]), float(peaks[deepest] - values[deepest]), _longest_under_water(times, values >= peaks)


def profit_factor(profits: Floats) -> float:
    """Return what winning trades won over what losing trades lost; NaN where none lost."""
    lost = -float(np.sum(profits[profits < 0]))
    return float(np.sum(profits[profits > 0])) / lost if lost else nan


def average_duration(closed: Sequence[Trade]) -> float:
    """Return the mean time from entry to exit, in milliseconds."""
    durations = [trade.close_time - trade.open_time for trade in closed if trade.close_time is not None]
    return float(np.mean(durations)) if durations else nan


def exposure(trades: Iterable[Trade], start: Millis, end: Millis) -> float:
    """Return the share of the time from ``start`` to ``end`` in which anything was held."""
    held, until = 0, start
    for trade in sorted(trades, key=lambda one: one.open_time):
        closing = end if trade.close_time is None else trade.close_time
        held += max(closing - max(trade.open_time, until), 0)
        until = max(until, closing)
    return held / (end - start) if end > start else nan


def market_change(candles: Iterable[Candles]) -> float:
    """Return the mean change of the symbols from the first open to the last close; NaN without any."""
    changes = [float(one.close[-1] / one.open[0]) - 1 for one in candles if len(one)]
    return float(np.mean(changes)) if changes else nan


def _longest_under_water(times: NDArray[np.int64], at_peak: NDArray[np.bool_]) -> float:
    starts = np.flatnonzero(at_peak)
    ends = np.append(starts[1:], len(times) - 1)
    below = (ends - starts > 1) | ~at_peak[ends]
    return float(np.max(np.where(below, times[ends] - times[starts], 0)))


def _finite(value: float) -> float:
    return value if isfinite(value) else nan
