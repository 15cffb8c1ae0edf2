"""Equity curves: of a backtest, and of buying its symbols at the first open and holding them.

1. A curve begins with its initial value at the opening of the first bar, and has a mark at every close.
2. Daily returns are taken between the last marks of UTC days; a day without a mark repeats the one before.
3. Buy and hold puts an equal part of the initial balance into each symbol at its first open, and trades no more: no
   fees, no funding. A symbol that is listed later is cash until then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import DAY, Millis, timeframe_ms

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.market.candles import Candles

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Curve:
    """An equity curve: ``initial`` at ``start``, then ``equity`` (quote units) at ``times`` (milliseconds, rising)."""

    start: Millis
    initial: float
    times: Times
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


def buy_and_hold(candles: Iterable[Candles], initial: float) -> Curve | None:
    """Return the curve of holding the symbols in equal parts; None where there are no bars."""
    held = [one for one in candles if len(one)]
    if not held:
        return None
    # Sorting what is nearly sorted costs a fraction of the hashing that ``np.unique`` does.
    closes = np.sort(np.concatenate([one.open_time + one.timeframe - 1 for one in held]), kind="stable")
    times = closes[np.diff(closes, prepend=-1) > 0]
    growth = np.zeros(len(times))
    for one in held:
        at = np.searchsorted(one.open_time + one.timeframe - 1, times, side="right")
        growth += np.concatenate(([1.0], one.close / one.open[0]))[at]
    return Curve(min(int(one.open_time[0]) for one in held), initial, times, initial * growth / len(held))


def days(curve: Curve) -> tuple[Times, Floats]:
    """Return every UTC day from the first mark's to the last one's, as days since 1970, and equity at its end."""
    marked = curve.times // DAY
    last = np.flatnonzero(np.diff(marked, append=marked[-1] + 1))
    every: Times = np.arange(int(marked[0]), int(marked[-1]) + 1)
    return every, curve.equity[last][np.searchsorted(marked[last], every, side="right") - 1]


def daily_returns(curve: Curve) -> Floats:
    """Return the relative change of equity over each UTC day, from the first mark's day to the last one's."""
    _, closes = days(curve)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.diff(closes, prepend=curve.initial) / np.concatenate(([curve.initial], closes[:-1]))
