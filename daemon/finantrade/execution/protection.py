"""When a protective stop or take-profit fills, and at what price.

A price fact is a span of prices: one price (an opening, a trade, a close) or a whole bar.

1. A stop triggers on a touch. It fills at its level, or at the first price of the span where that is already beyond
   it (a gap through it): a market order, hence taker, slipped.
2. A take-profit is a resting limit. It fills only when the span trades through it (on a touch, if asked), at its own
   price, maker; a gap through it still fills at the limit.
3. Where one span touches both, and nothing finer is known, the stop was first.
4. Levels are never judged on an extreme from before they were in force. Of a bar in which they were changed, the wider
   of old and new was in force throughout: on that the whole bar is judged, on the new ones its close.

Source: the pessimistic rule of freqtrade's backtesting assumptions and of backtesting.py, stated for both sides.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from finantrade.domain.orders import Role
from finantrade.domain.units import Millis


class Span(msgspec.Struct, frozen=True, gc=False):
    """What was traded between two facts: the first price and the extremes."""

    first: float
    high: float
    low: float


class Guard(msgspec.Struct, frozen=True, gc=False):
    """Levels of one position. A bar that opened at ``since`` or later shows nothing from before they were in force."""

    since: Millis = 0
    stop: Decimal | None = None
    take_profit: Decimal | None = None


def triggered(sign: int, guard: Guard, span: Span, fill_on_touch: bool) -> tuple[Role, float] | None:
    """Return what fires within ``span`` and the price before slippage, or None; ``sign`` is +1 for a long, -1 short."""
    if guard.stop is not None:
        price = _stopped(sign, float(guard.stop), span)
        if price is not None:
            return Role.STOP, price
    if guard.take_profit is not None and _reached(sign, float(guard.take_profit), span, fill_on_touch):
        return Role.TAKE_PROFIT, float(guard.take_profit)
    return None


def lasting(sign: int, old: Guard, new: Guard) -> Guard:
    """Return what was in force throughout a bar in which ``old`` gave way to ``new``: of each level the wider."""
    low, high = (old.stop, new.stop), (old.take_profit, new.take_profit)
    return Guard(old.since, _extreme(-sign, *low), _extreme(sign, *high))


def _extreme(sign: int, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return None
    return max(one, other) if sign > 0 else min(one, other)


def _stopped(sign: int, stop: float, span: Span) -> float | None:
    if sign > 0:
        return min(stop, span.first) if span.low <= stop else None
    return max(stop, span.first) if span.high >= stop else None


def _reached(sign: int, level: float, span: Span, fill_on_touch: bool) -> bool:
    best = span.high if sign > 0 else span.low
    return (best - level) * sign > 0 or (fill_on_touch and best == level)
