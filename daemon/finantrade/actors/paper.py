"""Paper execution: a small, honest exchange desk. It accepts what risk has approved, and judges it on later prices.

1. A market order fills at the first price fact that is seen at or after its acceptance plus latency: with bars alone
   and no latency the next ``BarOpened``; where a latency outlasts the opening, the close of that bar.
2. An order is judged only on prices from after it began to work. Protection that began in mid-bar is judged on that
   bar's close alone: the bar's extremes may be from before it existed. A bar that the barrier held until after its
   successor had opened brings no new price: it is only searched for protection that was at work in it.
3. Within one fact: amendments, then protection (it was resting), then market orders in the order of their acceptance.
   What protection closes is not added to: entries still on their way to that side are cancelled.
4. Exits never turn a position round: they are cut to what is held, and cancelled where nothing is.
5. Back-filled bars fill resting protection at its levels, with the bar's time; market orders wait for a live price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

import msgspec

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.market import Bar, BarOpened, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.orders import Amend, Cancel, Cancelled, Fill, Liquidity, Order, Rejection, Role, Side
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.execution.costs import Costs
from finantrade.execution.desk import Desk, Holding, Working
from finantrade.execution.protection import Guard
from finantrade.market.stretch import Stretch

WORKING_LIMIT = 1_000
"""Orders and amendments one symbol may have working; one more is rejected."""


class PaperActor:
    """Fills orders against price facts."""

    name: ClassVar[str] = "paper"

    def __init__(
        self, instruments: Mapping[str, Instrument], costs: Costs, latency_ms: Millis, fill_on_touch: bool
    ) -> None:
        self._instruments = instruments
        self._costs = costs
        self._latency_ms = latency_ms
        self._fill_on_touch = fill_on_touch
        self._desks = {symbol: Desk() for symbol in instruments}

    @property
    def working(self) -> tuple[Order, ...]:
        """Orders accepted and not filled yet."""
        return tuple(w.wish for desk in self._desks.values() for w in desk.working if isinstance(w.wish, Order))

    @property
    def protection(self) -> Mapping[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
        """Stop and take-profit by (strategy, symbol)."""
        return {
            (strategy, symbol): (holding.guard.stop, holding.guard.take_profit)
            for symbol, desk in self._desks.items()
            for strategy, holding in desk.holdings.items()
        }

    @property
    def busy(self) -> bool:
        """Whether anything waits for the next price."""
        for desk in self._desks.values():  # noqa: SIM110  asked at every turn: a generator would cost more than the rest
            if desk.working:
                return True
        return False

    def awaits_price(self, symbol: str) -> bool:
        """Whether an order or protection of this symbol waits for a price."""
        desk = self._desks.get(symbol)
        return desk is not None and (desk.guarded or bool(desk.working))

    def indifferent(self, stretch: Stretch) -> int:
        """Return how many rows come before any that touches a level."""
        rows = stretch.rows
        for symbol in stretch.symbols:
            desk = self._desks[symbol]
            if desk.guarded:
                rows = min(rows, desk.untouched(stretch.column(symbol, "low"), stretch.column(symbol, "high")))
        return rows

    def pass_over(self, stretch: Stretch) -> None:
        """Take the rows as seen."""
        for symbol in stretch.symbols:
            self._desks[symbol].open_time = stretch.last_open

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {
            BarOpened: self.on_opened,
            TradePrice: self.on_trade,
            Bar: self.on_bar,
            Order: self.on_order,
            Amend: self.on_amend,
            Cancel: self.on_cancel,
        }

    def on_opened(self, fact: BarOpened, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(fact.symbol)
        # An opening told again (a wire that came back in mid-bar) is not a price that anyone sees now.
        if desk is None or fact.open_time <= desk.open_time:
            return NOTHING
        desk.open_time = fact.open_time
        if not (desk.guarded or desk.working):
            return NOTHING
        return self._at_price(fact.symbol, desk, fact.open, fact.open_time, fact.open_time, now)

    def on_trade(self, fact: TradePrice, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(fact.symbol)
        if desk is None or not (desk.guarded or desk.working):
            return NOTHING
        # Where the opening of this bar was never told, the newest known one is of a bar before.
        return self._at_price(fact.symbol, desk, fact.price, fact.time, max(desk.open_time + 1, fact.time), now)

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(bar.symbol)
        if desk is None:
            return NOTHING
        newest = bar.open_time >= desk.open_time
        if newest:
            desk.open_time = bar.open_time
        if not (desk.guarded or desk.working):
            return NOTHING
        out = self._protect(bar.symbol, desk, bar.close_time, bar, None) if desk.guarded else []
        if desk.working and newest and not bar.backfilled:
            out += self._at_price(bar.symbol, desk, bar.close, bar.close_time, desk.open_time + 1, now)
        return out

    def on_order(self, order: Order, now: Millis) -> Sequence[Message]:
        desk = self._desks[order.symbol]
        if len(desk.working) >= WORKING_LIMIT:
            return (Rejection(order.id, order.strategy, order.symbol, f"over {WORKING_LIMIT} working orders"),)
        desk.working.append(Working(now + self._latency_ms, order))
        return NOTHING

    def on_amend(self, amend: Amend, now: Millis) -> Sequence[Message]:
        desk = self._desks[amend.symbol]
        if self._latency_ms:
            # Bounded like orders; the oldest amendments are superseded by the newest anyway.
            kept = [w for w in desk.working if not (isinstance(w.wish, Amend) and w.wish.strategy == amend.strategy)]
            desk.working = [*kept, Working(now + self._latency_ms, amend)]
        else:
            desk.amend(amend, desk.open_time + 1)
        return NOTHING

    def on_cancel(self, cancel: Cancel, now: Millis) -> Sequence[Message]:
        desk = self._desks[cancel.symbol]
        found = [w.wish for w in desk.working if isinstance(w.wish, Order) and w.wish.id == cancel.order_id]
        desk.working = [w for w in desk.working if w.wish not in found]
        return [Cancelled(order.id, order.strategy, order.symbol, cancel.reason) for order in found]

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._desks)

    def restore(self, state: bytes, /) -> None:
        desks = msgspec.msgpack.decode(state, type=dict[str, Desk])
        self._desks = {symbol: desks.get(symbol, Desk()) for symbol in self._instruments}

    def _at_price(
        self, symbol: str, desk: Desk, price: float, time: Millis, whole_from: Millis, now: Millis
    ) -> list[Message]:
        """Judge everything on one price, which bars from ``whole_from`` on contain in full."""
        for working in desk.working:
            if working.due <= now and isinstance(working.wish, Amend):
                desk.amend(working.wish, whole_from)
        out = self._protect(symbol, desk, time, None, price)
        if desk.working:
            due = [w.wish for w in desk.working if w.due <= now]
            desk.working = [w for w in desk.working if w.due > now]
            out += [self._execute(desk, wish, price, time, whole_from) for wish in due if isinstance(wish, Order)]
        return out

    def _protect(self, symbol: str, desk: Desk, time: Millis, bar: Bar | None, price: float | None) -> list[Message]:
        out: list[Message] = []
        for strategy, holding in list(desk.holdings.items()):
            if bar is None:
                assert price is not None
                fired = holding.fired_at(price, self._fill_on_touch)
            else:
                fired = holding.fired_within(bar, self._fill_on_touch)
            if fired is not None:
                held = Side.BUY if holding.sign > 0 else Side.SELL
                out.append(self._exit(desk, symbol, strategy, fired, time, bar is not None and bar.backfilled))
                dropped = desk.drop_entries(strategy, held)
                out += [Cancelled(one.id, strategy, symbol, "position closed") for one in dropped]
        return out

    def _exit(
        self, desk: Desk, symbol: str, strategy: str, fired: tuple[Role, float], time: Millis, backfilled: bool
    ) -> Fill:
        role, price = fired
        holding = desk.holdings[strategy]
        side = Side.SELL if holding.qty > 0 else Side.BUY
        reason = "stop_loss" if role is Role.STOP else "take_profit"
        order = Order(f"{holding.order_id}-{role}", strategy, symbol, side, holding.qty.copy_abs(), role, reason)
        if role is Role.TAKE_PROFIT:
            return self._fill(desk, order, order.qty, money.exact(price), Liquidity.MAKER, time, backfilled)
        paid = self._costs.taker_price(price, side, self._instruments[symbol])
        return self._fill(desk, order, order.qty, paid, Liquidity.TAKER, time, backfilled)

    def _execute(self, desk: Desk, order: Order, price: float, time: Millis, whole_from: Millis) -> Message:
        qty = order.qty
        if order.role is not Role.ENTRY:
            qty = min(qty, desk.reducible(order.strategy, order.side))
            if not qty:
                return Cancelled(order.id, order.strategy, order.symbol, "nothing to reduce")
        paid = self._costs.taker_price(price, order.side, self._instruments[order.symbol])
        fill = self._fill(desk, order, qty, paid, Liquidity.TAKER, time, backfilled=False)
        if order.role is Role.ENTRY:
            holding = desk.holdings[order.strategy]
            holding.order_id = order.id
            desk.protect(holding, Guard(whole_from, order.stop, order.take_profit))
        return fill

    def _fill(
        self,
        desk: Desk,
        order: Order,
        qty: Decimal,
        price: Decimal,
        liquidity: Liquidity,
        time: Millis,
        backfilled: bool,
    ) -> Fill:
        desk.fills += 1
        signed = qty if order.side is Side.BUY else money.negate(qty)
        holding = desk.holdings.setdefault(order.strategy, Holding())
        holding.qty = money.add(holding.qty, signed)
        if not holding.qty:
            del desk.holdings[order.strategy]
            desk.watch()
        return Fill(
            f"{order.symbol}-f{desk.fills}", order.id, order.strategy, order.symbol, order.side, qty, price,
            self._costs.fee(qty, price, liquidity), order.role, liquidity, order.reason, time, backfilled,
        )  # fmt: skip
