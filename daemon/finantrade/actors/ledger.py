"""The ledger: positions and the wallet, folded from fills and nothing else.

1. A position keeps its signed cost basis, never an average price. A partial close takes its share of the basis,
   rounded to 1e-8; the remainder stays, so nothing is lost to rounding (L6).
2. cash = initial + realised - fees + funding, exactly, after every message.
3. Equity is a derived mark: cash plus unrealised profit at the last close or fill, in floats.
   ``fsum`` makes the sum exact, hence independent of the order of symbols.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import reduce
from itertools import repeat
from math import fsum
from typing import ClassVar

import msgspec
import numpy as np

from finantrade.domain import money
from finantrade.domain.account import Balance, Equity, Position
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Fill, Side
from finantrade.domain.units import Millis
from finantrade.engine.actor import Handler
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch

EXACT_PAIR = 2
"""Terms up to which a plain sum is what ``fsum`` gives: one addition, rounded once."""


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
        self._cash = float(initial_balance)
        self._net: dict[str, tuple[float, float]] = {}
        self._keys: dict[str, list[str]] = {}

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

    def lowest(self, stretch: Stretch) -> Floats:
        """Return a lower bound of every mark of each row, shape (rows,)."""
        moving = [symbol for symbol in stretch.symbols if symbol in self._net]
        # Between the closes of one instant some symbols are at this row's price and some still at the one before.
        worst = np.zeros(stretch.rows)
        for symbol in moving:
            here = self._unrealised(symbol, stretch)
            worst += np.minimum(here, np.concatenate(([self._state.unrealised[symbol]], here[:-1])))
        still = fsum(value for symbol, value in self._state.unrealised.items() if symbol not in moving)
        return self._cash + (worst + still)

    def pass_over(self, stretch: Stretch) -> array[float]:
        """Mark what is held at the closes of all rows; return the last mark of each row."""
        held = self._state.unrealised
        if not held:
            return array("d", [self._cash]) * stretch.rows
        paths = {symbol: self._unrealised(symbol, stretch) for symbol in stretch.symbols if symbol in self._net}
        for symbol, path in paths.items():
            held[symbol] = float(path[-1])
        if len(held) == len(paths) <= EXACT_PAIR:
            return array("d", (self._cash + reduce(np.add, paths.values())).tobytes())
        rows = zip(*(paths[one].tolist() if one in paths else repeat(held[one]) for one in held), strict=False)
        totals = [fsum(row) for row, _ in zip(rows, range(stretch.rows), strict=False)]
        return array("d", [self._cash + total for total in totals])

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {Bar: self.on_bar, Fill: self.on_fill}

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        if not self._net:
            return (Equity(bar.close_time, self._cash, 0.0),)
        held = self._state.unrealised
        net = self._net.get(bar.symbol)
        if net is not None:
            held[bar.symbol] = net[0] * bar.close - net[1]
        unrealised = fsum(held.values())
        return (Equity(bar.close_time, self._cash + unrealised, unrealised),)

    def on_fill(self, fill: Fill, now: Millis) -> Sequence[Message]:
        key = f"{fill.strategy}/{fill.symbol}"
        before = self._state.positions.get(key)
        if before is None:
            before = Position(fill.strategy, fill.symbol, ZERO, ZERO, ZERO)
            self._keys.setdefault(fill.symbol, []).append(key)
        after = book(before, fill)
        self._state.positions[key] = after
        self._state.balance = _post(self._state.balance, money.subtract(after.realised, before.realised), fill.fee)
        self._cash = float(self._state.balance.cash)
        self._shadow(fill.symbol)
        self._mark(fill.symbol, float(fill.price))
        return after, self._state.balance, self._equity(fill.time)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes, /) -> None:
        self._state = msgspec.msgpack.decode(state, type=LedgerState)
        self._cash, self._net, self._keys = float(self._state.balance.cash), {}, {}
        for key, position in self._state.positions.items():
            self._keys.setdefault(position.symbol, []).append(key)
        for symbol in self._keys:
            self._shadow(symbol)

    def _unrealised(self, symbol: str, stretch: Stretch) -> Floats:
        qty, cost = self._net[symbol]
        return qty * stretch.column(symbol, "close") - cost

    def _equity(self, time: Millis) -> Equity:
        unrealised = fsum(self._state.unrealised.values())
        return Equity(time, self._cash + unrealised, unrealised)

    def _mark(self, symbol: str, price: float) -> None:
        if symbol in self._net:
            qty, cost = self._net[symbol]
            self._state.unrealised[symbol] = qty * price - cost
        else:
            self._state.unrealised.pop(symbol, None)

    def _shadow(self, symbol: str) -> None:
        """Refresh the float shadow of what is held in a symbol, over all strategies; it is only ever read to mark."""
        qty, cost = ZERO, ZERO
        for position in map(self._state.positions.__getitem__, self._keys[symbol]):
            qty, cost = money.add(qty, position.qty), money.add(cost, position.cost)
        if qty or cost:
            self._net[symbol] = float(qty), float(cost)
        else:
            self._net.pop(symbol, None)


def book(position: Position, fill: Fill) -> Position:
    """Return the position after ``fill``: what it closes is realised, the rest opens at its price."""
    signed = fill.qty if fill.side is Side.BUY else money.negate(fill.qty)
    if position.qty and (position.qty > 0) != (signed > 0):
        closed = min(signed.copy_abs(), position.qty.copy_abs())
        position = _close(position, closed, fill.price)
        signed = money.subtract(signed, closed.copy_sign(signed))
    return msgspec.structs.replace(
        position,
        qty=money.add(position.qty, signed),
        cost=money.add(position.cost, money.multiply(signed, fill.price)),
    )


def _close(position: Position, closed: Decimal, price: Decimal) -> Position:
    whole = closed == position.qty.copy_abs()
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
    return money.to_posting(money.divide(money.multiply(position.cost, closed), position.qty.copy_abs()))


def _post(balance: Balance, realised: Decimal, fee: Decimal) -> Balance:
    return Balance(
        initial=balance.initial,
        realised=money.add(balance.realised, realised),
        fees=money.add(balance.fees, fee),
        funding=balance.funding,
        cash=money.subtract(money.add(balance.cash, realised), fee),
    )
