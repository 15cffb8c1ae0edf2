"""What the venue allows: price tick, quantity lot, smallest notional. The one crossing from float to Decimal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from finantrade.domain.money import Grid, exact
from finantrade.domain.orders import Side
from finantrade.domain.units import Millis


class Instrument:
    """Trading rules of one symbol. ``tick`` and ``lot`` are steps in quote and base units, both above zero.

    ``max_market_qty`` is the most, in base units, that one market order may have, None for any. The rules may change:
    ``later`` has those from a time on, oldest first, and ``at`` those of a time.
    """

    __slots__ = ("_later", "_lots", "_ticks", "lot", "max_market_qty", "min_notional", "symbol", "tick")

    def __init__(
        self,
        *,
        symbol: str,
        tick: Decimal,
        lot: Decimal,
        min_notional: Decimal,
        max_market_qty: Decimal | None = None,
        later: Sequence[tuple[Millis, Instrument]] = (),
    ) -> None:
        self.symbol = symbol
        self.tick = tick
        self.lot = lot
        self.min_notional = min_notional
        self.max_market_qty = max_market_qty
        self._ticks, self._lots = Grid(tick), Grid(lot)
        self._later = tuple(later)

    def at(self, time: Millis) -> Instrument:
        """Return the rules in force at a time."""
        if self._later:
            for since, rules in reversed(self._later):
                if since <= time:
                    return rules
        return self

    def round_price(self, price: float) -> Decimal:
        """Return the nearest tick: for stop and limit levels."""
        return self._ticks.nearest(exact(price))

    def taker_price(self, price: Decimal, side: Side) -> Decimal:
        """Return the tick at or beyond ``price`` against the taker: a buy rounds up, a sell down."""
        return self._ticks.away_from_zero(price) if side is Side.BUY else self._ticks.toward_zero(price)

    def whole_lots(self, qty: Decimal) -> Decimal:
        """Return an exact quantity cut down to whole lots."""
        return self._lots.toward_zero(qty)

    def round_qty(self, qty: float) -> Decimal:
        """Return the quantity cut down to whole lots: never more than was sized."""
        # Twelve digits: 0.57 * 10_000 / 100 is 56.99999999999999 in floats, and no lot may be lost to that.
        return self._lots.toward_zero(exact(float(f"{qty:.12g}")))
