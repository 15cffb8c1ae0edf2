"""When the venue takes a position away, and what that costs. The arithmetic is in `margin`.

1. Judged is the mark price, where one came within the last hour; else the last price, which is then said to be assumed.
2. A mark price that reaches the level closes the position at the next price, as a market order: marks are no prices
   that anyone trades at. Protection that this next price, or the bar up to it, sets off comes first, since it rested.
3. Of last prices a whole bar is judged: at the level, or at the first price where that is already beyond it. A stop
   nearer than the level comes first, anything else after: where a price is beyond both, it is a liquidation.
4. Entries of the symbol are withdrawn. Every strategy's part of the net position is closed.
"""

from __future__ import annotations

from decimal import Decimal

from finantrade.domain import money
from finantrade.domain.context import MarkPrice
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.money import exact
from finantrade.domain.orders import Cancelled, Liquidated, Liquidity, Order, Role, Side
from finantrade.domain.units import HOUR, Millis
from finantrade.execution.desk import Desk, Holding
from finantrade.execution.floor import Floor
from finantrade.execution.margin import Margin, MarginBook
from finantrade.execution.protection import Span

MARKS_STAND_MS = 1 * HOUR
"""How long a mark price is judged by: without one for longer, last prices are."""


class Liquidator:
    """Watches the margin of what is held on the desks of one account."""

    def __init__(self, rules: Margin, floor: Floor, cash: Decimal) -> None:
        self.rules = rules
        self.book = MarginBook(float(cash))
        self._floor = floor

    def mark(self, desk: Desk, fact: MarkPrice) -> list[Message]:
        """Judge a mark price; what it takes away is closed at the next price."""
        book, symbol = self.book, fact.symbol
        book.marked[symbol] = fact.time
        found = book.level(self.rules, symbol, fact.time)
        if found is None:
            return []
        book.price[symbol] = fact.mark
        if desk.breached is not None or (fact.mark - found[1]) * found[0] > 0:
            return []
        desk.breached = fact.mark
        return self._withdraw(desk, symbol)

    def seen(self, symbol: str, price: float) -> None:
        """Take in the last price of what is held."""
        if symbol in self.book.held:
            self.book.price[symbol] = price

    def first(self, desk: Desk, symbol: str, time: Millis, seen: Bar | float) -> list[Message]:
        """Judge last prices before protection does: liquidate unless a stop stands nearer."""
        found = self._reached(desk, symbol, time, seen)
        if found is None:
            return []
        price, level, way = found
        gapped = price != level
        if (
            not gapped
            and isinstance(seen, Bar)
            and any((float(stop) - level) * way > 0 for one in desk.holdings.values() for stop in _stops(one, seen))
        ):
            return []
        return self._take(desk, symbol, price, time, None)

    def last(self, desk: Desk, symbol: str, time: Millis, seen: Bar | float) -> list[Message]:
        """Liquidate what protection has left: on what a mark price had reached, or on these last prices."""
        if desk.breached is not None:
            mark, desk.breached = desk.breached, None
            return self._take(desk, symbol, seen.close if isinstance(seen, Bar) else seen, time, mark)
        found = self._reached(desk, symbol, time, seen)
        return [] if found is None else self._take(desk, symbol, found[0], time, None)

    def _reached(self, desk: Desk, symbol: str, time: Millis, seen: Bar | float) -> tuple[float, float, int] | None:
        """Return the price at which last prices reach the level, the level and the side of the position."""
        if (
            desk.breached is not None
            or not desk.holdings
            or time - self.book.marked.get(symbol, -MARKS_STAND_MS) <= MARKS_STAND_MS
        ):
            return None
        found = self.book.level(self.rules, symbol, time)
        if found is None:
            return None
        way, level = found
        span = _span(desk, seen)
        worst = span.low if way > 0 else span.high
        if (worst - level) * way > 0:
            return None
        return (min(level, span.first) if way > 0 else max(level, span.first)), level, way

    def _is_marked(self, symbol: str, time: Millis) -> bool:
        marked = self.book.marked.get(symbol)
        return marked is not None and time - marked <= MARKS_STAND_MS

    def _take(self, desk: Desk, symbol: str, price: float, time: Millis, mark: float | None) -> list[Message]:
        found = self.book.level(self.rules, symbol, time)
        if found is None or not desk.holdings:
            return []
        qty, cost = self.book.net(symbol)
        left = self.book.stake(self.rules, symbol) - cost
        out: list[Message] = self._withdraw(desk, symbol)
        assumed, judged = mark is None, price if mark is None else mark
        for strategy, holding in list(desk.holdings.items()):
            order = _order(symbol, strategy, holding)
            paid = self._floor.taker_price(desk, order, price, order.qty, time)
            out.append(Liquidated(order.id, strategy, symbol, holding.qty, found[1], judged, time, assumed))
            fee = self._fee(order.qty, paid, left + qty * float(paid))
            left -= float(fee)
            out.append(self._floor.fill(desk, order, order.qty, paid, Liquidity.TAKER, time, fee=fee))
        return out

    def _fee(self, qty: Decimal, paid: Decimal, left: float) -> Decimal:
        whole = money.multiply(money.multiply(qty, paid), exact(self.rules.fee))
        return money.to_posting(min(whole, exact(left)))

    def _withdraw(self, desk: Desk, symbol: str) -> list[Message]:
        dropped = [
            order
            for strategy in dict.fromkeys(w.wish.strategy for w in desk.working)
            for side in Side
            for order in desk.drop_entries(strategy, side)
        ]
        return [Cancelled(one.id, one.strategy, symbol, "liquidation") for one in dropped]


def _order(symbol: str, strategy: str, holding: Holding) -> Order:
    side = Side.SELL if holding.qty > 0 else Side.BUY
    name = f"{holding.order_id}-{Role.LIQUIDATION}"
    return Order(name, strategy, symbol, side, holding.qty.copy_abs(), Role.LIQUIDATION, "liquidation")


def _stops(holding: Holding, bar: Bar) -> list[Decimal]:
    """Return the stop that was in force throughout a bar, if any."""
    guard = holding.guard if bar.open_time >= holding.guard.since else holding.rested
    return [] if guard.stop is None else [guard.stop]


def _span(desk: Desk, seen: Bar | float) -> Span:
    """Return the prices from after everything that is held was entered."""
    if not isinstance(seen, Bar):
        return Span(seen, seen, seen)
    if any(one.opened > seen.open_time for one in desk.holdings.values()):
        return Span(seen.close, seen.close, seen.close)
    return Span(seen.open, seen.high, seen.low)
