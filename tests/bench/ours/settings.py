"""The configurations and candles that our own measurements run on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.bench.rivals.work import CASH, FAST, FEE, NAMES, SLOW, STEP_MS

from finantrade.config import (
    AccountConfig,
    Config,
    ExecutionConfig,
    FeedConfig,
    InstrumentConfig,
    RiskConfig,
    SizingConfig,
    SizingMethod,
    StrategyConfig,
)
from finantrade.market.candles import Candles

SYMBOL = "BTCUSDT"
CROSS = StrategyConfig(name="ema_cross", symbols=(SYMBOL,), params={"fast": FAST, "slow": SLOW})
COIN = InstrumentConfig(tick=Decimal("0.1"), lot=Decimal("0.001"))
ONE_COIN = RiskConfig(sizing=SizingConfig(method=SizingMethod.FIXED_QTY, value=1.0))
NO_SLIPPAGE = ExecutionConfig(taker_fee_bps=FEE * 1e4, slippage_bps=0)


def settings(strategy: StrategyConfig = CROSS) -> Config:
    """Return the configuration of B1, with another strategy where one is given."""
    return Config(
        name="bench",
        timeframe="15m",
        symbols=(SYMBOL,),
        instruments={SYMBOL: COIN},
        strategies=(strategy,),
        feed=FeedConfig(dataset="bench"),
        account=AccountConfig(initial_balance=Decimal(CASH)),
        risk=ONE_COIN,
        execution=NO_SLIPPAGE,
    )


def candles(columns: dict[str, Any]) -> Candles:
    """Return the bars of a benchmark file as candles."""
    values = {name: columns[letter] for letter, name in NAMES.items()}
    return Candles.of(SYMBOL, STEP_MS, columns["ts"], values)
