"""Carry an account over to a changed configuration: a new segment begins, nothing that is held is lost.

1. Wallet, positions, working orders, protection, risk counters and trading state go over as they are.
2. Strategies begin anew, each with the position it holds. A position that would have no strategy under the new
   configuration refuses the change: somebody must first decide what becomes of it.
3. Features warm up again from the store, from the bars before the change.
4. Bars that the barrier held back go over where symbols and timeframe are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from finantrade.config import Config
from finantrade.domain.market import Bar, BarArrived
from finantrade.domain.units import Millis
from finantrade.market.candles import Candles
from finantrade.market.facts import facts
from finantrade.wiring import Core


class CarryRefused(Exception):
    """The new configuration has no place for something that is held."""


def carry(old: Core, new: Core, before: Config, after: Config, store: Mapping[str, Candles]) -> None:
    """Bring ``new`` to where ``old`` is, with the features warmed up from ``store``. Raises CarryRefused."""
    _expect_homes(old, new)
    new.ledger.restore(old.ledger.snapshot())
    new.risk.restore(old.risk.snapshot())
    new.paper.restore(old.paper.snapshot())
    new.strategist.take_positions(old.ledger.positions)
    same_grid = (sorted(before.symbols), before.timeframe) == (sorted(after.symbols), after.timeframe)
    new.engine.resume(old.engine.state(), alarms=same_grid)
    if same_grid:
        new.boundary.restore(old.boundary.snapshot())
    else:
        new.boundary.begin_after(old.boundary.released)
    warm_up(new, store, old.boundary.released)


def warm_up(core: Core, store: Mapping[str, Candles], until: Millis) -> None:
    """Bring the features up to the last bar that closed at or before ``until``."""
    for symbol, candles in store.items():
        features = core.features.get(symbol)
        if features is not None:
            # Twice the warm-up: recursive features have then forgotten how they were seeded.
            known = candles.between(0, until)
            core.updater.warm_up(symbol, _bars(known.slice(max(0, len(known) - 2 * features.warmup), len(known))))


def _bars(candles: Candles) -> list[Bar]:
    if not len(candles):
        return []
    return [message.bar for _, message in facts([candles], 0) if isinstance(message, BarArrived)]


def _expect_homes(old: Core, new: Core) -> None:
    seats = new.strategist.names
    homeless = [
        f"{position.symbol} of strategy {position.strategy}"
        for position in old.ledger.positions
        if position.qty and seats.get(position.symbol) != position.strategy
    ]
    if homeless:
        raise CarryRefused(
            f"expected no open position without a strategy in the new configuration, found {', '.join(homeless)}; "
            "go back to the old configuration and flatten, or start a fresh session"
        )
