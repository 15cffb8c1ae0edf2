"""What risk remembers: of one strategy on one symbol, and of the world.

Of a symbol that is the wish, the size fixed at entry, what is held and on its way.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from finantrade.domain import money
from finantrade.domain.account import TradingState
from finantrade.domain.money import ZERO, sign
from finantrade.domain.orders import Entry, Fill, Role, Side, Trail
from finantrade.domain.units import Millis
from finantrade.risk.daily_loss import DailyLoss


class Book(msgspec.Struct):
    """``entries`` and ``exits`` are signed quantities of working orders by order id; ``size`` is that of |target| 1.

    ``entry`` and ``trail`` are what was last said of them. ``barred`` is the side (+1, -1) on which a fresh wish is
    needed, because its position was closed over its head.
    """

    strategy: str
    symbol: str
    target: float = 0.0
    size: float = 0.0
    stop: float | None = None
    take_profit: float | None = None
    barred: int = 0
    qty: Decimal = ZERO
    entries: dict[str, Decimal] = {}
    exits: dict[str, Decimal] = {}
    entry: Entry | UnsetType = UNSET
    trail: Trail | UnsetType = UNSET

    @property
    def left(self) -> Decimal:
        """What will be held once the working exits have filled; they can empty a position, never turn it."""
        qty = self.qty
        if not self.exits:
            return qty
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

    def renews(self, entry: Entry | UnsetType) -> bool:
        """Whether an unchanged target asks to enter in another way what has not been entered yet."""
        waits = bool(self.entries) or not (self.expected or self.barred)
        return bool(self.target) and waits and isinstance(entry, Entry) and entry != self.entry

    def settle(self, order_id: str) -> bool:
        """Forget a working order that has gone; False where it was not working, or had been withdrawn."""
        entry, leaving = self.entries.pop(order_id, None), self.exits.pop(order_id, None)
        return entry is not None or leaving is not None

    def fill(self, fill: Fill) -> bool:
        """Book a fill; False where its order was not working, or had been withdrawn.

        What it leaves of an order goes on working. An exit that empties the position was cut to it, and is done.
        """
        signed = fill.qty if fill.side is Side.BUY else money.negate(fill.qty)
        self.qty = money.add(self.qty, signed)
        orders = self.entries if fill.role is Role.ENTRY else self.exits
        coming = orders.pop(fill.order_id, None)
        if coming is None:
            return False
        left = money.subtract(coming, signed)
        if left and (self.qty or fill.role is Role.ENTRY):
            orders[fill.order_id] = left
        return True


class RiskState(msgspec.Struct):
    """Everything risk must remember over a restart."""

    daily: DailyLoss
    state: TradingState = TradingState.ACTIVE
    clock_step_ms: int = 0
    stale: dict[str, Millis] = {}
    closes: dict[str, float] = {}
    books: dict[str, Book] = {}
    orders: dict[str, int] = {}
