"""Replay through all actors, journal off: ``cross`` is the work that rivals do, ``rule`` has 25 features and stops.

The time is that of the run, facts included; reading the kernels from their cache and building the core is set-up.
"""

from __future__ import annotations

import sys
import time
from importlib.metadata import version

from tests.bench.ours.settings import CROSS, SYMBOL, candles, settings
from tests.bench.rivals.work import answer, bars

from finantrade.backtesting import backtest
from finantrade.config import StrategyConfig
from finantrade.domain.orders import Role

RULE = StrategyConfig(
    name="rule",
    symbols=(SYMBOL,),
    params={
        "enter_long": "crosses_above(ema_12, ema_26) and trend_50_1h > 0 and trend_50_4h > -0.2 and rsi_14 < 75 and "
        "adx_14 > 10 and plus_di_14 > minus_di_14 and volume_zscore_20 < 4 and bb_percent_20_2 < 1.2",
        "exit_long": "crosses_below(macd_12_26_9, macd_signal_12_26_9) and (stoch_k_14 < stoch_d_14_3 or "
        "close > bb_upper_20_2) or rsi_14 > 85",
        "enter_short": "crosses_below(ema_12, ema_26) and macd_hist_12_26_9 < 0 and close < sma_20 and zscore_20 > -4 "
        "and return_1 > -0.05 and log_return_1 < 0.05 and range_ratio < 0.2 and body_ratio >= 0 and bb_width_20_2 > 0",
        "exit_short": "crosses_above(ema_12, ema_26) or close < bb_lower_20_2",
        "stop": "close - 2 * atr_14",
        "take_profit": "close + 4 * atr_14",
        "stop_short": "close + 2 * atr_14",
        "take_profit_short": "close - 4 * atr_14",
    },
)
STRATEGIES = {"cross": CROSS, "rule": RULE}


def main() -> None:
    columns = bars()
    config, market = settings(STRATEGIES[sys.argv[2]]), candles(columns)
    begun = time.perf_counter()
    result = backtest(config, candles=[market])
    whole = time.perf_counter() - begun
    (features,) = result.core.features.values()
    answer(
        system="finantrade",
        version=version("finantrade"),
        bars=result.bars,
        seconds=result.seconds,
        fills=len(result.fills),
        equity=result.final_equity,
        set_up_s=whole - result.seconds,
        features=len(features.names),
        refusals=len(result.refusals),
        stops=sum(fill.role is Role.STOP for fill in result.fills),
    )


if __name__ == "__main__":
    main()
