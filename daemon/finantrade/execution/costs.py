"""Fees and slippage. Basis points of the notional and of the price."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.money import BPS, exact
from finantrade.domain.orders import Liquidity, Side


class Costs(msgspec.Struct, frozen=True):
    """What execution costs, as exact rates (0.0004 = 4 bps). A maker fee below zero is a rebate."""

    maker: Decimal
    taker: Decimal
    slippage: Decimal

    @classmethod
    def in_bps(cls, maker: float, taker: float, slippage: float) -> Costs:
        """Build the rates from basis points."""
        return cls(*(money.multiply(exact(bps), BPS) for bps in (maker, taker, slippage)))

    def taker_price(self, price: float, side: Side, instrument: Instrument) -> Decimal:
        """Return what a market order pays at ``price``: slipped against the taker and rounded against the taker."""
        paid = exact(price)
        if self.slippage:
            worse = money.add(Decimal(1), self.slippage if side is Side.BUY else money.negate(self.slippage))
            paid = money.multiply(paid, worse)
        return instrument.taker_price(paid, side)

    def fee(self, qty: Decimal, price: Decimal, liquidity: Liquidity) -> Decimal:
        """Return the fee of a fill in quote units, rounded once to 1e-8."""
        rate = self.maker if liquidity is Liquidity.MAKER else self.taker
        return money.to_posting(money.multiply(money.multiply(qty, price), rate))
