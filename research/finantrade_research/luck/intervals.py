"""Between which values the figures would lie, had the same returns and trades come in another order of blocks.

Daily returns are resampled for the figures of the curve, closed trades in order of closing for theirs. The drawdown is
that of daily closes, a little less deep than that of all marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import nan

import msgspec
import numpy as np

from finantrade_research import ratios, round_trips
from finantrade_research.curve import Floats, Times
from finantrade_research.luck.bootstrap import block_length, resampled

DRAWS = 1_000
FEWEST_DRAWS = 200
CELLS = 500_000
"""Numbers that are drawn for one kind of series: of a long one fewer histories are drawn, never below the fewest."""
LEVEL = 0.9
Figure = Callable[[Floats], Floats]


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as measured, and the 5 % and 95 % quantiles of what resampling gave; NaN where it is undefined."""

    measured: float
    low: float
    high: float


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals by the name of a metric; ``block`` is the mean length of the blocks, in days and in trades."""

    level: float
    day_block: float
    day_draws: int
    trade_block: float
    trade_draws: int
    figures: dict[str, Interval]


def _annual_growth(returns: Floats) -> Floats:
    return ratios.annual_growth(np.prod(1 + returns, axis=-1), returns.shape[-1])


def _calmar(returns: Floats) -> Floats:
    return ratios.calmar(_annual_growth(returns), ratios.deepest_fall(returns))


OF_DAYS: Mapping[str, Figure] = {
    "cagr": _annual_growth,
    "volatility": ratios.volatility,
    "sharpe": ratios.sharpe,
    "sortino": ratios.sortino,
    "calmar": _calmar,
    "omega": ratios.omega,
    "max_drawdown": ratios.deepest_fall,
    "expected_shortfall": ratios.expected_shortfall,
}
OF_PROFITS: Mapping[str, Figure] = {
    "win_rate": round_trips.win_rate,
    "profit_factor": round_trips.profit_factor,
    "expectancy": round_trips.expectancy,
}
OF_SHARES: Mapping[str, Figure] = {"sqn": round_trips.system_quality, "kelly": round_trips.kelly}


def intervals(returns: Floats, profits: Floats, shares: Floats, seed: int) -> Intervals:
    """Return the intervals of the figures of daily ``returns``, and of trades in order of closing."""
    random = np.random.default_rng([seed, len(returns), len(profits)])
    day_block, trade_block = block_length(returns), block_length(shares)
    days, trades = (_places(len(one), block, random) for one, block in ((returns, day_block), (shares, trade_block)))
    figures = dict(
        (
            *_found(OF_DAYS, returns, days),
            *_found(OF_PROFITS, profits, trades),
            *_found(OF_SHARES, shares, trades),
        )
    )
    return Intervals(
        level=LEVEL,
        day_block=day_block,
        day_draws=len(days),
        trade_block=trade_block,
        trade_draws=len(trades),
        figures=figures,
    )


def draws_of(length: int) -> int:
    """Return how many histories of this length are drawn."""
    return max(min(CELLS // max(length, 1), DRAWS), FEWEST_DRAWS)


def quantiles(values: Floats, *levels: float) -> tuple[float, ...]:
    """Return quantiles of those values that are numbers; NaN where fewer than half of them are."""
    defined = values[~np.isnan(values)]
    if 2 * len(defined) < len(values) or not len(defined):
        return (nan,) * len(levels)
    return tuple(np.quantile(defined, levels).tolist())


def _places(length: int, block: float, random: np.random.Generator) -> Times:
    if not length:
        return np.empty((0, 0), dtype=np.int64)
    return resampled(length, draws_of(length), block, random)


def _found(figures: Mapping[str, Figure], series: Floats, places: Times) -> Iterator[tuple[str, Interval]]:
    histories = series[places]
    for name, figure in figures.items():
        low, high = quantiles(figure(histories), (1 - LEVEL) / 2, (1 + LEVEL) / 2) if len(places) else (nan, nan)
        yield name, Interval(measured=float(figure(series)), low=low, high=high)
