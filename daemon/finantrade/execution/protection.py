"""When a protective stop or take-profit fills, and at what price.

A price fact is a span of prices: one price (an opening, a trade, a close) or a whole bar.

1. A stop triggers on a touch. It fills at its level, or at the first price of the span where that is already beyond
   it (a gap through it): a market order, hence taker, slipped.
2. A take-profit is a resting limit. It fills only when the span trades through it (on a touch, if asked), at its own
   price, maker; a gap through it still fills at the limit.
3. Where one span touches both, and nothing finer is known, the stop was first.

Source: the pessimistic rule of freqtrade's backtesting assumptions and of backtesting.py, stated for both sides.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from finantrade.domain.orders import Role


class Span(msgspec.Struct, frozen=True, gc=False):
    """What was traded between two facts: the first price and the extremes."""

    first: float
    high: float
    low: float


class Levels(msgspec.Struct, frozen=True, gc=False):
    """Protection of one position; ``sign`` is +1 for a long, -1 for a short."""

    sign: int
    stop: Decimal | None
    take_profit: Decimal | None


def triggered(levels: Levels, span: Span, fill_on_touch: bool) -> tuple[Role, float] | None:
    """Return what fires within ``span`` and the price before slippage, or None."""
    if levels.stop is not None:
        price = _stopped(levels.sign, float(levels.stop), span)
        if price is not None:
            return Role.STOP, price
    if levels.take_profit is not None and _reached(levels.sign, float(levels.take_profit), span, fill_on_touch):
        return Role.TAKE_PROFIT, float(levels.take_profit)
    return None


def _stopped(sign: int, stop: float, span: Span) -> float | None:
    if sign > 0:
        return min(stop, span.first) if span.low <= stop else None
    return max(stop, span.first) if span.high >= stop else None


def _reached(sign: int, level: float, span: Span, fill_on_touch: bool) -> bool:
    best = span.high if sign > 0 else span.low
    return (best - level) * sign > 0 or (fill_on_touch and best == level)
