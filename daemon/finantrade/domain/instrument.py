"""What the venue allows: price tick, quantity lot, smallest notional. The one crossing from float to Decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from finantrade.domain.money import away_to, exact, floor_to, round_to
from finantrade.domain.orders import Side


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """Trading rules of one symbol. ``tick`` and ``lot`` are steps in quote and base units, both above zero."""

    symbol: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal

    def round_price(self, price: float) -> Decimal:
        """Return the nearest tick: for stop and limit levels."""
        return round_to(exact(price), self.tick, ROUND_HALF_EVEN)

    def taker_price(self, price: Decimal, side: Side) -> Decimal:
        """Return the tick at or beyond ``price`` against the taker: a buy rounds up, a sell down."""
        toward = away_to if side is Side.BUY else floor_to
        return toward(price, self.tick)

    def round_qty(self, qty: float) -> Decimal:
        """Return the quantity cut down to whole lots: never more than was sized."""
        # Twelve digits: 0.57 * 10_000 / 100 is 56.99999999999999 in floats, and no lot may be lost to that.
        return floor_to(exact(float(f"{qty:.12g}")), self.lot)
