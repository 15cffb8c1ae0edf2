"""B1 on backtesting.py: indicators precomputed in ``init``, as its documentation has it.

Its statistics belong to ``run`` and cannot be turned off. They count closed trades only, two fills each; the position
that is open at the end adds its one.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import backtesting
import backtesting.backtesting
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from work import CASH, FAST, FEE, NAMES, SLOW, answer, bars


def ema(values: Any, length: int) -> np.ndarray:
    return pd.Series(values).ewm(span=length, adjust=False).mean().to_numpy()


class EmaCross(Strategy):
    def init(self) -> None:
        self.fast = self.I(ema, self.data.Close, FAST)
        self.slow = self.I(ema, self.data.Close, SLOW)

    def next(self) -> None:
        fast, slow = self.fast[-1], self.slow[-1]
        if len(self.data) < SLOW:
            return
        if fast > slow:
            if not self.position:
                self.buy(size=1)
        elif fast < slow and self.position:
            self.position.close()


def main() -> None:
    warnings.filterwarnings("ignore")
    backtesting.backtesting._tqdm = lambda steps, **_: steps  # no progress bar
    columns = bars()
    values = {name.capitalize(): columns[letter] for letter, name in NAMES.items()}
    frame = pd.DataFrame(values, index=pd.to_datetime(columns["ts"], unit="ms"))
    test = Backtest(frame, EmaCross, cash=CASH, commission=FEE)
    begun = time.perf_counter()
    found = test.run()
    seconds = time.perf_counter() - begun
    answer(
        system="backtesting.py",
        version=backtesting.__version__,
        bars=len(frame),
        seconds=seconds,
        fills=2 * len(found["_strategy"].closed_trades) + len(found["_strategy"].trades),
        equity=found["Equity Final [$]"],
    )


if __name__ == "__main__":
    main()
