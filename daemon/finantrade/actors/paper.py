"""Paper execution: a small, honest exchange desk. It accepts what risk has approved, and judges it on later prices.

1. A market order fills at the first price fact that is seen at or after its acceptance plus latency: with bars alone
   and no latency the next ``BarOpened``; where a latency outlasts the opening, the close of that bar.
2. An order is judged only on prices from after it began to work. Protection that began in mid-bar is judged on that
   bar's close alone: the bar's extremes may be from before it existed. A bar that the barrier held until after its
   successor had opened brings no new price: it is only searched for protection that was at work in it.
3. Within one fact: amendments, then liquidation, protection (it was resting) and resting entries, then market orders in
   the order of their acceptance, then trailing stops follow. What protection closes is not added to: entries still
   on their way to that side are cancelled.
4. Back-filled bars fill resting orders at their levels, with the bar's time; market orders wait for a live price.

How much fills, and at what cost, is in `execution.floor`; what is taken away for want of margin, in
`execution.liquidation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from finantrade.domain.account import Balance, FundingPaid, Position
from finantrade.domain.context import MarkPrice
from finantrade.domain.instrument import Instrument
from finantrade.domain.market import Bar, BarOpened, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Amend, Cancel, Cancelled, Order, Rejection
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.execution.costs import Turnover
from finantrade.execution.desk import Desk, Working
from finantrade.execution.floor import Floor, Rules
from finantrade.execution.liquidation import Liquidator
from finantrade.execution.margin import Margin, MarginBook
from finantrade.market.stretch import Stretch

WORKING_LIMIT = 1_000
"""Orders and amendments one symbol may have working; one more is rejected."""


class PaperState(msgspec.Struct):
    """What must survive a restart; ``margin`` is None where nothing is ever liquidated."""

    desks: dict[str, Desk]
    turnover: Turnover
    margin: MarginBook | None = None


class PaperActor:
    """Fills orders against price facts."""

    name: ClassVar[str] = "paper"

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        rules: Rules,
        latency_ms: Millis = 0,
        margin: Margin | None = None,
        cash: Decimal = ZERO,
    ) -> None:
        self._instruments = instruments
        self._latency_ms = latency_ms
        self._floor = Floor(instruments, rules)
        self._liquidator = None if margin is None else Liquidator(margin, self._floor, cash)
        self._tracks_volume = rules.participation is not None or bool(rules.costs.impact)
        self._desks = {symbol: self._desk() for symbol in instruments}

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
            if desk.working or desk.breached is not None:
                return True
        return False

    def liquidation_level(self, symbol: str, time: Millis) -> float | None:
        """Return the price at which what is held of a symbol would be taken away, None where none would."""
        one = self._liquidator
        found = None if one is None else one.book.level(one.rules, symbol, time)
        return None if found is None else found[1]

    def take_account(self, balance: Balance, positions: Sequence[Position]) -> None:
        """Stand before an account that is already there, unless what it holds is known."""
        if self._liquidator is not None and not self._liquidator.book.held:
            self._liquidator.book = MarginBook(float(balance.cash))
            for position in positions:
                self._liquidator.book.book(position)

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
        if self._liquidator is not None and rows:
            rows = min(rows, self._liquidator.book.safe(self._liquidator.rules, stretch))
        return rows

    def pass_over(self, stretch: Stretch) -> None:
        """Take the rows as seen."""
        for symbol in stretch.symbols:
            desk = self._desks[symbol]
            desk.open_time = stretch.last_open
            if self._tracks_volume:
                desk.volume, desk.used = stretch.last(symbol, "volume"), ZERO
            if self._liquidator is not None:
                self._liquidator.seen(symbol, stretch.last(symbol, "close"))

    def handlers(self) -> Mapping[type[Message], Handler]:
        account: dict[type[Message], Handler] = {}
        if self._liquidator is not None:
            account = {
                Position: self.on_position,
                Balance: self.on_balance,
                FundingPaid: self.on_funding,
                MarkPrice: self.on_mark,
            }
        return {
            BarOpened: self.on_opened,
            TradePrice: self.on_trade,
            Bar: self.on_bar,
            Order: self.on_order,
            Amend: self.on_amend,
            Cancel: self.on_cancel,
            **account,
        }

    def on_opened(self, fact: BarOpened, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(fact.symbol)
        # An opening told again (a wire that came back in mid-bar) is not a price that anyone sees now.
        if desk is None or fact.open_time <= desk.open_time:
            return NOTHING
        desk.open_time = fact.open_time
        if self._tracks_volume:
            desk.used = ZERO
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
        if self._tracks_volume:
            desk.volume = bar.volume
            if bar.open_time > desk.open_time:  # its opening was not told
                desk.used = ZERO
        if newest:
            desk.open_time = bar.open_time
        if not (desk.guarded or desk.working):
            return NOTHING
        out: list[Message] = []
        if desk.guarded:
            protect = self._floor.protect if self._liquidator is None else self._protect
            out = protect(desk, bar.symbol, bar.close_time, bar)
        if desk.working:
            out += self._floor.rest(desk, bar.symbol, bar)
            if newest and not bar.backfilled:
                out += self._at_price(bar.symbol, desk, bar.close, bar.close_time, desk.open_time + 1, now)
        if desk.trails:
            desk.trail(bar, desk.open_time + 1, self._instruments[bar.symbol].at(bar.close_time))
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

    def on_position(self, position: Position, now: Millis) -> Sequence[Message]:
        self._margin.book.book(position)
        return NOTHING

    def on_balance(self, balance: Balance, now: Millis) -> Sequence[Message]:
        self._margin.book.cash = float(balance.cash)
        return NOTHING

    def on_funding(self, payment: FundingPaid, now: Millis) -> Sequence[Message]:
        self._margin.book.pay(payment.symbol, payment.amount)
        return NOTHING

    def on_mark(self, fact: MarkPrice, now: Millis) -> Sequence[Message]:
        desk = self._desks.get(fact.symbol)
        return NOTHING if desk is None else self._margin.mark(desk, fact)

    def snapshot(self) -> bytes:
        book = None if self._liquidator is None else self._liquidator.book
        return msgspec.msgpack.encode(PaperState(self._desks, self._floor.turnover, book))

    def restore(self, state: bytes, /) -> None:
        found = msgspec.convert(_present(msgspec.msgpack.decode(state)), PaperState)
        self._desks = {symbol: found.desks.get(symbol) or self._desk() for symbol in self._instruments}
        for desk in self._desks.values():
            desk.margined = self._liquidator is not None
            desk.watch()
        self._floor.turnover = found.turnover
        if self._liquidator is not None and found.margin is not None:
            self._liquidator.book = found.margin

    @property
    def _margin(self) -> Liquidator:
        assert self._liquidator is not None
        return self._liquidator

    def _desk(self) -> Desk:
        return Desk(margined=self._liquidator is not None)

    def _at_price(
        self, symbol: str, desk: Desk, price: float, time: Millis, whole_from: Millis, now: Millis
    ) -> list[Message]:
        """Judge everything on one price, which bars from ``whole_from`` on contain in full."""
        for working in desk.working:
            if working.due <= now and isinstance(working.wish, Amend):
                desk.amend(working.wish, whole_from)
        protect = self._floor.protect if self._liquidator is None else self._protect
        out = protect(desk, symbol, time, price)
        if desk.working:
            out += self._floor.work(desk, price, time, whole_from, now)
        if desk.trails:
            desk.trail(price, whole_from, self._instruments[symbol].at(time))
        return out

    def _protect(self, desk: Desk, symbol: str, time: Millis, seen: Bar | float) -> list[Message]:
        liquidator = self._margin
        out = liquidator.first(desk, symbol, time, seen)
        out += self._floor.protect(desk, symbol, time, seen)
        out += liquidator.last(desk, symbol, time, seen)
        liquidator.seen(symbol, seen.close if isinstance(seen, Bar) else seen)
        return out


def _present(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state in its present shape: it once was the desks alone, by symbol."""
    return state if "desks" in state else {"desks": state, "turnover": {}}
