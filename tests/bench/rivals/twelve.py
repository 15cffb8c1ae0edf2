"""The work of B3, twelve usual indicators as one set, and how a system answers what came of it.

SMA 20, EMA 50, RSI 14, MACD 12/26/9, Bollinger bands 20/2, ATR 14, ADX 14, slow stochastic 14/3/3, CCI 20, on-balance
volume, Donchian channel 20, and the mean close of 20 bars weighted by volume. Every environment runs this file.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence

NAMES = (
    *("sma", "ema", "rsi", "macd", "macd signal", "macd histogram", "upper band", "lower band", "atr", "adx"),
    *("slow %K", "slow %D", "cci", "obv", "channel top", "channel middle", "channel bottom", "vwma"),
)
HISTORY = 300
"""Bars that a system may have before the clock starts."""
TIMES = 3


def best_s(prepare: Callable[[], Callable[[], object]], times: int = TIMES) -> float:
    """Return the least processor time that what ``prepare`` returns takes, prepared anew each time."""
    taken: list[float] = []
    for _ in range(times):
        run = prepare()
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return min(taken)


def answer(*, version: str, us_per_bar: float, last: Sequence[float | None]) -> None:
    """Print the one line that the harness reads; ``last`` are the values of the last bar in the order of ``NAMES``."""
    sys.stdout.flush()
    told = [None if one is None else float(one) for one in last]
    print(json.dumps({"version": version, "us_per_bar": us_per_bar, "last": told}), flush=True)
