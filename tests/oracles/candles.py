"""Runs, gaps and candlestick patterns, by comparing shifted columns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from tests.oracles.data import Oracle, zscore


class Shape:
    """The parts of the bars ``ago`` bars before."""

    def __init__(self, d: pd.DataFrame, ago: int = 0) -> None:
        self.open, self.high, self.low, self.close = (d[name].shift(ago) for name in ("open", "high", "low", "close"))
        self.body = self.close - self.open
        self.size = self.body.abs()
        self.range = self.high - self.low
        self.top, self.bottom = self.open.combine(self.close, max), self.open.combine(self.close, min)
        self.upper, self.lower = self.high - self.top, self.bottom - self.low
        self.long = (self.size >= 0.5 * self.range) & (self.size > 0)


def signs(up: pd.Series, down: pd.Series, missing: int = 0) -> pd.Series:
    found = up.astype(float) - down.astype(float)
    found.iloc[:missing] = np.nan
    return found


def none(d: pd.DataFrame) -> pd.Series:
    return pd.Series(False, d.index)


def hammer(d: pd.DataFrame) -> pd.Series:
    one = Shape(d)
    return signs((one.size > 0) & (one.lower >= 2 * one.size) & (one.upper <= 0.1 * one.range), none(d))


def shooting_star(d: pd.DataFrame) -> pd.Series:
    one = Shape(d)
    return signs(none(d), (one.size > 0) & (one.upper >= 2 * one.size) & (one.lower <= 0.1 * one.range))


def marubozu(d: pd.DataFrame) -> pd.Series:
    one = Shape(d)
    return np.sign(one.body) * (one.size >= 0.95 * one.range)


def inside(d: pd.DataFrame) -> pd.Series:
    one, last = Shape(d), Shape(d, 1)
    within = (one.high < last.high) & (one.low > last.low)
    return signs(within, (one.high > last.high) & (one.low < last.low), 1)


def engulfing(d: pd.DataFrame) -> pd.Series:
    one, last = Shape(d), Shape(d, 1)
    covers = (one.size > last.size) & (one.top >= last.top) & (one.bottom <= last.bottom)
    return signs(covers & (one.body > 0) & (last.body < 0), covers & (one.body < 0) & (last.body > 0), 1)


def harami(d: pd.DataFrame) -> pd.Series:
    one, last = Shape(d), Shape(d, 1)
    within = last.long & (one.size < last.size) & (one.top <= last.top) & (one.bottom >= last.bottom)
    return signs(within & (one.body > 0) & (last.body < 0), within & (one.body < 0) & (last.body > 0), 1)


def star(d: pd.DataFrame) -> pd.Series:
    one, second, first = Shape(d), Shape(d, 1), Shape(d, 2)
    ready = first.long & (second.size <= 0.3 * first.size)
    middle = (first.open + first.close) / 2
    morning = ready & (first.body < 0) & (one.body > 0) & (one.close > middle)
    return signs(morning, ready & (first.body > 0) & (one.body < 0) & (one.close < middle), 2)


def soldiers(d: pd.DataFrame) -> pd.Series:
    bars = [Shape(d, ago) for ago in (2, 1, 0)]

    def march(sign: int) -> pd.Series:
        found = ~none(d)
        for one in bars:
            found &= one.long & (sign * one.body > 0)
        for last, one in pairwise(bars):
            found &= (sign * one.close > sign * last.close) & (one.open <= last.top) & (one.open >= last.bottom)
        return found

    return signs(march(1), march(-1), 2)


def run(d: pd.DataFrame) -> pd.Series:
    way = np.sign(d.close.diff())
    return way * (way.groupby((way != way.shift()).cumsum()).cumcount() + 1)


def gap(d: pd.DataFrame) -> pd.Series:
    return d.open / d.close.shift() - 1


ORACLES: dict[str, Oracle] = {
    "gap": gap,
    "gap_zscore_20": lambda d: zscore(gap(d), 20),
    "range_zscore_20": lambda d: zscore((d.high - d.low) / d.close, 20),
    "run": run,
    "doji": lambda d: signs((Shape(d).range > 0) & (Shape(d).size <= 0.1 * Shape(d).range), none(d)),
    "hammer": hammer,
    "shooting_star": shooting_star,
    "marubozu": marubozu,
    "inside_bar": inside,
    "engulfing": engulfing,
    "harami": harami,
    "star": star,
    "soldiers": soldiers,
}
