"""B1 on backtrader: indicators computed ahead and data preloaded (``runonce``, ``preload``), no observers."""

from __future__ import annotations

import time
from typing import Any

import backtrader as bt
import pandas as pd
from work import CASH, FAST, FEE, NAMES, SLOW, answer, bars


class EmaCross(bt.Strategy):
    def __init__(self) -> None:
        self.fast = bt.ind.EMA(self.data.close, period=FAST)
        self.slow = bt.ind.EMA(self.data.close, period=SLOW)
        self.fills = 0

    def next(self) -> None:
        fast, slow = self.fast[0], self.slow[0]
        if fast > slow:
            if not self.position:
                self.buy(size=1)
        elif fast < slow and self.position:
            self.sell(size=1)

    def notify_order(self, order: Any) -> None:
        self.fills += order.status == order.Completed


def main() -> None:
    columns = bars()
    values = {name: columns[letter] for letter, name in NAMES.items()}
    frame = pd.DataFrame(values, index=pd.to_datetime(columns["ts"], unit="ms"))
    cerebro = bt.Cerebro(stdstats=False)
    feed = bt.feeds.PandasData(dataname=frame, openinterest=None, timeframe=bt.TimeFrame.Minutes, compression=15)
    cerebro.adddata(feed)
    cerebro.addstrategy(EmaCross)
    cerebro.broker.setcash(float(CASH))
    cerebro.broker.setcommission(commission=FEE)
    begun = time.perf_counter()
    (strategy,) = cerebro.run(runonce=True, preload=True)
    seconds = time.perf_counter() - begun
    answer(
        system="backtrader",
        version=bt.__version__,
        bars=len(frame),
        seconds=seconds,
        fills=strategy.fills,
        equity=cerebro.broker.getvalue(),
    )


if __name__ == "__main__":
    main()
