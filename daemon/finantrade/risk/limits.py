"""The limits an entry must respect. Pure: numbers in, the breached rule with its figures out.

Limits in shares of equity are compared as notional / equity. An entry that exceeds one is refused, or cut down to
what still fits (``on_excess: reduce``).
"""

from __future__ import annotations

import msgspec

from finantrade.config import RiskConfig


class Exposure(msgspec.Struct, frozen=True):
    """What is held and on its way, in quote units; ``symbol`` is the part in the symbol to be entered."""

    equity: float
    gross: float
    symbol: float


class Breach(msgspec.Struct, frozen=True):
    """A rule that an entry breaks: what it measured, its limit, and the notional that would still fit."""

    rule: str
    measured: float
    limit: float
    room: float


def breaches(config: RiskConfig, exposure: Exposure, notional: float) -> list[Breach]:
    """Return every limit that adding ``notional`` would break, in a fixed order."""
    equity = max(exposure.equity, 0.0)
    found = [
        _share("max_leverage", exposure.gross, notional, equity, config.max_leverage),
        _share("max_symbol_exposure", exposure.symbol, notional, equity, config.max_symbol_exposure),
    ]
    if config.max_order_notional is not None and notional > config.max_order_notional:
        found.append(Breach("max_order_notional", notional, config.max_order_notional, config.max_order_notional))
    return [breach for breach in found if breach is not None]


def _share(rule: str, held: float, notional: float, equity: float, limit: float | None) -> Breach | None:
    if limit is None or held + notional <= equity * limit:
        return None
    measured = (held + notional) / equity if equity else float("inf")
    return Breach(rule, measured, limit, max(equity * limit - held, 0.0))
