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
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Amend, Cancel, Cancelled, Fill, Liquidity, Order, Rejection, Role, Side
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.execution.costs import Costs
from finantrade.execution.protection import Guard, Span, lasting, triggered

WORKING_LIMIT = 1_000
"""Orders and amendments one symbol may have working; one more is rejected."""


class Holding(msgspec.Struct):
    """What paper knows of one position. ``rested`` is what protected it throughout the bar in which ``guard`` began."""

    qty: Decimal = ZERO
    order_id: str = ""
    guard: Guard = Guard()
    rested: Guard = Guard()

    @property
    def sign(self) -> int:
        """+1 for a long, -1 for a short."""
        return 1 if self.qty > 0 else -1


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
            (strategy, symbol): (holding.guard.stop, holding.guard.take_profit)
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
        return self._at_price(fact.symbol, desk, fact.price, fact.time, desk.open_time + 1, now)

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
        for working in desk.working:
            if working.due <= now and isinstance(working.wish, Amend):
                _amend(desk, working.wish, whole_from)
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
                fired = triggered(holding.sign, holding.guard, Span(price, price, price), self._fill_on_touch)
            else:
                fired = _within(bar, holding, self._fill_on_touch)
            if fired is not None:
                held = Side.BUY if holding.sign > 0 else Side.SELL
                out.append(self._exit(desk, symbol, strategy, fired, time, bar is not None and bar.backfilled))
                out += _drop_entries(desk, strategy, held)
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
            _renew(desk, holding, Guard(whole_from, order.stop, order.take_profit))
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
            _watch(desk)
        return Fill(
            f"{order.symbol}-f{desk.fills}", order.id, order.strategy, order.symbol, order.side, qty, price,
            self._costs.fee(qty, price, liquidity), order.role, liquidity, order.reason, time, backfilled,
        )  # fmt: skip


def _within(bar: Bar, holding: Holding, fill_on_touch: bool) -> tuple[Role, float] | None:
    whole, guard = Span(bar.open, bar.high, bar.low), holding.guard
    if bar.open_time >= guard.since:
        return triggered(holding.sign, guard, whole, fill_on_touch)
    fired = None
    if bar.open_time >= holding.rested.since:
        fired = triggered(holding.sign, holding.rested, whole, fill_on_touch)
    if fired is None and bar.close_time >= guard.since:
        fired = triggered(holding.sign, guard, Span(bar.close, bar.close, bar.close), fill_on_touch)
    return fired


def _amend(desk: Desk, amend: Amend, whole_from: Millis) -> None:
    holding = desk.holdings.get(amend.strategy)
    if holding is not None and (holding.qty > 0) == (amend.side is Side.BUY):
        _renew(desk, holding, Guard(whole_from, amend.stop, amend.take_profit))
    desk.working = [_amended(working, amend) for working in desk.working]


def _amended(working: Working, amend: Amend) -> Working:
    if not _is_entry(working, amend.strategy, amend.side):
        return working
    return Working(working.due, msgspec.structs.replace(working.wish, stop=amend.stop, take_profit=amend.take_profit))


def _renew(desk: Desk, holding: Holding, guard: Guard) -> None:
    old = holding.rested if holding.guard.since > desk.open_time else holding.guard
    holding.rested, holding.guard = lasting(holding.sign, old, guard), guard
    _watch(desk)


def _watch(desk: Desk) -> None:
    guards = [holding.guard for holding in desk.holdings.values()]
    desk.guarded = any(guard.stop is not None or guard.take_profit is not None for guard in guards)


def _drop_entries(desk: Desk, strategy: str, side: Side) -> list[Message]:
    dropped = [w.wish for w in desk.working if _is_entry(w, strategy, side)]
    desk.working = [w for w in desk.working if not _is_entry(w, strategy, side)]
    return [Cancelled(one.id, strategy, one.symbol, "position closed") for one in dropped if isinstance(one, Order)]


def _is_entry(working: Working, strategy: str, side: Side) -> bool:
    wish = working.wish
    return isinstance(wish, Order) and wish.role is Role.ENTRY and wish.strategy == strategy and wish.side is side


def _against(held: Holding | None, side: Side) -> Decimal:
    if held is None or (held.qty > 0) != (side is Side.SELL):
        return ZERO
    return held.qty.copy_abs()
