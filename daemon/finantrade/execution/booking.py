"""What a fill or a payment does to a position and to the wallet (semantics 13).

A position keeps its signed cost basis, never an average price. A partial close takes its share of the basis, rounded to
1e-8; the remainder stays, so nothing is lost to rounding (L6).
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from finantrade.domain import money
from finantrade.domain.account import Balance, Position
from finantrade.domain.orders import Fill, Side


def signed_qty(fill: Fill) -> Decimal:
    """Return the quantity of a fill in base units, below zero for a sale."""
    return fill.qty if fill.side is Side.BUY else money.negate(fill.qty)


def book(position: Position, fill: Fill) -> Position:
    """Return the position after ``fill``: what it closes is realised, the rest opens at its price."""
    signed = signed_qty(fill)
    if position.qty and (position.qty > 0) != (signed > 0):
        closed = min(signed.copy_abs(), position.qty.copy_abs())
        position = _close(position, closed, fill.price)
        signed = money.subtract(signed, closed.copy_sign(signed))
    return msgspec.structs.replace(
        position,
        qty=money.add(position.qty, signed),
        cost=money.add(position.cost, money.multiply(signed, fill.price)),
    )


def post_fill(balance: Balance, realised: Decimal, fee: Decimal) -> Balance:
    """Return the wallet after a fill that realised so much and cost this fee."""
    return Balance(
        initial=balance.initial,
        realised=money.add(balance.realised, realised),
        fees=money.add(balance.fees, fee),
        funding=balance.funding,
        cash=money.subtract(money.add(balance.cash, realised), fee),
    )


def post_funding(balance: Balance, amount: Decimal) -> Balance:
    """Return the wallet after a payment of funding, above zero where it was received."""
    return msgspec.structs.replace(
        balance, funding=money.add(balance.funding, amount), cash=money.add(balance.cash, amount)
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
