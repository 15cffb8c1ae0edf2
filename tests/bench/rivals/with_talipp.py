"""B3 on talipp: its indicator objects, one ``add`` a bar and the newest value read. It keeps all it has ever seen.

Its stochastic has no second smoothing: %K and %D stand a step before the slow ones of the others, %D being slow %K.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from talipp.indicators import ADX, ATR, BB, CCI, EMA, MACD, OBV, RSI, SMA, VWMA, DonchianChannels, Stoch
from talipp.ohlcv import OHLCV
from twelve import answer, best_s
from work import COLUMNS, bars


def main() -> None:
    columns = bars()
    rows = [OHLCV(*row) for row in zip(*(columns[name].tolist() for name in COLUMNS), strict=True)]
    said: list[Any] = []

    def prepare() -> Callable[[], None]:
        of_closes = [SMA(20), EMA(50), RSI(14), MACD(12, 26, 9), BB(20, 2)]
        of_bars = [ATR(14), ADX(14, 14), Stoch(14, 3), CCI(20), OBV(), DonchianChannels(20), VWMA(20)]

        def run() -> None:
            last: Any = None
            for row in rows:
                close = row.close
                for one in of_closes:
                    one.add(close)
                for one in of_bars:
                    one.add(row)
                last = [one[-1] for one in of_closes] + [one[-1] for one in of_bars]
            said[:] = last

        return run

    seconds = best_s(prepare, times=1)
    sma, ema, rsi, macd, bands, atr, adx, stochastic, cci, obv, channel, vwma = said
    values = (
        *(sma, ema, rsi, macd.macd, macd.signal, macd.histogram, bands.ub, bands.lb, atr, adx.adx),
        *(stochastic.d, None, cci, obv, channel.ub, channel.cb, channel.lb, vwma),
    )
    answer(version=version("talipp"), us_per_bar=seconds / len(rows) * 1e6, last=values)


if __name__ == "__main__":
    main()
