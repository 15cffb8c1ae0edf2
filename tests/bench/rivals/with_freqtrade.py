"""B1 on freqtrade: its own ``Backtesting``, offline, with signals computed in columns as its documentation has it.

One method is replaced, the one that would fetch the exchange's list of markets. The time is that of signals and trade
loop, without the report. At the end freqtrade sells what is open, at the open of the last bar.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import freqtrade
import pandas as pd
from freqtrade.configuration import setup_utils_configuration
from freqtrade.enums import RunMode
from freqtrade.exchange import exchange
from freqtrade.optimize.backtesting import Backtesting
from work import CASH, FAST, FEE, NAMES, SLOW, answer, bars

STRATEGY = f"""
from freqtrade.strategy import IStrategy


def averages(frame):
    return (frame["close"].ewm(span=span, adjust=False).mean() for span in ({FAST}, {SLOW}))


class EmaCross(IStrategy):
    timeframe = "15m"
    minimal_roi = {{}}
    stoploss = -0.99
    startup_candle_count = 0
    order_types = dict.fromkeys(("entry", "exit", "stoploss"), "market") | {{"stoploss_on_exchange": False}}

    def populate_indicators(self, frame, metadata):
        return frame

    def populate_entry_trend(self, frame, metadata):
        fast, slow = averages(frame)
        frame.loc[(fast > slow) & (frame.index >= {SLOW - 1}), "enter_long"] = 1
        return frame

    def populate_exit_trend(self, frame, metadata):
        fast, slow = averages(frame)
        frame.loc[(fast < slow) & (frame.index >= {SLOW - 1}), "exit_long"] = 1
        return frame

    def custom_stake_amount(self, pair, current_time, current_rate, **_):
        return current_rate
"""
UNKNOWN = ("settle", "settleId", "contract", "linear", "inverse", "expiry", "strike", "optionType", "contractSize")
MARKET = {
    **dict.fromkeys(UNKNOWN),
    **dict.fromkeys(("margin", "swap", "future", "option", "contract"), False),
    **dict.fromkeys(("spot", "active", "percentage"), True),
    "id": "BTCUSDT",
    "symbol": "BTC/USDT",
    "type": "spot",
    "taker": FEE,
    "maker": FEE,
    "tierBased": False,
    "info": {},
    "base": "BTC",
    "quote": "USDT",
    "baseId": "BTC",
    "quoteId": "USDT",
    "precision": {"amount": 1e-8, "price": 0.1},
    "limits": {
        "leverage": {"min": None, "max": None},
        "amount": {"min": 1e-8, "max": 1e6},
        "price": {"min": 0.1, "max": 1e7},
        "cost": {"min": 5.0, "max": None},
    },
}
PRICING = {"price_side": "other", "use_order_book": False, "price_last_balance": 0.0}
CONFIG = {
    "max_open_trades": 1,
    "stake_currency": "USDT",
    "stake_amount": 50_000,
    "tradable_balance_ratio": 1.0,
    "dry_run": True,
    "dry_run_wallet": CASH,
    "trading_mode": "spot",
    "timeframe": "15m",
    "fee": FEE,
    "entry_pricing": PRICING,
    "exit_pricing": PRICING,
    "exchange": {"name": "binance", "key": "", "secret": "", "pair_whitelist": ["BTC/USDT"], "pair_blacklist": []},
    "pairlists": [{"method": "StaticPairList"}],
    "dataformat_ohlcv": "feather",
    "internals": {},
}


def main() -> None:
    logging.disable(logging.WARNING)
    exchange.Exchange._load_async_markets = offline_markets
    columns = bars()
    with tempfile.TemporaryDirectory() as name:
        test = Backtesting(settings(Path(name), columns))
        test.progress = None
        data, span = test.load_bt_data()
        begun = time.perf_counter()
        test.backtest_one_strategy(test.strategylist[0], data, span)
        seconds = time.perf_counter() - begun
    found = test.all_bt_content["EmaCross"]
    answer(
        system="freqtrade",
        version=freqtrade.__version__,
        bars=len(columns["c"]),
        seconds=seconds,
        fills=2 * len(found["results"]),
        equity=float(found["final_balance"]),
    )
    os._exit(0)  # its exchange keeps threads that would be waited for


def offline_markets(this: Any, reload: bool = False) -> None:
    this._api_async.set_markets([MARKET])


def settings(home: Path, columns: dict[str, Any]) -> dict[str, Any]:
    """Lay out a user directory with strategy, data and configuration, and return what freqtrade makes of it."""
    for name in ("data/binance", "strategies", "backtest_results", "hyperopts", "logs", "plot", "notebooks"):
        (home / name).mkdir(parents=True)
    (home / "strategies" / "ema_cross.py").write_text(STRATEGY, encoding="utf-8")
    dates = pd.to_datetime(columns["ts"], unit="ms", utc=True).as_unit("ms")
    values = {name: columns[letter] for letter, name in NAMES.items()}
    pd.DataFrame({"date": dates, **values}).to_feather(home / "data" / "binance" / "BTC_USDT-15m.feather")
    (home / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    arguments = {
        "config": [str(home / "config.json")],
        "user_data_dir": str(home),
        "strategy": "EmaCross",
        "strategy_path": str(home / "strategies"),
        "export": "none",
        "backtest_cache": "none",
    }
    return setup_utils_configuration(arguments, RunMode.BACKTEST)


if __name__ == "__main__":
    main()
