"""Print microseconds a bar of the replay order, every message made and looked at; best of five.

Run ``python tests/bench/bench_facts.py``. The calibration line is a fixed plain-Python loop timed in the same run: it
tells how fast the machine is at the moment.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from finantrade.domain.units import MINUTE, Millis
from finantrade.market.candles import REQUIRED, VALUES, Candles
from finantrade.market.facts import facts, key_of

QUARTER = 15 * MINUTE
BARS = 350_400
START = 1_577_836_800_000


def candles(symbol: str, columns: tuple[str, ...] = VALUES, timeframe: Millis = QUARTER) -> Candles:
    random = np.random.default_rng(7)
    times = START + np.arange(BARS) * timeframe
    return Candles.of(symbol, timeframe, times, {name: random.random(BARS) + 1.0 for name in columns})


def replay(*markets: Candles) -> None:
    for _at, _message in facts(markets, 0):
        pass


def resume(market: Candles) -> None:
    *_, (_, last) = facts([market.slice(BARS - 10, BARS - 5)], 0)
    next(facts([market], 0, after=key_of(last)), None)


def calibrate() -> None:
    total = 0
    for number in range(BARS):
        total += number & 7


def best(run: Callable[[], None]) -> float:
    """Return the shortest of five runs in seconds."""
    taken: list[float] = []
    for _ in range(5):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def main() -> None:
    btc, eth, plain = candles("BTCUSDT"), candles("ETHUSDT"), candles("BTCUSDT", REQUIRED)
    hourly = candles("ETHUSDT", timeframe=4 * QUARTER)
    rows: tuple[tuple[str, Callable[[], None], int], ...] = (
        ("calibration: empty loop", calibrate, BARS),
        ("one symbol, twelve columns", lambda: replay(btc), BARS),
        ("one symbol, six columns", lambda: replay(plain), BARS),
        ("two symbols on one grid", lambda: replay(btc, eth), 2 * BARS),
        ("two timeframes, merged", lambda: replay(btc, hourly), 2 * BARS),
    )
    for name, run, bars in rows:
        sys.stdout.write(f"{name:<28} {best(run) / bars * 1e6:6.3f} us/bar\n")
    sys.stdout.write(f"{'continue near the end':<28} {best(lambda: resume(btc)) * 1e3:6.3f} ms\n")


if __name__ == "__main__":
    main()
