"""When an entry that is not a market order fills, and at what price. The mirror image of `protection`.

1. A *limit* that comes in where the price is already as good is a taker: it fills at that price, slipped, but never
   beyond its limit (not at all where it is post-only). Otherwise it rests, and from then on fills only when prices go
   through it (on a touch, if asked), at its own price, maker; a gap through it still fills at the limit.
2. A *stop entry* becomes a market order on a touch of its trigger: taker, slipped, at the trigger or, where the first
   price of the span is already beyond it, at that.
3. Like protection, an order is never judged on an extreme from before it began to rest.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from finantrade.domain.orders import Liquidity, Order, Side, Terms
from finantrade.execution.protection import Span


class Hit(msgspec.Struct, frozen=True, gc=False):
    """What an order fills at, before slippage, and as what."""

    price: float
    liquidity: Liquidity


def at_price(order: Order, terms: Terms, price: float, *, rests: bool, fill_on_touch: bool) -> Hit | None:
    """Return what one price does to an order; ``rests`` is False at the first price that it meets."""
    way = _way(order)
    if terms.trigger is not None:
        return Hit(price, Liquidity.TAKER) if (price - float(terms.trigger)) * way >= 0 else None
    if terms.limit is None:
        return Hit(price, Liquidity.TAKER)
    better = (float(terms.limit) - price) * way
    if not rests:
        return Hit(price, Liquidity.TAKER) if better >= 0 else None
    return Hit(float(terms.limit), Liquidity.MAKER) if better > 0 or (fill_on_touch and better == 0) else None


def within(order: Order, terms: Terms, span: Span, fill_on_touch: bool) -> Hit | None:
    """Return what a span of prices does to an order that rested throughout."""
    way = _way(order)
    if terms.trigger is not None:
        trigger = float(terms.trigger)
        reached = ((span.high if way > 0 else span.low) - trigger) * way >= 0
        first = max(trigger, span.first) if way > 0 else min(trigger, span.first)
        return Hit(first, Liquidity.TAKER) if reached else None
    best = span.low if way > 0 else span.high
    return at_price(order, terms, best, rests=True, fill_on_touch=fill_on_touch)


def capped(order: Order, paid: Decimal) -> Decimal:
    """Return what a taker pays, which is never beyond the limit of the order."""
    terms = order.terms
    if not isinstance(terms, Terms) or terms.limit is None:
        return paid
    return min(paid, terms.limit) if order.side is Side.BUY else max(paid, terms.limit)


def _way(order: Order) -> int:
    return 1 if order.side is Side.BUY else -1
