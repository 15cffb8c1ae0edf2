"""Funding of perpetual futures: who owes what at a settlement, however late that is told (semantics 14).

1. A settlement at ``time`` is owed on what was held just before it: fills from that very millisecond on do not count.
2. The amount is ``- qty * price * rate``, rounded once to 1e-8: where the rate is above zero longs pay and shorts are
   paid. The price is the mark price of the settlement, or the last close where the venue did not give it.
3. A settlement is known by its symbol and time: told again, it is not paid again.
4. Facts and fills may come in any order (live a settlement is told seconds after its time, and bars that were missed
   come with the fills of hours ago). So the newest fills and settlements are remembered: a settlement that is told
   late finds the position of its time, and a fill that is told late has made up what earlier settlements got wrong.

Source: Binance's "Introduction to Funding Rates": funding = nominal value of positions at the mark price * rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from finantrade.domain import money
from finantrade.domain.units import Millis

FILLS = 16
"""Fills of a position that are remembered: how many a settlement may be told later than."""
SETTLEMENTS = 16
"""Settlements of a symbol that are remembered: two days of the shortest intervals, five of the usual."""


class Settlement(msgspec.Struct, frozen=True):
    """What was settled at ``time``. ``assumed`` says that ``price`` is not the venue's mark price."""

    time: Millis
    rate: Decimal
    price: Decimal
    assumed: bool = False

    def amount(self, qty: Decimal) -> Decimal:
        """Return what a holder of ``qty`` base units receives, in quote units; below zero it is paid."""
        return money.to_posting(money.negate(money.multiply(money.multiply(qty, self.price), self.rate)))


class FundingBook(msgspec.Struct):
    """Newest settlements by symbol, in order of time; newest fills (time, signed quantity) by position."""

    settled: dict[str, list[Settlement]] = {}
    filled: dict[str, list[tuple[Millis, Decimal]]] = {}

    def settle(self, symbol: str, settlement: Settlement) -> bool:
        """Remember a settlement; False where it was paid before, or is too old to know whether it was."""
        known = self.settled.setdefault(symbol, [])
        if any(one.time == settlement.time for one in known):
            return False
        if len(known) == SETTLEMENTS and settlement.time < known[0].time:
            return False
        known.append(settlement)
        known.sort(key=lambda one: one.time)
        del known[:-SETTLEMENTS]
        return True

    def held_at(self, key: str, qty: Decimal, time: Millis) -> Decimal:
        """Return what was held just before ``time`` of a position that is ``qty`` by now, as far as is remembered."""
        for when, signed in self.filled.get(key, ()):
            if when >= time:
                qty = money.subtract(qty, signed)
        return qty

    def fill(self, key: str, symbol: str, time: Millis, signed: Decimal) -> Sequence[Settlement]:
        """Remember a fill; return the settlements that were told before it but happened after it."""
        recent = self.filled.get(key)
        if recent is None:
            recent = self.filled[key] = []
        elif len(recent) == FILLS:
            del recent[0]
        recent.append((time, signed))
        known = self.settled.get(symbol)
        if not known or known[-1].time <= time:
            return ()
        return [one for one in known if one.time > time]
