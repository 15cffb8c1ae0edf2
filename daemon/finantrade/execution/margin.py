"""Margin: what a position must be backed by, and the price at which it is taken away (semantics 15, 16).

1. Maintenance of a notional is piecewise linear: ``notional * rate - amount`` by the bracket it falls into. ``amount``
   joins the pieces, so that it is a convex function: the largest of all brackets' lines.
2. *Isolated*: a position stands on its own margin, its cost basis by the leverage, and on the funding paid since it was
   opened. *Cross*: it stands on the whole wallet, what other positions gain or lose, less what those must be backed by.
3. With ``backing`` for what it stands on, a position of signed quantity q and cost basis c is liquidated where
   ``backing + q * price - c = maintenance(|q| * price)``. Solved for the line of each bracket that is Binance's
   formula; the first of these prices to be reached is the liquidation price.
4. A liquidation costs a fee on its notional, but never more than what then backs the position. Below nothing it is
   negative: the venue's insurance fund bears what is lost beyond the margin.

Source: Binance, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts", one-way mode; "Leverage and Margin of
USDⓈ-M Futures" for the brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import fsum

import msgspec
import numpy as np

from finantrade.domain.account import Position
from finantrade.domain.money import sign
from finantrade.domain.units import Millis
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch

Key = tuple[float, float]
"""Signed quantity and cost basis."""


class Bracket(msgspec.Struct, frozen=True):
    """From ``floor`` on, in quote units, ``rate`` of the notional less ``amount`` is the maintenance margin."""

    floor: float
    rate: float
    amount: float


class Tiers(msgspec.Struct, frozen=True):
    """The brackets of one symbol from ``since`` on."""

    since: Millis
    brackets: tuple[Bracket, ...]


def brackets_of(floors: Sequence[float], rates: Sequence[float]) -> tuple[Bracket, ...]:
    """Return brackets whose amounts join the pieces; ``floors`` and ``rates`` ascend, the first floor is zero."""
    found = [Bracket(floors[0], rates[0], 0.0)]
    for floor, rate in zip(floors[1:], rates[1:], strict=True):
        before = found[-1]
        found.append(Bracket(floor, rate, before.amount + floor * (rate - before.rate)))
    return tuple(found)


def maintenance(brackets: Sequence[Bracket], notional: float) -> float:
    """Return the margin in quote units below which a position of this notional is liquidated."""
    return max(notional * one.rate - one.amount for one in brackets)


def liquidation_price(qty: float, cost: float, backing: float, brackets: Sequence[Bracket]) -> float:
    """Return the price at which what backs a position is down to its maintenance margin; may be below zero."""
    size = abs(qty)
    prices = [(cost - backing - one.amount) / (qty - size * one.rate) for one in brackets]
    return max(prices) if qty > 0 else min(prices)


class Margin(msgspec.Struct, frozen=True):
    """The rules: ``leverage`` as set at the venue, None for a cross wallet; the fee as a share of the notional."""

    leverage: float | None
    fee: float
    tiers: Mapping[str, tuple[Tiers, ...]]

    def brackets(self, symbol: str, time: Millis) -> tuple[Bracket, ...]:
        """Return the brackets in force at a time; before the first known ones, those."""
        dated = self.tiers[symbol]
        return next((one for one in reversed(dated) if one.since <= time), dated[0]).brackets


class MarginBook(msgspec.Struct):
    """What is needed of the account: ``held`` by symbol and strategy, ``paid`` is funding since a symbol was opened.

    ``price`` is the last known of what is held, mark or last; ``marked`` the time of the last mark price.
    """

    cash: float
    held: dict[str, dict[str, Key]] = {}
    paid: dict[str, float] = {}
    price: dict[str, float] = {}
    marked: dict[str, Millis] = {}

    def book(self, position: Position) -> None:
        """Take over what a strategy holds by now."""
        symbol = position.symbol
        if position.qty:
            self.held.setdefault(symbol, {})[position.strategy] = float(position.qty), float(position.cost)
            return
        holders = self.held.get(symbol, {})
        holders.pop(position.strategy, None)
        if not holders:
            for table in (self.held, self.paid, self.price):
                table.pop(symbol, None)

    def pay(self, symbol: str, amount: Decimal) -> None:
        """Take in a payment of funding."""
        if symbol in self.held:
            self.paid[symbol] = self.paid.get(symbol, 0.0) + float(amount)

    def net(self, symbol: str) -> Key:
        """Return what all strategies together hold of a symbol."""
        qty = cost = 0.0
        for one in self.held.get(symbol, {}).values():
            qty, cost = qty + one[0], cost + one[1]
        return qty, cost

    def stake(self, rules: Margin, symbol: str) -> float:
        """Return what a position has beside its own profit, in quote units: more of it cannot be lost."""
        if rules.leverage is not None:
            return abs(self.net(symbol)[1]) / rules.leverage + self.paid.get(symbol, 0.0)
        return self.cash + fsum(qty * price - cost for _, qty, cost, price in self._others(symbol))

    def backing(self, rules: Margin, symbol: str, time: Millis) -> float:
        """Return what a position stands on beside its own profit: its stake less what others must be backed by."""
        if rules.leverage is not None:
            return self.stake(rules, symbol)
        return self.stake(rules, symbol) - fsum(
            maintenance(rules.brackets(other, time), abs(qty) * price) for other, qty, _, price in self._others(symbol)
        )

    def level(self, rules: Margin, symbol: str, time: Millis) -> tuple[int, float] | None:
        """Return the side of a symbol's net position and its liquidation price, None where there is none."""
        qty, cost = self.net(symbol)
        if not qty:
            return None
        return sign(qty), liquidation_price(qty, cost, self.backing(rules, symbol, time), rules.brackets(symbol, time))

    def safe(self, rules: Margin, stretch: Stretch) -> int:
        """Return how many rows come before one on which anything might be liquidated; may be too few."""
        spare = [self._worst(rules, stretch, symbol) for symbol in self.held]
        if not spare:
            return stretch.rows
        if rules.leverage is None:
            spare = [self.cash + np.sum(spare, axis=0)]
        near = np.min(spare, axis=0) <= 0.0
        first = int(near.argmax())
        return first if near[first] else stretch.rows

    def _others(self, symbol: str) -> Iterator[tuple[str, float, float, float]]:
        """Yield symbol, quantity, cost basis and last price of every other net position."""
        for other in self.held:
            qty, cost = self.net(other)
            if other != symbol and qty:
                yield other, qty, cost, self.price.get(other, cost / qty)

    def _worst(self, rules: Margin, stretch: Stretch, symbol: str) -> Floats:
        """Return a bound of what is left of a position's own in each row, a hair lower than it can be."""
        qty, cost = self.net(symbol)
        last = self.price.get(symbol, cost / qty if qty else 0.0)
        low = high = np.full(stretch.rows, last)
        if symbol in stretch.members:
            # While some symbols are at this row's prices, others still are at those of the row before.
            low, high = stretch.column(symbol, "low"), stretch.column(symbol, "high")
            low = np.minimum(low, np.concatenate(([last], low[:-1])))
            high = np.maximum(high, np.concatenate(([last], high[:-1])))
        profit = qty * (low if qty > 0 else high) - cost
        tables = [rules.brackets(symbol, time) for time in (stretch.first_close, stretch.last_close)]
        needed = np.max([abs(qty) * high * one.rate - one.amount for table in tables for one in table], axis=0)
        own = 0.0 if rules.leverage is None else self.backing(rules, symbol, stretch.first_close)
        return profit + own - needed - 1e-9 * (np.abs(profit) + np.abs(needed) + abs(cost))
