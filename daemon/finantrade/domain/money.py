"""Exact money. One fixed decimal context, never the thread's: a host program that changes its own cannot change ours.

Sums and products are exact (60 digits hold any price times any quantity); the two roundings that exist, a fee or
funding amount at posting and the share of a cost basis taken by a partial close, go to 1e-8 by ``to_posting``.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

MONEY = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
ZERO = Decimal(0)
POSTING = Decimal("1e-8")
BPS = Decimal("1e-4")

add = MONEY.add
subtract = MONEY.subtract
multiply = MONEY.multiply
divide = MONEY.divide
negate = MONEY.minus


def sign(value: float | Decimal) -> int:
    """Return -1, 0 or +1."""
    return (value > 0) - (value < 0)


def exact(value: float) -> Decimal:
    """Return the shortest decimal that reads back as this float: what the exchange printed, not its binary tail."""
    return Decimal(repr(value))


def to_posting(value: Decimal) -> Decimal:
    """Round an amount to 1e-8, half to even, as it is posted to the ledger."""
    return value.quantize(POSTING, context=MONEY)


def round_to(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Round ``value`` to a multiple of ``step``."""
    steps = MONEY.divide(value, step).to_integral_value(rounding)
    return MONEY.multiply(steps, step)


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Round towards zero to a multiple of ``step``."""
    return round_to(value, step, ROUND_DOWN)


def away_to(value: Decimal, step: Decimal) -> Decimal:
    """Round away from zero to a multiple of ``step``."""
    return round_to(value, step, ROUND_UP)
