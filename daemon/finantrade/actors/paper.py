"""Paper execution: a small, honest exchange desk. It accepts what risk has approved, and judges it on later prices.

1. A market order fills at the first price fact that is seen at or after its acceptance plus latency: with bars alone
   and no latency the next ``BarOpened``; where a latency outlasts the opening, the close of that bar.
2. An order is judged only on prices from after it began to work. Protection that began in mid-bar is judged on that
   bar's close alone: the bar's extremes may be from before it existed.
3. Within one fact: protection first (it was resting), then market orders in the order of their acceptance.
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
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Amend, Cancel, Cancelled, Fill, Liquidity, Order, Rejection, Role, Side
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.execution.costs import Costs
from finantrade.execution.protection import Levels, Span, triggered

WORKING_LIMIT = 1_000
"""Orders and amendments one symbol may have working; one more is rejected."""


class Holding(msgspec.Struct):
    """What paper knows of one position. ``whole_from``: the first bar its protection sees from the first price on."""

    qty: Decimal = ZERO
    order_id: str = ""
    stop: Decimal | None = None
    take_profit: Decimal | None = None
    whole_from: Millis = 0


class Working(msgspec.Struct, frozen=True):
    """An accepted order or amendment that begins to work at ``due``."""

    due: Millis
    wish: Order | Amend


class Desk(msgspec.Struct):
    """One symbol: orders waiting for a price, and holdings by strategy; ``guarded`` if any has a level to watch."""

    open_time: Millis = -1
    fills: int = 0
    guarded: bool = False
    working: list[Working] = []
    holdings: dict[str, Holding] = {}


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
            (strategy, symbol): (holding.stop, holding.take_profit)
            for symbol, desk in self._desks.items()
            for strategy, holding in desk.holdings.items()
        }

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
        if desk is None:
            return NOTHING
        desk.open_time = fact.open_time
        if not (desk.guarded or desk.working):
            return NOTHING
        return self._at_price(fact.symbol, desk, fact.open, fact.open_time, fact.open_time, now)

    def on_trade(self, fact: TradePrice, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(fact.symbol)
        if desk is None or not (desk.guarded or desk.working):
            return NOTHING
        return self._at_price(fact.symbol, desk, fact.price, fact.time, desk.open_time + 1, now)

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(bar.symbol)
        if desk is None:
            return NOTHING
        desk.open_time = max(desk.open_time, bar.open_time)
        if not (desk.guarded or desk.working):
            return NOTHING
        out = self._protect(bar.symbol, desk, bar.close_time, bar, None)
        if desk.working and not bar.backfilled:
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
            _amend(desk, amend, desk.open_time + 1)
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
        due = [w.wish for w in desk.working if w.due <= now]
        for wish in due:
            if isinstance(wish, Amend):
                _amend(desk, wish, whole_from)
        out = self._protect(symbol, desk, time, None, price)
        desk.working = [w for w in desk.working if w.due > now]
        for wish in due:
            if isinstance(wish, Order):
                out.append(self._execute(desk, wish, price, time, whole_from))
        return out

    def _protect(
        self, symbol: str, desk: Desk, time: Millis, bar: Bar | None, price: float | None
    ) -> list[Message]:
        out: list[Message] = []
        for strategy, holding in list(desk.holdings.items()):
            span = _span(bar, price, holding)
            levels = Levels(1 if holding.qty > 0 else -1, holding.stop, holding.take_profit)
            fired = triggered(levels, span, self._fill_on_touch)
            if fired is not None:
                out.append(self._exit(desk, symbol, strategy, fired, time, bar is not None and bar.backfilled))
        return out

    def _exit(
        self, desk: Desk, symbol: str, strategy: str, fired: tuple[Role, float], time: Millis, backfilled: bool
    ) -> Fill:
        role, price = fired
        holding = desk.holdings[strategy]
        side = Side.SELL if holding.qty > 0 else Side.BUY
        reason = "stop_loss" if role is Role.STOP else "take_profit"
        order = Order(f"{holding.order_id}-{role}", strategy, symbol, side, abs(holding.qty), role, reason)
        if role is Role.TAKE_PROFIT:
            return self._fill(desk, order, order.qty, money.exact(price), Liquidity.MAKER, time, backfilled)
        paid = self._costs.taker_price(price, side, self._instruments[symbol])
        return self._fill(desk, order, order.qty, paid, Liquidity.TAKER, time, backfilled)

    def _execute(self, desk: Desk, order: Order, price: float, time: Millis, whole_from: Millis) -> Message:
        held = desk.holdings.get(order.strategy)
        qty = order.qty
        if order.role is not Role.ENTRY:
            qty = min(qty, _against(held, order.side))
            if not qty:
                return Cancelled(order.id, order.strategy, order.symbol, "nothing to reduce")
        paid = self._costs.taker_price(price, order.side, self._instruments[order.symbol])
        fill = self._fill(desk, order, qty, paid, Liquidity.TAKER, time, backfilled=False)
        if order.role is Role.ENTRY:
            holding = desk.holdings[order.strategy]
            holding.order_id = order.id
            holding.stop, holding.take_profit, holding.whole_from = order.stop, order.take_profit, whole_from
            _watch(desk)
        return fill

    def _fill(
        self, desk: Desk, order: Order, qty: Decimal, price: Decimal, liquidity: Liquidity, time: Millis,
        backfilled: bool,
    ) -> Fill:
        desk.fills += 1
        signed = qty if order.side is Side.BUY else money.negate(qty)
        holding = desk.holdings.setdefault(order.strategy, Holding())
        holding.qty = money.add(holding.qty, signed)
        if not holding.qty:
            del desk.holdings[order.strategy]
            _watch(desk)
        return Fill(
            f"{order.symbol}-f{desk.fills}", order.id, order.strategy, order.symbol, order.side, qty, price,
            self._costs.fee(qty, price, liquidity), order.role, liquidity, order.reason, time, backfilled,
        )  # fmt: skip


def _span(bar: Bar | None, price: float | None, holding: Holding) -> Span:
    if bar is None:
        assert price is not None
        return Span(price, price, price)
    if bar.open_time >= holding.whole_from:
        return Span(bar.open, bar.high, bar.low)
    return Span(bar.close, bar.close, bar.close)


def _amend(desk: Desk, amend: Amend, whole_from: Millis) -> None:
    holding = desk.holdings.get(amend.strategy)
    if holding is not None:
        holding.stop, holding.take_profit = amend.stop, amend.take_profit
        holding.whole_from = whole_from
        _watch(desk)


def _watch(desk: Desk) -> None:
    desk.guarded = any(one.stop is not None or one.take_profit is not None for one in desk.holdings.values())


def _against(held: Holding | None, side: Side) -> Decimal:
    if held is None or (held.qty > 0) != (side is Side.SELL):
        return ZERO
    return abs(held.qty)
