"""Where orders meet prices: what fires, what fills, how much of it and at what cost.

1. A price fact fills at most ``participation`` of the volume of a bar, in whole lots: of the last bar that has closed
   while the present one is open, of itself once it is closed. What protection closes counts, a liquidation does not;
   what a bar fills that comes late counts against the one that has opened by then.
2. What is left of an order goes on working, or is cancelled where its time in force or the configuration says so.
3. An entry that fills inside of a bar, at its limit or trigger, is stopped out by that bar's extreme on the wrong side:
   for a limit that came after, for a trigger it may have. Its take-profit is not reached before the next price.
4. Exits never turn a position round: they are cut to what is held, and cancelled where nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isnan

import msgspec
from msgspec import UNSET

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO, exact
from finantrade.domain.orders import (
    Cancelled,
    Expired,
    Fill,
    Liquidity,
    Order,
    Role,
    Side,
    Terms,
    TimeInForce,
    Trailing,
)
from finantrade.domain.units import Millis
from finantrade.execution import entries
from finantrade.execution.costs import Costs, Turnover
from finantrade.execution.desk import NOT_YET, Desk, Holding, Working
from finantrade.execution.entries import Hit
from finantrade.execution.protection import Guard, Span, triggered

REASONS = {Role.STOP: "stop_loss", Role.TAKE_PROFIT: "take_profit"}
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


class Rules(msgspec.Struct, frozen=True):
    """How orders fill. ``participation`` is a share of a bar's volume, None for as much as is wanted."""

    costs: Costs
    fill_on_touch: bool = False
    participation: Decimal | None = None
    cancels_remainder: bool = False


class Floor:
    """Executes on desks; ``turnover`` is what decides the fee tier."""

    def __init__(self, instruments: Mapping[str, Instrument], rules: Rules) -> None:
        self.rules = rules
        self.turnover = Turnover()
        self._instruments = instruments
        self._touch = rules.fill_on_touch

    def protect(self, desk: Desk, symbol: str, time: Millis, seen: Bar | float) -> list[Message]:
        """Fire the protection that a price or a whole bar has reached."""
        out: list[Message] = []
        touch = self._touch
        for strategy, holding in list(desk.holdings.items()):
            fired = holding.fired_within(seen, touch) if isinstance(seen, Bar) else holding.fired_at(seen, touch)
            if fired is not None:
                out += self._exit(desk, symbol, strategy, fired, time, isinstance(seen, Bar) and seen.backfilled)
        return out

    def work(self, desk: Desk, price: float, time: Millis, whole_from: Millis, now: Millis) -> list[Message]:
        """Show one price to the orders that work by ``now``."""
        due = [w for w in desk.working if w.due <= now]
        desk.working = [w for w in desk.working if w.due > now]
        out: list[Message] = []
        kept: list[Working] = []
        for working in due:
            if not isinstance(working.wish, Order):
                continue
            order = self._cut(desk, working.wish)
            if not order.qty:
                out.append(Cancelled(order.id, order.strategy, order.symbol, "nothing to reduce"))
            elif order.terms is UNSET and self.rules.participation is None:
                out.append(self._executed(desk, order, order.qty, Hit(price, Liquidity.TAKER), time, whole_from))
            else:
                said, left = self._meet(desk, working, order, price, time, whole_from)
                out += said
                kept += left
        desk.working = [*kept, *desk.working]
        return out

    def rest(self, desk: Desk, symbol: str, bar: Bar) -> list[Message]:
        """Show a whole bar to the orders that rested throughout."""
        out: list[Message] = []
        span = Span(bar.open, bar.high, bar.low)
        for working in [w for w in desk.working if NOT_YET < w.rests <= bar.open_time]:
            order, terms = working.wish, getattr(working.wish, "terms", None)
            if not isinstance(order, Order) or not isinstance(terms, Terms) or working not in desk.working:
                continue
            if terms.expires is not None and terms.expires <= bar.close_time:
                # Whether the price came before the end of its time nobody can say: it is taken not to have.
                desk.working.remove(working)
                out.append(Expired(order.id, order.strategy, symbol, "time in force"))
                continue
            hit = entries.within(order, terms, span, self._touch)
            if hit is not None:
                out += self._rested(desk, working, order, hit, bar)
        return out

    def fill(
        self, desk: Desk, order: Order, qty: Decimal, price: Decimal, liquidity: Liquidity, time: Millis,
        *, backfilled: bool = False, fee: Decimal | None = None,
    ) -> Fill:  # fmt: skip
        """Book an execution on the desk; without ``fee`` it is reckoned."""
        desk.fills += 1
        signed = qty if order.side is Side.BUY else money.negate(qty)
        holding = desk.holdings.setdefault(order.strategy, Holding())
        holding.qty = money.add(holding.qty, signed)
        if not holding.qty:
            del desk.holdings[order.strategy]
            desk.watch()
        if self.rules.participation is not None and order.role is not Role.LIQUIDATION:
            desk.used = money.add(desk.used, qty)
        if fee is None:
            fee = self._fee(qty, price, liquidity, time)
        return Fill(
            f"{order.symbol}-f{desk.fills}", order.id, order.strategy, order.symbol, order.side, qty, price,
            fee, order.role, liquidity, order.reason, time, backfilled,
        )  # fmt: skip

    def taker_price(self, desk: Desk, order: Order, price: float, qty: Decimal, time: Millis) -> Decimal:
        """Return what a taker pays at a price that is seen, never beyond the limit of its order."""
        costs, share = self.rules.costs, ZERO
        if costs.impact and desk.volume > 0:
            share = money.divide(qty, exact(desk.volume))
        instrument = self._instruments[order.symbol].at(time)
        return entries.capped(order, costs.taker_price(price, order.side, instrument, share))

    def _fee(self, qty: Decimal, price: Decimal, liquidity: Liquidity, time: Millis) -> Decimal:
        costs = self.rules.costs
        if len(costs.tiers) == 1:
            return costs.fee(qty, price, liquidity)
        fee = costs.fee(qty, price, liquidity, self.turnover.before(time))
        self.turnover.add(time, money.multiply(qty, price))
        return fee

    def _fits(self, desk: Desk, symbol: str, qty: Decimal, time: Millis) -> Decimal:
        share = self.rules.participation
        if share is None or isnan(desk.volume):
            return qty
        room = money.subtract(money.multiply(exact(desk.volume), share), desk.used)
        return min(qty, self._instruments[symbol].at(time).whole_lots(room)) if room > 0 else ZERO

    def _exit(
        self, desk: Desk, symbol: str, strategy: str, fired: tuple[Role, float], time: Millis, backfilled: bool
    ) -> list[Message]:
        role, price = fired
        holding = desk.holdings[strategy]
        side = Side.SELL if holding.qty > 0 else Side.BUY
        whole = holding.qty.copy_abs()
        order = Order(f"{holding.order_id}-{role}", strategy, symbol, side, whole, role, REASONS[role])
        qty = self._fits(desk, symbol, whole, time)
        out: list[Message] = []
        if qty:
            maker = role is Role.TAKE_PROFIT
            paid = exact(price) if maker else self.taker_price(desk, order, price, qty, time)
            liquidity = Liquidity.MAKER if maker else Liquidity.TAKER
            out.append(self.fill(desk, order, qty, paid, liquidity, time, backfilled=backfilled))
        if qty < whole and role is Role.STOP:
            self._pursue(desk, holding, order, money.subtract(whole, qty), time)
        dropped = desk.drop_entries(strategy, side.opposite)
        return [*out, *(Cancelled(one.id, strategy, symbol, "position closed") for one in dropped)]

    def _pursue(self, desk: Desk, holding: Holding, order: Order, left: Decimal, time: Millis) -> None:
        """Let what a stop could not close at once follow as a market order: it has been triggered."""
        desk.working.append(Working(time, msgspec.structs.replace(order, qty=left)))
        holding.trail = None
        holding.guard = holding.rested = Guard(holding.guard.since, None, holding.guard.take_profit)
        desk.watch()

    def _meet(
        self, desk: Desk, working: Working, order: Order, price: float, time: Millis, whole_from: Millis
    ) -> tuple[list[Message], list[Working]]:
        hit, gone = Hit(price, Liquidity.TAKER), None
        if isinstance(order.terms, Terms):
            hit, gone = self._judged(working, order, order.terms, price, time)
        if gone is not None:
            return [gone], []
        qty = self._fits(desk, order.symbol, order.qty, time) if hit is not None else ZERO
        if _must_be_whole(order) and qty < order.qty:
            return [Cancelled(order.id, order.strategy, order.symbol, "fill or kill")], []
        out: list[Message] = []
        if hit is not None and qty:
            out.append(self._executed(desk, order, qty, hit, time, whole_from))
        left = money.subtract(order.qty, qty)
        if not left:
            return out, []
        if self._is_done(order, taken=hit is not None and hit.liquidity is Liquidity.TAKER):
            return [*out, Cancelled(order.id, order.strategy, order.symbol, "immediate or cancel")], []
        rests = working.rests if working.rests != NOT_YET else _resting(order, whole_from)
        return out, [Working(working.due, msgspec.structs.replace(order, qty=left), rests)]

    def _judged(
        self, working: Working, order: Order, terms: Terms, price: float, time: Millis
    ) -> tuple[Hit | None, Message | None]:
        if terms.expires is not None and time >= terms.expires:
            return None, Expired(order.id, order.strategy, order.symbol, "time in force")
        rests = working.rests != NOT_YET
        hit = entries.at_price(order, terms, price, rests=rests, fill_on_touch=self._touch)
        if terms.post_only and hit is not None and hit.liquidity is Liquidity.TAKER:
            return None, Cancelled(order.id, order.strategy, order.symbol, "post only")
        return hit, None

    def _cut(self, desk: Desk, order: Order) -> Order:
        if order.role is Role.ENTRY:
            return order
        qty = min(order.qty, desk.reducible(order.strategy, order.side))
        return order if qty == order.qty else msgspec.structs.replace(order, qty=qty)

    def _is_done(self, order: Order, *, taken: bool) -> bool:
        if isinstance(order.terms, Terms) and order.terms.time_in_force in AT_ONCE:
            return True
        return taken and self.rules.cancels_remainder and order.role is Role.ENTRY

    def _executed(
        self, desk: Desk, order: Order, qty: Decimal, hit: Hit, time: Millis, whole_from: Millis,
        *, backfilled: bool = False,
    ) -> Fill:  # fmt: skip
        maker = hit.liquidity is Liquidity.MAKER
        paid = exact(hit.price) if maker else self.taker_price(desk, order, hit.price, qty, time)
        fresh = order.strategy not in desk.holdings
        fill = self.fill(desk, order, qty, paid, hit.liquidity, time, backfilled=backfilled)
        if order.role is Role.ENTRY:
            holding = desk.holdings[order.strategy]
            if fresh:
                holding.opened, holding.entered = whole_from, paid
            holding.order_id = order.id
            holding.trail = order.trail if isinstance(order.trail, Trailing) else None
            desk.protect(holding, Guard(whole_from, order.stop, order.take_profit))
        return fill

    def _rested(self, desk: Desk, working: Working, order: Order, hit: Hit, bar: Bar) -> list[Message]:
        qty = self._fits(desk, order.symbol, order.qty, bar.close_time)
        if not qty:
            return []
        at = desk.working.index(working)
        left = money.subtract(order.qty, qty)
        desk.working[at : at + 1] = (
            [msgspec.structs.replace(working, wish=msgspec.structs.replace(order, qty=left))] if left else []
        )
        time = bar.close_time
        fill = self._executed(desk, order, qty, hit, time, bar.open_time + 1, backfilled=bar.backfilled)
        out: list[Message] = [fill]
        paid, stop = float(fill.price), Guard(0, order.stop)
        span = Span(paid, max(paid, bar.high), min(paid, bar.low))
        fired = triggered(1 if order.side is Side.BUY else -1, stop, span, fill_on_touch=False)
        if fired is not None:
            out += self._exit(desk, order.symbol, order.strategy, fired, time, bar.backfilled)
        return out


def _must_be_whole(order: Order) -> bool:
    return isinstance(order.terms, Terms) and order.terms.time_in_force is TimeInForce.FOK


def _resting(order: Order, whole_from: Millis) -> Millis:
    """Whether what is left of an order rests at a price of its own, and from which bar on."""
    terms = order.terms
    own = isinstance(terms, Terms) and (terms.limit is not None or terms.trigger is not None)
    return whole_from if own else NOT_YET
