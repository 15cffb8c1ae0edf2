"""How much: the quantity of a full target (|target| = 1), before limits.

========================  =======================================================================
method                    quantity
========================  =======================================================================
``stop_distance``         equity * value / |price - stop|: the stop loses ``value`` of the equity
``fixed_qty``             value, in base units
``fixed_notional``        value / price, value in quote units
``equity_fraction``       equity * value / price
========================  =======================================================================

All are multiplied by the leverage multiplier. Source: Van Tharp, *Trade Your Way to Financial Freedom*, chapter 14.
"""

from __future__ import annotations

from finantrade.config import SizingConfig, SizingMethod


def full_size(sizing: SizingConfig, leverage: float, equity: float, price: float, stop: float | None) -> float | None:
    """Return the quantity in base units, or None where stop-distance sizing has no stop to measure by."""
    match sizing.method:
        case SizingMethod.FIXED_QTY:
            size = sizing.value
        case SizingMethod.FIXED_NOTIONAL:
            size = sizing.value / price
        case SizingMethod.EQUITY_FRACTION:
            size = max(equity, 0.0) * sizing.value / price
        case SizingMethod.STOP_DISTANCE:
            if stop is None or stop == price:
                return None
            size = max(equity, 0.0) * sizing.value / abs(price - stop)
    return size * leverage
