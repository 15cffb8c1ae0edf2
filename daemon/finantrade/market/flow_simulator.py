"""Invented flow and sentiment for candles whose venue has none: labelled synthetic wherever they go.

They behave roughly as the real ones do, and know no more than the real ones would: what a row says follows from bars
that had closed at its time, and from seeded noise.

- Takers buy more in rising bars; their sum is the bar's volume at its price.
- Open interest follows volume and drifts back; it falls where prices move fast.
- Liquidations come in bars that move beyond twice the usual, on the side that the move hurts.
- Funding, every 8 hours, is a basis of 0.01 % plus a share of the last three days' return, within +-0.75 %.
- The ratio of long to short accounts leans against the last day; taker ratios follow the flow.
- The mood of the day is 50 plus the month's return and minus its unrest, from 0 to 100. There is one for
  all symbols, that of the candles for which it was invented last.

A signal that works on these works on an invention: they are there to try a strategy's wiring, not its worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from finantrade.domain.context import FEAR_AND_GREED
from finantrade.domain.units import DAY, HOUR, Millis
from finantrade.market.candles import Floats, Times
from finantrade.market.interval import grid_start
from finantrade.market.series import Kind
from finantrade.market.table import Table

SETTLEMENT = 8 * HOUR
VENUE = "synthetic"
"""The venue of all of it, so that nothing real is ever among it."""


class Market:
    """Candles, and what their past says at each close."""

    def __init__(self, bars: Table, seed: int) -> None:
        self.bars = bars
        self.seed = seed
        self.close = bars.values["close"]
        self.value = bars.values["volume"] * self.close
        self.closes: Times = bars.time + bars.interval
        self.returns: Floats = np.diff(np.log(self.close), prepend=np.log(self.close[:1]))
        self.unrest = smoothed(np.abs(self.returns), self.bars_of(DAY)) + 1e-9

    def bars_of(self, length: Millis) -> int:
        """Return how many bars are a time, at least one."""
        return max(1, length // self.bars.interval)

    def noise(self, kind: Kind) -> Floats:
        """Return a normal number for each bar, of a kind's own stream: more bars do not change the first ones."""
        return np.random.default_rng([self.seed, list(Kind).index(kind)]).standard_normal(len(self.bars))

    def gained(self, length: Millis) -> Floats:
        """Return the return over the time before each close, as far as the bars reach."""
        back = np.maximum(np.arange(len(self.close)) - self.bars_of(length), 0)
        return np.log(self.close / self.close[back])

    def table(self, kind: Kind, rows: Times, times: Times, interval: Millis, columns: Mapping[str, Floats]) -> Table:
        """Return a series with the values at some rows."""
        return Table.of(kind, self.bars.symbol, interval, times, {name: one[rows] for name, one in columns.items()})


def invent(bars: Table, kind: Kind, seed: int = 0) -> Table:
    """Return an invented series for normalised candles. Raises ValueError for a kind that has no simulator."""
    if kind not in SIMULATORS:
        raise ValueError(f"expected one of {', '.join(SIMULATORS)}, found {kind}")
    return SIMULATORS[kind](Market(bars, seed))


def smoothed(values: Floats, span: int) -> Floats:
    """Return exponential means over what came before, by doubling windows: no value depends on a later one."""
    weight = 2.0 / (span + 2.0)
    keep, total, step = 1.0 - weight, values * weight, 1
    # Sums of 1, 2, 4 … terms; what is older than 16 spans weighs nothing.
    while step < min(len(values), 16 * span):
        shifted = np.concatenate((np.zeros(min(step, len(total))), total[:-step]))
        total = total + keep**step * shifted
        step *= 2
    terms = np.minimum(np.arange(len(values)) + 1, step)
    return total / (1.0 - keep**terms)


def _taker_flow(market: Market) -> Table:
    bought = market.value * _share_bought(market)
    columns = {"buy": bought, "sell": market.value - bought}
    return market.table(Kind.TAKER_FLOW, _all(market), market.bars.time, market.bars.interval, columns)


def _open_interest(market: Market) -> Table:
    usual = smoothed(market.value, market.bars_of(DAY))
    hurt = np.minimum(np.abs(market.returns) / market.unrest, 10.0) * 0.01
    level = smoothed(usual * (1.0 + 0.1 * market.noise(Kind.OPEN_INTEREST)), market.bars_of(DAY)) * (1.0 - hurt)
    amount = np.maximum(level, 0.0) * 20.0 / market.close
    columns = {"amount": amount, "value": amount * market.close}
    return market.table(Kind.OPEN_INTEREST, _all(market), market.closes, market.bars.interval, columns)


def _liquidations(market: Market) -> Table:
    beyond = np.maximum(np.abs(market.returns) / market.unrest - 2.0, 0.0)
    size = market.value * 0.01 * beyond * np.exp(0.5 * market.noise(Kind.LIQUIDATIONS))
    columns = {"longs": np.where(market.returns < 0, size, 0.0), "shorts": np.where(market.returns > 0, size, 0.0)}
    return market.table(Kind.LIQUIDATIONS, _all(market), market.bars.time, market.bars.interval, columns)


def _funding(market: Market) -> Table:
    rate = 1e-4 + 0.01 * market.gained(3 * DAY) + 5e-5 * market.noise(Kind.FUNDING)
    columns = {"rate": np.clip(rate, -0.0075, 0.0075), "interval_h": np.full(len(rate), SETTLEMENT / HOUR)}
    rows, times = _last_before(market, SETTLEMENT)
    return market.table(Kind.FUNDING, rows, times, 0, columns)


def _ratios(market: Market) -> Table:
    lean = np.exp(-2.0 * np.clip(market.gained(DAY), -0.5, 0.5) + 0.05 * market.noise(Kind.RATIOS))
    bought = _share_bought(market)
    columns = {"accounts": lean, "top_accounts": np.sqrt(lean), "taker": bought / (1.0 - bought)}
    return market.table(Kind.RATIOS, _all(market), market.closes, market.bars.interval, columns)


def _sentiment(market: Market) -> Table:
    mood = 50.0 + 100.0 * market.gained(30 * DAY) - 1_000.0 * (market.unrest - smoothed(market.unrest, 500))
    columns = {"value": np.rint(np.clip(mood + 4.0 * market.noise(Kind.SENTIMENT), 0.0, 100.0))}
    rows, times = _last_before(market, DAY)
    return Table.of(Kind.SENTIMENT, FEAR_AND_GREED, DAY, times, {name: one[rows] for name, one in columns.items()})


def _share_bought(market: Market) -> Floats:
    lean = np.tanh(market.returns / market.unrest)
    return np.clip(0.5 + 0.1 * lean + 0.02 * market.noise(Kind.TAKER_FLOW), 0.05, 0.95)


def _all(market: Market) -> Times:
    return np.arange(len(market.bars))


# The last bar that had closed at each grid point: nothing of a day is known before it is over.
def _last_before(market: Market, length: Millis) -> tuple[Times, Times]:
    closes = market.closes
    first, last = int(grid_start(closes[:1] + length - 1, length)[0]), int(closes[-1])
    times: Times = np.arange(first, last + 1, length, dtype=np.int64)
    return np.searchsorted(closes, times, side="right").astype(np.int64) - 1, times


SIMULATORS: Mapping[Kind, Callable[[Market], Table]] = {
    Kind.TAKER_FLOW: _taker_flow,
    Kind.OPEN_INTEREST: _open_interest,
    Kind.LIQUIDATIONS: _liquidations,
    Kind.FUNDING: _funding,
    Kind.RATIOS: _ratios,
    Kind.SENTIMENT: _sentiment,
}
