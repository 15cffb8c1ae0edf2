"""B3 on TA-Lib: with ``stream`` its handles, one update a bar and each O(1); with ``block`` its functions over all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import talib
from talib import stream
from twelve import HISTORY, answer, best_s
from work import bars

COLUMNS = bars()
H, L, C, V = (np.ascontiguousarray(COLUMNS[name]) for name in "hlcv")


def main() -> None:
    last, seconds, count = by_bar() if sys.argv[2] == "stream" else by_block()
    sma, ema, rsi, macd, bands, atr, adx, slow, cci, obv, channel, vwma = last
    values = (sma, ema, rsi, *macd, bands[0], bands[2], atr, adx, *slow, cci, obv, *channel, vwma)
    answer(version=talib.__version__, us_per_bar=seconds / count * 1e6, last=values)


def handles() -> list[Any]:
    """Return the handles with the history behind them."""
    h, l, c, v = (column[:HISTORY] for column in (H, L, C, V))  # noqa: E741  as TA-Lib's own documentation has it
    return [
        stream.SMA(c, timeperiod=20),
        stream.EMA(c, timeperiod=50),
        stream.RSI(c, timeperiod=14),
        stream.MACD(c, fastperiod=12, slowperiod=26, signalperiod=9),
        stream.BBANDS(c, timeperiod=20, nbdevup=2.0, nbdevdn=2.0),
        stream.ATR(h, l, c, timeperiod=14),
        stream.ADX(h, l, c, timeperiod=14),
        stream.STOCH(h, l, c, fastk_period=14, slowk_period=3, slowd_period=3),
        stream.CCI(h, l, c, timeperiod=20),
        stream.OBV(c, v),
        stream.DONCHIAN(h, l, timeperiod=20),
        stream.VWMA(c, v, timeperiod=20),
    ]


def by_bar() -> tuple[Any, float, int]:
    rows = list(zip(*(column[HISTORY:].tolist() for column in (H, L, C, V)), strict=True))
    said: list[Any] = [None]

    def prepare() -> Callable[[], None]:
        updates = (handle.update for handle in handles())
        sma, ema, rsi, macd, bands, atr, adx, slow, cci, obv, channel, vwma = updates

        def run() -> None:
            last: Any = None
            for h, l, c, v in rows:  # noqa: E741
                last = (
                    sma(c), ema(c), rsi(c), macd(c), bands(c), atr(h, l, c), adx(h, l, c), slow(h, l, c), cci(h, l, c),
                    obv(c, v), channel(h, l), vwma(c, v),
                )  # fmt: skip
            said[0] = last

        return run

    seconds = best_s(prepare)
    return said[0], seconds, len(rows)


def by_block() -> tuple[Any, float, int]:
    functions: tuple[Callable[[], Any], ...] = (
        lambda: talib.SMA(C, 20),
        lambda: talib.EMA(C, 50),
        lambda: talib.RSI(C, 14),
        lambda: talib.MACD(C, 12, 26, 9),
        lambda: talib.BBANDS(C, 20, 2.0, 2.0),
        lambda: talib.ATR(H, L, C, 14),
        lambda: talib.ADX(H, L, C, 14),
        lambda: talib.STOCH(H, L, C, 14, 3, 0, 3, 0),
        lambda: talib.CCI(H, L, C, 20),
        lambda: talib.OBV(C, V),
        lambda: talib.DONCHIAN(H, L, 20),
        lambda: talib.VWMA(C, V, 20),
    )
    last = [ends(function()) for function in functions]
    return last, best_s(lambda: lambda: [function() for function in functions], times=10), len(C)


def ends(result: Any) -> Any:
    return tuple(one[-1] for one in result) if isinstance(result, tuple | list) else result[-1]


if __name__ == "__main__":
    main()
