"""What execution costs beside the price: fees by tier, and how much worse a taker fares than the price that is seen.

1. A taker pays ``slippage``, half of the ``spread``, and ``impact`` times the square root of the share that the order
   has of the volume of the last bar that is known: the price that is seen is taken for the middle of the book, and what
   is bought at once moves it. Where no volume is known there is no impact, and no price is ever better than seen.
2. A maker pays its limit, and its own rate, which below zero is a rebate.
3. Rates go by tiers of the quote volume that this account has traded in the 30 UTC days before the fill's own.

Source of the square root: Almgren, Thum, Hauptmann and Li, *Direct Estimation of Equity Market Impact* (2005);
Tóth et al., *Anomalous Price Impact and the Critical Nature of Liquidity in Financial Markets* (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.money import BPS, MONEY, ZERO, exact
from finantrade.domain.orders import Liquidity, Side
from finantrade.domain.units import Millis, day_of

TIER_DAYS = 30


class FeeTier(msgspec.Struct, frozen=True):
    """The rates from a 30-day quote volume on."""

    volume: Decimal
    maker: Decimal
    taker: Decimal

    @classmethod
    def in_bps(cls, volume: float, maker: float, taker: float) -> FeeTier:
        """Build a tier from basis points."""
        return cls(exact(volume), _rate(maker), _rate(taker))


class Turnover(msgspec.Struct):
    """Quote volume traded by UTC day, of the newest days."""

    days: dict[int, Decimal] = {}

    def add(self, time: Millis, notional: Decimal) -> None:
        """Take in a fill."""
        day = day_of(time)
        self.days[day] = money.add(self.days.get(day, ZERO), notional)
        if len(self.days) > TIER_DAYS + 1:
            self.days = {one: volume for one, volume in self.days.items() if one >= max(self.days) - TIER_DAYS}

    def before(self, time: Millis) -> Decimal:
        """Return what was traded in the days before that of ``time``."""
        day, volume = day_of(time), ZERO
        for one, traded in self.days.items():
            if day - TIER_DAYS <= one < day:
                volume = money.add(volume, traded)
        return volume


class Costs(msgspec.Struct, frozen=True):
    """What execution costs, as exact rates (0.0004 = 4 bps). ``tiers`` ascend in volume; the first is at zero."""

    tiers: tuple[FeeTier, ...]
    slippage: Decimal
    impact: Decimal = ZERO

    @classmethod
    def in_bps(cls, tiers: Sequence[FeeTier], slippage: float, spread: float = 0.0, impact: float = 0.0) -> Costs:
        """Build the rates from basis points; of the spread a taker pays half."""
        return cls(tuple(tiers), money.add(_rate(slippage), money.divide(_rate(spread), Decimal(2))), _rate(impact))

    def taker_price(self, price: float, side: Side, instrument: Instrument, share: Decimal = ZERO) -> Decimal:
        """Return what a taker pays at ``price`` for ``share`` of the volume, rounded against the taker."""
        paid = exact(price)
        worse = self.slippage
        if self.impact and share:
            worse = money.add(worse, money.multiply(self.impact, MONEY.sqrt(share)))
        if worse:
            paid = money.multiply(paid, money.add(Decimal(1), worse if side is Side.BUY else money.negate(worse)))
        return instrument.taker_price(paid, side)

    def fee(self, qty: Decimal, price: Decimal, liquidity: Liquidity, turnover: Decimal = ZERO) -> Decimal:
        """Return the fee of a fill in quote units, rounded once to 1e-8."""
        tier = self.tiers[0] if len(self.tiers) == 1 else self._tier(turnover)
        rate = tier.maker if liquidity is Liquidity.MAKER else tier.taker
        return money.to_posting(money.multiply(money.multiply(qty, price), rate))

    def _tier(self, turnover: Decimal) -> FeeTier:
        return next(one for one in reversed(self.tiers) if one.volume <= turnover)


def _rate(bps: float) -> Decimal:
    return money.multiply(exact(bps), BPS)
