"""Microseconds a bar of a set of features: bar by bar as the lane does it, and in one block as a replay may.

The values come as a tuple a bar, as the lane takes them. What a bar takes is processor time, so that others on the
machine matter less: it is one thread that waits for nothing. ``start`` is reading the kernel from its cache, or with
``cold`` as the second word compiling it into an empty one. With ``symbols`` one bar of each of many comes at a time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from tests.bench.rivals.work import peak_rss_mb

from finantrade.domain.market import Bar
from finantrade.domain.units import MINUTE
from finantrade.features.catalogue import CATALOGUE, resolve
from finantrade.features.compile import Update
from finantrade.features.computing import BLOCK
from finantrade.features.feature_line import FeatureLine
from finantrade.features.feature_set import FeatureSet
from finantrade.market.candles import Candles

QUARTER = 15 * MINUTE
SYMBOLS, BURSTS, PASSES = 500, 200, 3
FULL = (
    *("ema_12", "ema_26", "sma_20", "rsi_14", "macd_12_26_9", "macd_signal_12_26_9", "macd_hist_12_26_9", "atr_14"),
    *("bb_upper_20_2", "bb_lower_20_2", "bb_width_20_2", "bb_percent_20_2", "adx_14", "plus_di_14", "minus_di_14"),
    *("stoch_k_14", "stoch_d_14_3", "zscore_20", "return_1", "log_return_1", "body_ratio", "range_ratio"),
    *("volume_zscore_20", "trend_50_1h", "trend_50_4h"),
)
SETS = {"all": CATALOGUE.usual(), "full": FULL, "pair": ("ema_12", "ema_26")}


def walk(bars: int) -> Candles:
    """Return a seeded random walk of sane bars."""
    rng = np.random.default_rng(7)
    close = 30_000.0 * np.exp(np.cumsum(rng.normal(0.0, 2e-3, bars)))
    opened = np.concatenate(([30_000.0], close[:-1]))
    high = np.maximum(opened, close) * (1.0 + rng.exponential(1e-3, bars))
    low = np.minimum(opened, close) * (1.0 - rng.exponential(1e-3, bars))
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": rng.lognormal(3.0, 1.0, bars)}
    columns |= {"quote_volume": columns["volume"] * close, "trades": rng.integers(1, 500, bars).astype(np.float64)}
    columns["taker_buy_volume"] = columns["volume"] * rng.random(bars)
    columns["taker_buy_quote_volume"] = columns["taker_buy_volume"] * close
    return Candles.of("BTCUSDT", QUARTER, np.arange(bars) * QUARTER, columns)


def bars_of(candles: Candles) -> list[Bar]:
    """Return the candles as bars."""
    columns = [column.tolist() for column in candles.columns().values()]
    rows = zip(candles.open_time.tolist(), *columns, strict=True)
    return [Bar("BTCUSDT", time, time + QUARTER - 1, *values) for time, *values in rows]


def seconds(run: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return how long it takes."""
    begun = clock()
    run()
    return clock() - begun


def bar_by_bar(line: FeatureLine, bars: list[Bar]) -> None:
    """Drive the line as the lane does."""
    update = line.update
    for bar in bars:
        update(bar)


def in_blocks(line: FeatureLine, candles: Candles) -> None:
    """Drive the line as a replay does."""
    for begin in range(0, len(candles), BLOCK):
        line.extend(candles.slice(begin, min(begin + BLOCK, len(candles))))


def cold_start(names: tuple[str, ...]) -> dict[str, float]:
    """Say how long a set takes to compile where nothing is cached."""
    with TemporaryDirectory() as directory:
        os.environ["NUMBA_CACHE_DIR"] = directory  # read when numba is imported, by the first kernel
        busy = time.process_time()
        taken = seconds(FeatureSet([resolve(name) for name in names], QUARTER).start, time.perf_counter)
        return {"start_s": taken, "processor_s": time.process_time() - busy}


def many_symbols(names: tuple[str, ...]) -> dict[str, float]:
    """Say how long one bar of every symbol takes, and what a symbol adds to the memory of the process."""
    features = FeatureSet([resolve(name) for name in names], QUARTER)
    candles = walk(BURSTS + SYMBOLS)
    features.batch(candles)
    bars, before = bars_of(candles), peak_rss_mb()
    updates = [features.start().update for _ in range(SYMBOLS)]
    taken = [seconds(partial(close, updates, bars[nth:])) for nth in range(BURSTS)]
    return {"burst_ms": median(taken) * 1e3, "memory_kb": (peak_rss_mb() - before) * 1024 / SYMBOLS}


def close(updates: list[Update], bars: list[Bar]) -> None:
    """Let a bar of every symbol come; each has a price of its own."""
    for update, bar in zip(updates, bars, strict=False):
        update(bar)


def main() -> None:
    """Measure one of ``SETS`` over a number of bars, its cold start, or many symbols with it."""
    names = SETS[sys.argv[1]]
    for way, measured in (("cold", cold_start), ("symbols", many_symbols)):
        if sys.argv[2] == way:
            print(json.dumps(measured(names)))
            return
    candles = walk(int(sys.argv[2]))
    bars = bars_of(candles)
    begun = time.perf_counter()
    features = FeatureSet([resolve(name) for name in names], QUARTER)
    line = features.start()
    start_s = time.perf_counter() - begun
    each = min(seconds(partial(bar_by_bar, features.start(), bars)) for _ in range(PASSES))
    block = min(seconds(partial(in_blocks, features.start(), candles)) for _ in range(PASSES))
    said = {"incremental_us": each / len(bars) * 1e6, "batch_us": block / len(bars) * 1e6, "start_s": start_s}
    print(json.dumps({**said, "state_kb": len(line.snapshot()) / 1e3}))


if __name__ == "__main__":
    main()
