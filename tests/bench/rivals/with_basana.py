"""B1 on basana: its backtesting dispatcher over bars held in memory, as Decimals.

The averages are two floats written out, which is cheaper than the indicator library of its samples. Fees are rounded up
to the quote precision: eight digits, so that this costs nothing.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import time
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import basana as bs
from basana.backtesting import exchange as simulated
from basana.backtesting import fees, liquidity
from work import CASH, COLUMNS, FAST, FEE_TEXT, SLOW, STEP_MS, answer, bars

PAIR = bs.Pair("BTC", "USDT")
RISE_FAST, RISE_SLOW = 2 / (FAST + 1), 2 / (SLOW + 1)


class EmaCross:
    def __init__(self, exchange: simulated.Exchange) -> None:
        self.exchange = exchange
        self.fast = self.slow = 0.0
        self.seen = 0
        self.long = False

    async def on_bar(self, event: bs.BarEvent) -> None:
        close = float(event.bar.close)
        if not self.seen:
            self.fast = self.slow = close
        self.fast += RISE_FAST * (close - self.fast)
        self.slow += RISE_SLOW * (close - self.slow)
        self.seen += 1
        if self.seen < SLOW:
            return
        if self.fast > self.slow and not self.long:
            self.long = True
            await self.exchange.create_market_order(bs.OrderOperation.BUY, PAIR, Decimal(1))
        elif self.fast < self.slow and self.long:
            self.long = False
            await self.exchange.create_market_order(bs.OrderOperation.SELL, PAIR, Decimal(1))


def events() -> list[bs.BarEvent]:
    columns, step = bars(), datetime.timedelta(milliseconds=STEP_MS)
    rows = zip(columns["ts"].tolist(), *(columns[name].tolist() for name in COLUMNS), strict=True)
    return [event(datetime.datetime.fromtimestamp(ts / 1000, datetime.UTC), values, step) for ts, *values in rows]


def event(opened: datetime.datetime, values: list[float], step: datetime.timedelta) -> bs.BarEvent:
    return bs.BarEvent(opened + step, bs.Bar(opened, PAIR, *(Decimal(str(value)) for value in values), step))


async def main() -> None:
    logging.disable(logging.INFO)
    waiting = events()
    last, count = waiting[-1].bar.close, len(waiting)
    dispatcher = bs.backtesting_dispatcher()
    exchange = simulated.Exchange(
        dispatcher,
        {"USDT": Decimal(CASH)},
        liquidity_strategy_factory=liquidity.InfiniteLiquidity,
        fee_strategy=fees.Percentage(Decimal(FEE_TEXT) * 100),
        default_pair_info=bs.PairInfo(base_precision=3, quote_precision=8),
    )
    exchange.add_bar_source(bs.FifoQueueEventSource(events=waiting))
    exchange.subscribe_to_bar_events(PAIR, EmaCross(exchange).on_bar)
    begun = time.perf_counter()
    await dispatcher.run()
    seconds = time.perf_counter() - begun
    answer(
        system="basana",
        version=version("basana"),
        bars=count,
        seconds=seconds,
        fills=await fills_of(exchange),
        equity=await equity_of(exchange, last),
    )


async def fills_of(exchange: Any) -> int:
    orders = await exchange.get_orders(PAIR, is_open=False)
    return sum(order.amount_filled > 0 for order in orders)


async def equity_of(exchange: Any, price: Decimal) -> float:
    quote, base = await exchange.get_balance("USDT"), await exchange.get_balance("BTC")
    return float(quote.total + base.total * price)


if __name__ == "__main__":
    asyncio.run(main())
