"""Microseconds a bar of the replay order: every message is made and looked at."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from finantrade.domain.units import MINUTE, Millis
from finantrade.market.candles import REQUIRED, VALUES, Candles
from finantrade.market.facts import facts, key_of

QUARTER = 15 * MINUTE
START = 1_577_836_800_000


def candles(symbol: str, bars: int, columns: tuple[str, ...] = VALUES, timeframe: Millis = QUARTER) -> Candles:
    """Return bars that nobody would trade, but of the right shape."""
    random = np.random.default_rng(7)
    times = START + np.arange(bars) * timeframe
    return Candles.of(symbol, timeframe, times, {name: random.random(bars) + 1.0 for name in columns})


def replay(*markets: Candles) -> None:
    """Take every fact."""
    for _at, _message in facts(markets, 0):
        pass


def resume(market: Candles) -> None:
    """Go on where a session stopped near the end."""
    bars = len(market)
    *_, (_, last) = facts([market.slice(bars - 10, bars - 5)], 0)
    next(facts([market], 0, after=key_of(last)), None)


def seconds(run: Callable[[], None]) -> float:
    """Return how long it takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def main() -> None:
    """Measure over a number of bars a symbol."""
    bars = int(sys.argv[1])
    btc, eth, plain = candles("BTCUSDT", bars), candles("ETHUSDT", bars), candles("BTCUSDT", bars, REQUIRED)
    hourly = candles("ETHUSDT", bars, timeframe=4 * QUARTER)
    said = {
        "twelve_columns_us": seconds(lambda: replay(btc)) / bars * 1e6,
        "six_columns_us": seconds(lambda: replay(plain)) / bars * 1e6,
        "two_symbols_us": seconds(lambda: replay(btc, eth)) / bars / 2 * 1e6,
        "two_timeframes_us": seconds(lambda: replay(btc, hourly)) / bars / 2 * 1e6,
        "resume_ms": seconds(lambda: resume(btc)) * 1e3,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
