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


class Grid:
    """The multiples of a step above zero, and the ways of rounding to one."""

    __slots__ = ("_decimal", "step")

    def __init__(self, step: Decimal) -> None:
        self.step = step
        # A step such as 0.01 is a place after the point: cutting there is one operation instead of three.
        self._decimal = step.as_tuple().digits == (1,)

    def nearest(self, value: Decimal) -> Decimal:
        """Round to the nearest multiple, half to even."""
        return self._round(value, ROUND_HALF_EVEN)

    def toward_zero(self, value: Decimal) -> Decimal:
        """Round towards zero."""
        return self._round(value, ROUND_DOWN)

    def away_from_zero(self, value: Decimal) -> Decimal:
        """Round away from zero."""
        return self._round(value, ROUND_UP)

    def _round(self, value: Decimal, rounding: str) -> Decimal:
        if self._decimal:
            return value.quantize(self.step, rounding, MONEY)
        return MONEY.multiply(MONEY.divide(value, self.step).to_integral_value(rounding), self.step)
