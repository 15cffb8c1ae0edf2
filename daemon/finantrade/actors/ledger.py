"""The ledger: positions and the wallet, folded from fills and settlements of funding and nothing else.

1. A position keeps its signed cost basis, never an average price (`execution.booking`).
2. cash = initial + realised - fees + funding, exactly, after every message.
3. Funding is paid on what was held at the settlement's own time, however late that is told (`execution.funding`).
4. Equity is a derived mark: cash plus unrealised profit at the last close or fill, in floats.
   ``fsum`` makes the sum exact, hence independent of the order of symbols.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import reduce
from itertools import repeat
from math import fsum, isnan
from typing import ClassVar

import msgspec
import numpy as np

from finantrade.domain import money
from finantrade.domain.account import Balance, Equity, FundingPaid, Position
from finantrade.domain.context import FundingRate
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO, exact
from finantrade.domain.orders import Fill
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.execution.booking import book, post_fill, post_funding, signed_qty
from finantrade.execution.funding import FundingBook, Settlement
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch

EXACT_PAIR = 2
"""Terms up to which a plain sum is what ``fsum`` gives: one addition, rounded once."""


class LedgerState(msgspec.Struct):
    """``unrealised`` holds the symbols with an open position only; ``closes`` those traded since funding is paid."""

    balance: Balance
    positions: dict[str, Position] = {}
    unrealised: dict[str, float] = {}
    closes: dict[str, float] = {}
    funding: FundingBook = msgspec.field(default_factory=FundingBook)


class LedgerActor:
    """Books fills and funding, marks positions."""

    name: ClassVar[str] = "ledger"

    def __init__(self, initial_balance: Decimal, pays_funding: bool = True) -> None:
        self._pays_funding = pays_funding
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
        for symbol in stretch.symbols:
            self._state.closes[symbol] = stretch.last(symbol, "close")
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
        settled: Mapping[type[Message], Handler] = {FundingRate: self.on_funding} if self._pays_funding else {}
        return {Bar: self.on_bar, Fill: self.on_fill, **settled}

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        self._state.closes[bar.symbol] = bar.close
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
        self._state.balance = post_fill(self._state.balance, money.subtract(after.realised, before.realised), fill.fee)
        owed = self._catch_up(key, fill) if self._pays_funding else ()
        self._cash = float(self._state.balance.cash)
        self._shadow(fill.symbol)
        self._mark(fill.symbol, float(fill.price))
        return after, *owed, self._state.balance, self._equity(fill.time)

    def on_funding(self, fact: FundingRate, now: Millis) -> Sequence[Message]:
        last, assumed = self._state.closes.get(fact.symbol), isnan(fact.mark_price)
        if last is None:
            return NOTHING
        funding, price = self._state.funding, last if assumed else fact.mark_price
        settlement = Settlement(fact.time, exact(fact.rate), exact(price), assumed)
        if not funding.settle(fact.symbol, settlement):
            return NOTHING
        paid: list[Message] = []
        for key in self._keys.get(fact.symbol, ()):
            qty = funding.held_at(key, self._state.positions[key].qty, fact.time)
            if qty:
                paid.append(self._pay(key, settlement, qty))
        self._cash = float(self._state.balance.cash)
        return [*paid, self._state.balance, self._equity(fact.time)] if paid else NOTHING

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes, /) -> None:
        self._state = msgspec.msgpack.decode(state, type=LedgerState)
        self._cash, self._net, self._keys = float(self._state.balance.cash), {}, {}
        for key, position in self._state.positions.items():
            self._keys.setdefault(position.symbol, []).append(key)
        for symbol in self._keys:
            self._shadow(symbol)
        for symbol, (qty, cost) in self._net.items():
            # Where a state from before funding knows no close, its mark says what that was.
            self._state.closes.setdefault(symbol, (self._state.unrealised[symbol] + cost) / qty)

    def _catch_up(self, key: str, fill: Fill) -> Sequence[Message]:
        """Pay or take back what settlements that were told before this fill, but came after it, got wrong."""
        signed = signed_qty(fill)
        later = self._state.funding.fill(key, fill.symbol, fill.time, signed)
        return [self._pay(key, settlement, signed) for settlement in later]

    def _pay(self, key: str, settlement: Settlement, qty: Decimal) -> FundingPaid:
        amount, position = settlement.amount(qty), self._state.positions[key]
        self._state.balance = post_funding(self._state.balance, amount)
        time, rate, price = settlement.time, settlement.rate, settlement.price
        return FundingPaid(position.strategy, position.symbol, time, rate, price, qty, amount, settlement.assumed)

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
