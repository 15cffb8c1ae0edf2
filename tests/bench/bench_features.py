"""Print microseconds a bar of the features: bar by bar (row as a tuple) and in a block; best of five.

Run ``python tests/bench/bench_features.py``. The calibration line is a fixed plain-Python loop timed in the same run:
it tells how fast the machine is at the moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from finantrade.domain.market import Bar
from finantrade.domain.units import MINUTE
from finantrade.features.catalogue import resolve
from finantrade.features.feature_set import FeatureLine, FeatureSet
from finantrade.market.candles import Candles

QUARTER = 15 * MINUTE
BARS = 100_000
FULL = (
    *("ema_12", "ema_26", "sma_20", "rsi_14", "macd_12_26_9", "macd_signal_12_26_9", "macd_hist_12_26_9", "atr_14"),
    *("bb_upper_20_2", "bb_lower_20_2", "bb_width_20_2", "bb_percent_20_2", "adx_14", "plus_di_14", "minus_di_14"),
    *("stoch_k_14", "stoch_d_14_3", "zscore_20", "return_1", "log_return_1", "body_ratio", "range_ratio"),
    *("volume_zscore_20", "trend_50_1h", "trend_50_4h"),
)
SETS = {"25 features": FULL, "ema_12, ema_26": ("ema_12", "ema_26")}


def walk(bars: int) -> Candles:
    """Return a seeded random walk of sane bars."""
    rng = np.random.default_rng(7)
    close = 30_000.0 * np.exp(np.cumsum(rng.normal(0.0, 2e-3, bars)))
    opened = np.concatenate(([30_000.0], close[:-1]))
    high = np.maximum(opened, close) * (1.0 + rng.exponential(1e-3, bars))
    low = np.minimum(opened, close) * (1.0 - rng.exponential(1e-3, bars))
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": rng.lognormal(3.0, 1.0, bars)}
    return Candles.of("BTCUSDT", QUARTER, np.arange(bars) * QUARTER, columns)


def bars_of(candles: Candles) -> list[Bar]:
    """Return the candles as bars."""
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    rows = zip(candles.open_time.tolist(), *(column.tolist() for column in columns), strict=True)
    return [Bar("BTCUSDT", time, time + QUARTER - 1, *values) for time, *values in rows]


def best(run: Callable[[], object], items: int) -> float:
    """Return microseconds an item, best of five."""
    seconds: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return 1e6 * min(seconds) / items


def calibration() -> None:
    """Be the fixed plain-Python loop."""
    x = 0.0
    for i in range(200_000):
        x += (i - x) * 0.1


def report(title: str, names: tuple[str, ...], candles: Candles, bars: list[Bar]) -> str:
    """Return the line of one set of features."""
    start = time.perf_counter()
    features = FeatureSet([resolve(name) for name in names], QUARTER)
    line = features.start()
    started = time.perf_counter() - start
    each = best(lambda: bar_by_bar(line, bars), len(bars))
    block = best(lambda: line.extend(candles), len(bars))
    return f"{title:15} incremental {each:6.3f} µs a bar   batch {block:6.3f} µs a bar   start {started:5.2f} s"


def bar_by_bar(line: FeatureLine, bars: list[Bar]) -> None:
    """Drive the line as the lane does."""
    update = line.update
    for bar in bars:
        update(bar)


def main() -> None:
    """Measure and print."""
    candles = walk(BARS)
    bars = bars_of(candles)
    for title, names in SETS.items():
        print(report(title, names, candles, bars))
    print(f"{'calibration':15} {best(calibration, 1) / 1e3:.2f} ms for 200 000 steps of plain Python")


if __name__ == "__main__":
    main()
