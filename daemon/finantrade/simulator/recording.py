"""One symbol's recorded bars, and what the exchange would have said while each of them formed.

1. Inside a bar the price walks from the open to one extreme, to the other, to the close, in straight lines. Which
   extreme comes first, and when, is drawn by seed and bar. So every forming candle lies within the bar that it becomes,
   and the last of them equals it but for the flag.
2. Volumes grow with the share of the bar that is over. Columns that the recording lacks are made up from the others.
3. Longer intervals are put together from the recorded ones, aligned to UTC.
4. A hole in the recording is a hole here: no candle, no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import NamedTuple

import numpy as np

from finantrade.domain.market import Bar
from finantrade.domain.units import Millis, timeframe_ms
from finantrade.market.candles import VALUES, Candles, Floats
from finantrade.simulator.chance import chance

INTERVALS = frozenset(map(timeframe_ms, ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"]))
"""What the exchange gives, but for weeks and months. Each is kept once it was asked for: it has to be a short list."""
MOST_DIGITS = 8
SAMPLE = 512
FOLDS: Mapping[str, np.ufunc] = {"high": np.maximum, "low": np.minimum} | dict.fromkeys(VALUES[4:], np.add)


class Recording:
    """The bars of one symbol by interval. ``digits`` is how many places after the point its prices have."""

    def __init__(self, candles: Candles, seed: int) -> None:
        self.symbol = candles.symbol
        self.timeframe = candles.timeframe
        self.digits = digits_of(np.concatenate([candles.column(name)[:SAMPLE] for name in VALUES[:4]]))
        self.qty_digits = digits_of(candles.volume[:SAMPLE])
        self._seed = seed
        self._by_interval = {candles.timeframe: completed(candles)}
        self._path: tuple[int, Path] | None = None

    @property
    def first(self) -> Millis:
        """The first moment that is recorded."""
        return int(self._by_interval[self.timeframe].open_time[0])

    @property
    def end(self) -> Millis:
        """The moment at which the last bar closes."""
        return int(self._by_interval[self.timeframe].open_time[-1]) + self.timeframe

    def serves(self, interval: Millis) -> bool:
        """Whether the exchange has bars of this length, and they can be put together."""
        return interval == self.timeframe or (interval in INTERVALS and interval % self.timeframe == 0)

    def bars(self, interval: Millis) -> Candles:
        """Return all bars of an interval that is served."""
        if interval not in self._by_interval:
            self._by_interval[interval] = lengthened(self._by_interval[self.timeframe], interval)
        return self._by_interval[interval]

    def closed(self, interval: Millis, open_time: Millis) -> Bar | None:
        """Return the whole bar that opened then, None in a hole."""
        candles = self.bars(interval)
        row = row_at(candles, open_time)
        return None if row is None else bar_of(candles, row)

    def forming(self, interval: Millis, now: Millis) -> Bar | None:
        """Return the bar of ``now`` as it stands at that moment, None where nothing of it is there."""
        candles = self._by_interval[self.timeframe]
        begin, present = now // interval * interval, now // self.timeframe * self.timeframe
        start, stop = np.searchsorted(candles.open_time, (begin, present))
        parts = [bar_of(candles, row) for row in range(int(start), int(stop))]
        row = row_at(candles, present)
        if row is not None:
            parts.append(self._part(candles, row, now))
        return folded(parts, begin, interval) if parts else None

    def price(self, now: Millis) -> float | None:
        """Return the last price at a moment, None in a hole."""
        candles = self._by_interval[self.timeframe]
        row = row_at(candles, now // self.timeframe * self.timeframe)
        return None if row is None else self._part(candles, row, now).close

    def _part(self, candles: Candles, row: int, now: Millis) -> Bar:
        whole = bar_of(candles, row)
        share = (now - whole.open_time) / self.timeframe
        if self._path is None or self._path[0] != row:
            self._path = row, path_of(whole, self._seed)
        low, high, close = self._path[1].upto(share, self.digits)
        volume, quote, taker, taker_quote = (
            round(amount * share, self.qty_digits)
            for amount in (
                whole.volume, whole.quote_volume, whole.taker_buy_volume, whole.taker_buy_quote_volume,
            )
        )  # fmt: skip
        return Bar(
            self.symbol, whole.open_time, whole.close_time, whole.open, high, low, close,
            volume, quote, float(int(whole.trades * share)), taker, taker_quote,
        )  # fmt: skip


class Path(NamedTuple):
    """Corners of the way of the price through a bar: when, as shares of the bar, and at which price."""

    when: tuple[float, ...]
    price: tuple[float, ...]

    def upto(self, share: float, digits: int) -> tuple[float, float, float]:
        """Return lowest, highest and last price once this share of the bar is over."""
        last = round(float(np.interp(share, self.when, self.price)), digits)
        last = min(max(last, min(self.price)), max(self.price))
        passed = [price for when, price in zip(self.when, self.price, strict=True) if when <= share]
        return min(last, *passed), max(last, *passed), last


def path_of(bar: Bar, seed: int) -> Path:
    """Draw the way of the price through a bar."""
    drawn = [chance(seed, "path", bar.symbol, bar.open_time, corner) for corner in range(3)]
    extremes = (bar.high, bar.low) if drawn[0] < 0.5 else (bar.low, bar.high)
    return Path((0.0, 0.1 + 0.35 * drawn[1], 0.55 + 0.35 * drawn[2], 1.0), (bar.open, *extremes, bar.close))


def completed(candles: Candles) -> Candles:
    """Return candles without NaN: uncounted trades are none, of a volume that nobody split takers bought half."""
    volume = known(candles.volume, np.zeros(len(candles)))
    columns = {name: candles.column(name) for name in VALUES[:4]} | {
        "volume": volume,
        "quote_volume": known(candles.quote_volume, volume * candles.close),
        "trades": np.round(known(candles.trades, np.zeros(len(candles)))),
        "taker_buy_volume": known(candles.taker_buy_volume, volume / 2),
        "taker_buy_quote_volume": known(candles.taker_buy_quote_volume, volume * candles.close / 2),
    }
    return Candles.of(candles.symbol, candles.timeframe, candles.open_time, columns)


def lengthened(candles: Candles, interval: Millis) -> Candles:
    """Return bars of a longer interval, those with a hole in them made of what is there."""
    begins = candles.open_time // interval * interval
    opens = np.flatnonzero(np.diff(begins, prepend=-1))
    closes = np.append(opens[1:], len(candles)) - 1
    columns = {"open": candles.open[opens], "close": candles.close[closes]} | {
        name: np.round(fold.reduceat(candles.column(name), opens), MOST_DIGITS) for name, fold in FOLDS.items()
    }
    return Candles.of(candles.symbol, interval, begins[opens], columns)


def row_at(candles: Candles, open_time: Millis) -> int | None:
    """Return the row of the bar that opened then, None where there is none."""
    row = int(np.searchsorted(candles.open_time, open_time))
    return row if row < len(candles) and int(candles.open_time[row]) == open_time else None


def bar_of(candles: Candles, row: int) -> Bar:
    """Return one row."""
    opened = int(candles.open_time[row])
    first, high, low, close, volume, quote, trades, taker, taker_quote = (
        float(candles.column(name)[row]) for name in VALUES
    )
    return Bar(
        candles.symbol, opened, opened + candles.timeframe - 1, first, high, low, close,
        volume, quote, trades, taker, taker_quote,
    )  # fmt: skip


def folded(parts: list[Bar], begin: Millis, interval: Millis) -> Bar:
    """Return one bar of all of its parts."""
    if len(parts) == 1 and parts[0].close_time - parts[0].open_time == interval - 1:
        return parts[0]
    high, low = max(one.high for one in parts), min(one.low for one in parts)
    sums = (round(fsum(getattr(one, name) for one in parts), MOST_DIGITS) for name in VALUES[4:])
    volume, quote, trades, taker, taker_quote = sums
    return Bar(
        parts[0].symbol, begin, begin + interval - 1, parts[0].open, high, low, parts[-1].close,
        volume, quote, trades, taker, taker_quote,
    )  # fmt: skip


def known(column: Floats, otherwise: Floats) -> Floats:
    """Return a column with its NaN filled in."""
    return np.where(np.isnan(column), otherwise, column)


def digits_of(column: Floats) -> int:
    """Return how many places after the point numbers have."""
    fitting = (digits for digits in range(MOST_DIGITS) if bool(np.all(np.round(column, digits) == column)))
    return next(fitting, MOST_DIGITS)
