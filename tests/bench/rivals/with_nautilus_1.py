"""B1 on NautilusTrader 1: its low-level API with data in memory, logging bypassed, analysis off.

The strategy is Python, its indicators are Cython. Market orders fill at the close of the bar that they are sent on.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import nautilus_trader
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy
from work import CASH, FAST, FEE_TEXT, NAMES, SLOW, STEP_MS, answer, bars

VENUE = Venue("BINANCE")
COIN = InstrumentId(Symbol("BTCUSDT"), VENUE)
BARS = BarType.from_str("BTCUSDT.BINANCE-15-MINUTE-LAST-EXTERNAL")


class EmaCross(Strategy):
    def __init__(self) -> None:
        super().__init__()
        self.fast = ExponentialMovingAverage(FAST)
        self.slow = ExponentialMovingAverage(SLOW)
        self.one = Quantity(1, 3)
        self.fills = 0

    def on_start(self) -> None:
        self.register_indicator_for_bars(BARS, self.fast)
        self.register_indicator_for_bars(BARS, self.slow)
        self.subscribe_bars(BARS)

    def on_bar(self, _: Bar) -> None:
        if not self.slow.initialized:
            return
        if self.fast.value > self.slow.value:
            if self.portfolio.is_flat(COIN):
                self.submit_order(self.order_factory.market(COIN, OrderSide.BUY, self.one))
        elif self.fast.value < self.slow.value and self.portfolio.is_net_long(COIN):
            self.submit_order(self.order_factory.market(COIN, OrderSide.SELL, self.one))

    def on_order_filled(self, _: Any) -> None:
        self.fills += 1


def main() -> None:
    columns = bars()
    engine = engine_with(columns)
    strategy = EmaCross()
    engine.add_strategy(strategy)
    begun = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - begun
    account = engine.cache.account_for_venue(VENUE)
    coins = account.balance_total(BTC)
    answer(
        system="NautilusTrader",
        version=nautilus_trader.__version__,
        bars=len(columns["c"]),
        seconds=seconds,
        fills=strategy.fills,
        equity=account.balance_total(USDT).as_double() + (coins.as_double() if coins else 0) * float(columns["c"][-1]),
    )


def engine_with(columns: dict[str, Any]) -> BacktestEngine:
    settings = BacktestEngineConfig(
        trader_id=TraderId("BENCH-001"), logging=LoggingConfig(bypass_logging=True), run_analysis=False
    )
    engine = BacktestEngine(config=settings)
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=None,
        starting_balances=[Money(CASH, USDT), Money(0, BTC)],
    )
    coin = instrument()
    engine.add_instrument(coin)
    values = {name: columns[letter] for letter, name in NAMES.items()}
    frame = pd.DataFrame(values, index=pd.to_datetime(columns["ts"] + STEP_MS, unit="ms", utc=True))
    engine.add_data(BarDataWrangler(BARS, coin).process(frame))
    return engine


def instrument() -> CurrencyPair:
    fee = Decimal(FEE_TEXT)
    return CurrencyPair(
        instrument_id=COIN,
        raw_symbol=Symbol("BTCUSDT"),
        base_currency=BTC,
        quote_currency=USDT,
        price_precision=1,
        size_precision=3,
        price_increment=Price(0.1, 1),
        size_increment=Quantity(0.001, 3),
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
        maker_fee=fee,
        taker_fee=fee,
        ts_event=0,
        ts_init=0,
    )


if __name__ == "__main__":
    main()
