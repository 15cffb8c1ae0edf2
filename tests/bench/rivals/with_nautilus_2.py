"""B1 on NautilusTrader 2: the Rust engine, its low-level API with data in memory, logging and analysis off.

The strategy is Python, its indicators are Rust. Market orders fill at the close of the bar that they are sent on.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import nautilus_trader
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig
from nautilus_trader.execution import MakerTakerFeeModel
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model import (
    AccountType,
    Bar,
    BarType,
    Currency,
    CurrencyPair,
    InstrumentId,
    Money,
    OmsType,
    OrderSide,
    Price,
    Quantity,
    Symbol,
    TraderId,
    Venue,
)
from nautilus_trader.trading import Strategy
from work import CASH, COLUMNS, FAST, FEE_TEXT, SLOW, STEP_MS, answer, bars

VENUE = Venue("BINANCE")
COIN = InstrumentId(Symbol("BTCUSDT"), VENUE)
BARS = BarType.from_str("BTCUSDT.BINANCE-15-MINUTE-LAST-EXTERNAL")
USDT, BTC = Currency.from_str("USDT"), Currency.from_str("BTC")


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
        fast, slow = self.fast.value, self.slow.value
        if fast > slow:
            if self.portfolio.is_net_flat(COIN):
                self.submit_order(self.order_factory.market(COIN, OrderSide.BUY, self.one))
        elif fast < slow and self.portfolio.is_net_long(COIN):
            self.submit_order(self.order_factory.market(COIN, OrderSide.SELL, self.one))

    def on_order_filled(self, _: Any) -> None:
        self.fills += 1


def main() -> None:
    columns = bars()
    engine = engine_with(bars_of(columns))
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


def bars_of(columns: dict[str, Any]) -> list[Bar]:
    """Return the bars, stamped with their close."""
    stamps = ((columns["ts"] + STEP_MS) * 1_000_000).tolist()
    rows = zip(stamps, *(columns[name].tolist() for name in COLUMNS), strict=True)
    return [Bar(BARS, *(Price(value, 1) for value in ohlc), Quantity(v, 3), ts, ts) for ts, *ohlc, v in rows]


def engine_with(data: list[Bar]) -> BacktestEngine:
    settings = BacktestEngineConfig(
        trader_id=TraderId("BENCH-001"),
        bypass_logging=True,
        run_analysis=False,
        logging=LoggerConfig(bypass_logging=True),
    )
    engine, fee = BacktestEngine(settings), Decimal(FEE_TEXT)
    cash = [Money(CASH, USDT), Money(0, BTC)]
    engine.add_venue(VENUE, OmsType.NETTING, AccountType.CASH, cash, fee_model=MakerTakerFeeModel(fee, fee))
    engine.add_instrument(
        CurrencyPair(
            instrument_id=COIN,
            raw_symbol=Symbol("BTCUSDT"),
            base_currency=BTC,
            quote_currency=USDT,
            price_precision=1,
            size_precision=3,
            price_increment=Price(0.1, 1),
            size_increment=Quantity(0.001, 3),
            ts_event=0,
            ts_init=0,
        )
    )
    engine.add_data(data)
    return engine


if __name__ == "__main__":
    main()
