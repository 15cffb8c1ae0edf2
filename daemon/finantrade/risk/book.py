"""What risk remembers of one strategy on one symbol: the wish, the size fixed at entry, what is held and on its way."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from finantrade.domain import money
from finantrade.domain.money import ZERO


class Book(msgspec.Struct):
    """``entries`` and ``exits`` are signed quantities of working orders by order id; ``size`` is that of |target| 1."""

    strategy: str
    symbol: str
    target: float = 0.0
    size: float = 0.0
    stop: float | None = None
    take_profit: float | None = None
    qty: Decimal = ZERO
    entries: dict[str, Decimal] = {}
    exits: dict[str, Decimal] = {}

    @property
    def left(self) -> Decimal:
        """What will be held once the working exits have filled; they can empty a position, never turn it."""
        qty = self.qty
        for leaving in self.exits.values():
            qty = money.add(qty, leaving)
        return qty if sign(qty) == sign(self.qty) else ZERO

    @property
    def expected(self) -> Decimal:
        """What will be held once every working order has filled."""
        qty = self.left
        for coming in self.entries.values():
            qty = money.add(qty, coming)
        return qty

    def settle(self, order_id: str) -> None:
        """Forget a working order that has filled or gone."""
        self.entries.pop(order_id, None)
        self.exits.pop(order_id, None)


def sign(value: float | Decimal) -> int:
    """Return -1, 0 or +1."""
    return (value > 0) - (value < 0)
