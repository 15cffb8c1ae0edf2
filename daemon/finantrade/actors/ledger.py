"""The ledger: positions and the wallet, folded from fills and nothing else.

1. A position keeps its signed cost basis, never an average price. A partial close takes its share of the basis,
   rounded to 1e-8; the remainder stays, so nothing is lost to rounding (L6).
2. cash = initial + realised - fees + funding, exactly, after every message.
3. Equity is a derived mark: cash plus unrealised profit at the last close or fill, in floats.
   ``fsum`` makes the sum exact, hence independent of the order of symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import fsum
from typing import ClassVar

import msgspec

from finantrade.domain import money
from finantrade.domain.account import Balance, Equity, Position
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Fill, Side
from finantrade.domain.units import Millis
from finantrade.engine.actor import Handler


class LedgerState(msgspec.Struct):
    """``unrealised`` holds the symbols with an open position only."""

    balance: Balance
    positions: dict[str, Position] = {}
    unrealised: dict[str, float] = {}


class LedgerActor:
    """Books fills, marks positions."""

    name: ClassVar[str] = "ledger"

    def __init__(self, initial_balance: Decimal) -> None:
        balance = Balance(initial_balance, ZERO, ZERO, ZERO, initial_balance)
        self._state = LedgerState(balance)
        self._reckon()

    @property
    def balance(self) -> Balance:
        """The wallet."""
        return self._state.balance

    @property
    def positions(self) -> tuple[Position, ...]:
        """Every position ever opened, closed ones with quantity zero."""
        return tuple(self._state.positions.values())

    @property
    def equity(self) -> float:
        """Cash plus unrealised profit at the last marks."""
        return self._cash + fsum(self._state.unrealised.values())

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {Bar: self.on_bar, Fill: self.on_fill}

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        unrealised = self._state.unrealised
        if not unrealised:
            return (Equity(bar.close_time, self._cash, 0.0),)
        if bar.symbol in unrealised:
            self._mark(bar.symbol, bar.close)
        return (self._equity(bar.close_time),)

    def on_fill(self, fill: Fill, now: Millis) -> Sequence[Message]:
        key = f"{fill.strategy}/{fill.symbol}"
        before = self._state.positions.get(key) or Position(fill.strategy, fill.symbol, ZERO, ZERO, ZERO)
        after = book(before, fill)
        self._state.positions[key] = after
        self._state.balance = _post(self._state.balance, money.subtract(after.realised, before.realised), fill.fee)
        self._reckon()
        self._mark(fill.symbol, float(fill.price))
        return after, self._state.balance, self._equity(fill.time)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes, /) -> None:
        self._state = msgspec.msgpack.decode(state, type=LedgerState)
        self._reckon()

    def _equity(self, time: Millis) -> Equity:
        unrealised = fsum(self._state.unrealised.values())
        return Equity(time, self._cash + unrealised, unrealised)

    def _mark(self, symbol: str, price: float) -> None:
        qty, cost = self._net.get(symbol, (0.0, 0.0))
        if qty or cost:
            self._state.unrealised[symbol] = qty * price - cost
        else:
            self._state.unrealised.pop(symbol, None)

    def _reckon(self) -> None:
        """Refresh the float shadows of what is exact; they are only ever read to mark."""
        self._cash = float(self._state.balance.cash)
        net: dict[str, tuple[Decimal, Decimal]] = {}
        for position in self._state.positions.values():
            qty, cost = net.get(position.symbol, (ZERO, ZERO))
            net[position.symbol] = money.add(qty, position.qty), money.add(cost, position.cost)
        self._net = {symbol: (float(qty), float(cost)) for symbol, (qty, cost) in net.items()}


def book(position: Position, fill: Fill) -> Position:
    """Return the position after ``fill``: what it closes is realised, the rest opens at its price."""
    signed = fill.qty if fill.side is Side.BUY else money.negate(fill.qty)
    if position.qty and (position.qty > 0) != (signed > 0):
        closed = min(abs(signed), abs(position.qty))
        position = _close(position, closed, fill.price)
        signed = money.subtract(signed, closed.copy_sign(signed))
    return msgspec.structs.replace(
        position,
        qty=money.add(position.qty, signed),
        cost=money.add(position.cost, money.multiply(signed, fill.price)),
    )


def _close(position: Position, closed: Decimal, price: Decimal) -> Position:
    whole = closed == abs(position.qty)
    share = position.cost if whole else _share(position, closed)
    signed = closed.copy_sign(position.qty)
    proceeds = money.multiply(signed, price)
    return msgspec.structs.replace(
        position,
        qty=money.subtract(position.qty, signed),
        cost=money.subtract(position.cost, share),
        realised=money.add(position.realised, money.subtract(proceeds, share)),
    )


def _share(position: Position, closed: Decimal) -> Decimal:
    return money.to_posting(money.divide(money.multiply(position.cost, closed), abs(position.qty)))


def _post(balance: Balance, realised: Decimal, fee: Decimal) -> Balance:
    return Balance(
        initial=balance.initial,
        realised=money.add(balance.realised, realised),
        fees=money.add(balance.fees, fee),
        funding=balance.funding,
        cash=money.subtract(money.add(balance.cash, realised), fee),
    )
