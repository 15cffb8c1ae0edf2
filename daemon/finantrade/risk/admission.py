"""What an entry must pass, in this order; the first that fails is the answer.

1. The gates: trading state, fresh data, clock, daily loss, shorts allowed.
2. A price to reckon with, and a stop on the losing side of it.
3. The limits: an entry beyond one is refused, or cut down to what fits all of them.
4. The instrument's filters: the largest market order, whole lots, the smallest notional. Exits need none of them:
   what only reduces may be of any notional, and is written as several orders where it is too large for one.

Pure: what is asked is given, the answer is a value or ``No``.
"""

from __future__ import annotations

from decimal import Decimal

from finantrade.config import OnExcess, RiskConfig
from finantrade.domain import money
from finantrade.domain.account import TradingState
from finantrade.domain.instrument import Instrument
from finantrade.domain.money import sign
from finantrade.domain.orders import Entry, Signal
from finantrade.domain.units import Millis
from finantrade.risk.book import RiskState
from finantrade.risk.limits import Exposure, breaches


class No(Exception):
    """An entry is refused by ``rule``; an answer, caught where the entry was tried."""

    def __init__(self, rule: str, measured: float, limit: float) -> None:
        super().__init__(rule)
        self.rule, self.measured, self.limit = rule, measured, limit


def admitted_at(config: RiskConfig, state: RiskState, signal: Signal, now: Millis) -> float:
    """Return the price at which an entry is reckoned: its own where it waits for one, else the last. Raises No."""
    symbol = signal.symbol
    if state.state is not TradingState.ACTIVE:
        raise No("trading_state", 1.0, 0.0)
    if symbol in state.stale:
        raise No("stale_data", (now - state.stale[symbol]) / 1000, 0.0)
    if state.clock_step_ms:
        raise No("clock_stepped", float(state.clock_step_ms), 0.0)
    if state.daily.blocked:
        raise No("daily_loss", state.daily.loss, state.daily.limit or 0.0)
    if signal.target < 0 and not config.allow_short:
        raise No("allow_short", signal.target, 0.0)
    price = state.closes.get(symbol)
    if price is None:
        raise No("no_price", 0.0, 1.0)
    if isinstance(signal.entry, Entry):
        price = signal.entry.limit or signal.entry.trigger or price
    if signal.stop is not None and (price - signal.stop) * sign(signal.target) <= 0:
        raise No("stop_side", signal.stop, price)
    return price


def within_limits(config: RiskConfig, exposure: Exposure, size: float, price: float) -> float:
    """Return what the limits leave of ``size``. Raises No where that is less and entries are not to be reduced."""
    found = breaches(config, exposure, size * price)
    if found and config.on_excess is OnExcess.REFUSE:
        raise No(found[0].rule, found[0].measured, found[0].limit)
    return min([size, *(breach.room / price for breach in found)])


def within_market_lot(on_excess: OnExcess, instrument: Instrument, signal: Signal, size: float) -> float:
    """Return what the venue takes of ``size`` in one market order. Raises No where that is not to be reduced."""
    most = instrument.max_market_qty
    rests = isinstance(signal.entry, Entry) and signal.entry.limit is not None
    if most is None or rests or size <= most:
        return size
    if on_excess is OnExcess.REFUSE:
        raise No("market_lot", size, float(most))
    return float(most)


def in_lots(instrument: Instrument, size: float, price: float) -> Decimal:
    """Return ``size`` in whole lots. Raises No where that is nothing, or too little for the venue."""
    qty = instrument.round_qty(size)
    if not qty:
        raise No("lot", size, float(instrument.lot))
    if instrument.min_notional and money.multiply(qty, money.exact(price)) < instrument.min_notional:
        raise No("min_notional", float(qty) * price, float(instrument.min_notional))
    return qty
