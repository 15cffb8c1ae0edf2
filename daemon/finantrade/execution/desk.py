"""One symbol's desk: orders that wait for a price, holdings by strategy, and the levels that protect them.

Of a bar in which protection changed, ``rested`` is what was in force throughout (`protection`, rule 4).
"""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import msgspec

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.market import Bar
from finantrade.domain.money import ZERO, exact
from finantrade.domain.orders import Amend, Order, Role, Side, Trailing
from finantrade.domain.units import Millis
from finantrade.execution.protection import Guard, Span, lasting, triggered
from finantrade.market.candles import Floats

NOT_YET = -1


class Holding(msgspec.Struct):
    """What paper knows of one position. ``rested`` is what protected it throughout the bar in which ``guard`` began.

    ``opened`` is from when on bars show nothing from before it was held, ``entered`` the price of its first fill.
    """

    qty: Decimal = ZERO
    order_id: str = ""
    guard: Guard = Guard()
    rested: Guard = Guard()
    opened: Millis = 0
    entered: Decimal = ZERO
    trail: Trailing | None = None

    @property
    def sign(self) -> int:
        """+1 for a long, -1 for a short."""
        return 1 if self.qty > 0 else -1

    def fired_at(self, price: float, fill_on_touch: bool) -> tuple[Role, float] | None:
        """Return what a single price sets off, and the price before slippage."""
        return triggered(self.sign, self.guard, Span(price, price, price), fill_on_touch)

    def fired_within(self, bar: Bar, fill_on_touch: bool) -> tuple[Role, float] | None:
        """Return what a whole bar sets off, each level judged on what it was in force for."""
        whole, guard = Span(bar.open, bar.high, bar.low), self.guard
        if bar.open_time >= guard.since:
            return triggered(self.sign, guard, whole, fill_on_touch)
        fired = None
        if bar.open_time >= self.rested.since:
            fired = triggered(self.sign, self.rested, whole, fill_on_touch)
        if fired is None and bar.close_time >= guard.since:
            fired = self.fired_at(bar.close, fill_on_touch)
        return fired

    def trailed(self, best: float, instrument: Instrument) -> Decimal | None:
        """Return where the stop goes after prices as good as ``best``, None where it stays."""
        trail = self.trail
        if trail is None:
            return None
        way = Decimal(self.sign)
        ahead = money.multiply(money.subtract(exact(best), self.entered), way)
        if ahead < trail.activation:
            return None
        level = instrument.round_price(float(money.subtract(exact(best), money.multiply(trail.distance, way))))
        stop = self.guard.stop
        return level if stop is None or (level - stop) * way > 0 else None


class Working(msgspec.Struct, frozen=True):
    """An accepted order or amendment that begins to work at ``due``.

    ``rests`` is from when on bars show nothing from before it rested, ``NOT_YET`` before it has met a price.
    """

    due: Millis
    wish: Order | Amend
    rests: Millis = NOT_YET

    def enters(self, strategy: str, side: Side) -> bool:
        """Whether it is an entry of this strategy to this side."""
        wish = self.wish
        return isinstance(wish, Order) and wish.role is Role.ENTRY and wish.strategy == strategy and wish.side is side


class Desk(msgspec.Struct):
    """One symbol: orders waiting for a price, and holdings by strategy; ``guarded`` if any has a level to watch.

    ``trails`` says that a level moves with the price, ``margined`` that whatever is held has one; ``breached`` is the
    mark price that has reached it. ``volume`` is that of the last known bar, ``used`` what the present one has filled,
    in base units: kept where volume counts.
    """

    open_time: Millis = -1
    fills: int = 0
    guarded: bool = False
    trails: bool = False
    working: list[Working] = []
    holdings: dict[str, Holding] = {}
    margined: bool = False
    breached: float | None = None
    volume: float = nan
    used: Decimal = ZERO

    def amend(self, amend: Amend, whole_from: Millis) -> None:
        """Give what is held and on its way new levels, which bars from ``whole_from`` on contain in full."""
        holding = self.holdings.get(amend.strategy)
        if holding is not None and (holding.qty > 0) == (amend.side is Side.BUY):
            self.protect(holding, Guard(whole_from, amend.stop, amend.take_profit))
            holding.trail = amend.trail if isinstance(amend.trail, Trailing) else None
            self.watch()
        self.working = [_amended(working, amend) for working in self.working]

    def protect(self, holding: Holding, guard: Guard) -> None:
        """Put new levels in force."""
        old = holding.rested if holding.guard.since > self.open_time else holding.guard
        holding.rested, holding.guard = lasting(holding.sign, old, guard), guard
        self.watch()

    def trail(self, seen: Bar | float, whole_from: Millis, instrument: Instrument) -> None:
        """Draw trailing stops after what has been traded, for bars from ``whole_from`` on."""
        for holding in self.holdings.values():
            if holding.trail is not None:
                stop = holding.trailed(_best(holding, seen), instrument)
                if stop is not None:
                    self.protect(holding, Guard(whole_from, stop, holding.guard.take_profit))

    def watch(self) -> None:
        """Note whether any level is in force at all."""
        guarded, trails = self.margined and bool(self.holdings), False
        for one in self.holdings.values():
            if one.trail is not None:
                guarded = trails = True
            elif one.guard.stop is not None or one.guard.take_profit is not None:
                guarded = True
        self.guarded, self.trails = guarded, trails

    def drop_entries(self, strategy: str, side: Side) -> list[Order]:
        """Withdraw the entries of a strategy to one side, and return them."""
        dropped = [w.wish for w in self.working if w.enters(strategy, side)]
        self.working = [w for w in self.working if not w.enters(strategy, side)]
        return [wish for wish in dropped if isinstance(wish, Order)]

    def reducible(self, strategy: str, side: Side) -> Decimal:
        """Return how much an order of ``side`` could take off what the strategy holds."""
        held = self.holdings.get(strategy)
        if held is None or (held.qty > 0) != (side is Side.SELL):
            return ZERO
        return held.qty.copy_abs()

    def untouched(self, low: Floats, high: Floats) -> int:
        """Return how many bars pass before one reaches any level of any holding, in force already or still."""
        floor, ceiling = -inf, inf
        for holding in self.holdings.values():
            if holding.trail is not None:
                return 0
            for guard in (holding.guard, holding.rested):
                below, above = (guard.stop, guard.take_profit) if holding.sign > 0 else (guard.take_profit, guard.stop)
                floor = floor if below is None else max(floor, float(below))
                ceiling = ceiling if above is None else min(ceiling, float(above))
        touched = (low <= floor) | (high >= ceiling)
        first = int(touched.argmax())
        return first if touched[first] else len(low)


def _best(holding: Holding, seen: Bar | float) -> float:
    if not isinstance(seen, Bar):
        return seen
    if seen.open_time < holding.guard.since:
        return seen.close
    return seen.high if holding.sign > 0 else seen.low


def _amended(working: Working, amend: Amend) -> Working:
    if not working.enters(amend.strategy, amend.side):
        return working
    wish = msgspec.structs.replace(working.wish, stop=amend.stop, take_profit=amend.take_profit, trail=amend.trail)
    return msgspec.structs.replace(working, wish=wish)
