"""Round trips out of fills: a trade opens when a position leaves zero and closes when it is back at zero.

Prices are averages over the entries and over the exits, weighted by quantity. A payment of funding belongs to the trade
that was open at its settlement, also where it was told when that had closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from finantrade.domain import money
from finantrade.domain.account import FundingPaid
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Fill, Side
from finantrade.domain.units import Millis


class Trade(msgspec.Struct, kw_only=True):
    """One round trip. Amounts are in base units, what is money in quote units; fees and funding are in the profit."""

    pair: str
    strategy: str
    is_short: bool
    open_time: Millis
    enter_tag: str
    amount: Decimal = ZERO
    close_time: Millis | None = None
    exit_reason: str = ""
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    open_value: Decimal = ZERO
    close_value: Decimal = ZERO
    close_amount: Decimal = ZERO
    backfilled: bool = False

    @property
    def is_open(self) -> bool:
        """Whether something is still held."""
        return self.close_time is None

    @property
    def open_rate(self) -> Decimal:
        """Average entry price."""
        return money.divide(self.open_value, self.amount)

    @property
    def close_rate(self) -> Decimal | None:
        """Average exit price so far."""
        return money.divide(self.close_value, self.close_amount) if self.close_amount else None

    @property
    def profit_abs(self) -> Decimal:
        """Cash in less cash out, fees and funding reckoned in; of an open trade without what is still held."""
        return money.add(money.subtract(money.subtract(self.sold, self.bought), self.fees), self.funding)


def round_trips(booked: Iterable[Fill | FundingPaid]) -> list[Trade]:
    """Return the trades of fills and payments in order of opening; the last of a book may still be open."""
    trades: list[Trade] = []
    of_book: dict[tuple[str, str], list[Trade]] = {}
    current: dict[tuple[str, str], tuple[Trade, Decimal]] = {}
    for one in booked:
        key = one.strategy, one.symbol
        if isinstance(one, FundingPaid):
            _pay(of_book[key], one)
            continue
        trade, held = current.pop(key, (None, ZERO))
        if trade is None:
            trade = Trade(
                pair=one.symbol, strategy=one.strategy, is_short=one.side is Side.SELL, open_time=one.time,
                enter_tag=one.reason,
            )  # fmt: skip
            trades.append(trade)
            of_book.setdefault(key, []).append(trade)
        held = _apply(trade, held, one)
        if held:
            current[key] = trade, held
    return trades


def _pay(trades: Sequence[Trade], payment: FundingPaid) -> None:
    trade = next((one for one in reversed(trades) if one.open_time < payment.time), trades[-1])
    trade.funding = money.add(trade.funding, payment.amount)


def _apply(trade: Trade, held: Decimal, fill: Fill) -> Decimal:
    """Book ``fill`` into ``trade``. Risk never turns a position with one order, so a fill only ever adds or reduces."""
    value = money.multiply(fill.qty, fill.price)
    trade.fees = money.add(trade.fees, fill.fee)
    trade.backfilled = trade.backfilled or fill.backfilled
    if fill.side is Side.BUY:
        trade.bought = money.add(trade.bought, value)
    else:
        trade.sold = money.add(trade.sold, value)
    if (fill.side is Side.SELL) == trade.is_short:
        trade.amount = money.add(trade.amount, fill.qty)
        trade.open_value = money.add(trade.open_value, value)
        return money.add(held, fill.qty)
    trade.close_amount = money.add(trade.close_amount, fill.qty)
    trade.close_value = money.add(trade.close_value, value)
    held = money.subtract(held, fill.qty)
    if not held:
        trade.close_time, trade.exit_reason = fill.time, fill.reason
    return held
