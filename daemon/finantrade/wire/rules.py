"""What a venue permits: exchangeInfo's symbols with tick, lot and smallest notional, and its limits on requests."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from finantrade.domain.units import Millis
from finantrade.wire.errors import Trouble, WireError, shortened
from finantrade.wire.payloads import Payload, Reader, Time


class Listing(msgspec.Struct, frozen=True):
    """Trading rules of one symbol as they are now: today's, applied to the past, are an assumption."""

    symbol: str
    trading: bool
    contract: str
    """``PERPETUAL``, another kind of contract, or empty on the spot market."""
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal


class RateLimit(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """How much of a kind is allowed in an interval."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class SymbolRules(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """One symbol. Filters differ in kind and in fields, and are read when they are needed."""

    symbol: str
    status: str
    contract_type: str = ""
    base_asset: str
    quote_asset: str
    filters: tuple[dict[str, Any], ...]


class ExchangeInfo(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``exchangeInfo``. Only a simulated exchange has ``simulated``: that it is one, and what it made up."""

    server_time: Time
    rate_limits: tuple[RateLimit, ...]
    symbols: tuple[SymbolRules, ...]
    simulated: str = ""


class ServerTime(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``time``."""

    server_time: Time


_info = Reader[ExchangeInfo](ExchangeInfo, "exchangeInfo")
_time = Reader[ServerTime](ServerTime, "the server's time")


def server_time_of(payload: object) -> Millis:
    """Return the time that ``time`` answered. Raises WireError."""
    return _time.read(payload).server_time


def listings_of(payload: object) -> dict[str, Listing]:
    """Return the symbols of ``exchangeInfo`` by name. Raises WireError, also where a symbol lacks a filter."""
    return {one.symbol: _listing(one) for one in _info.read(payload).symbols}


def simulation_of(payload: object) -> str:
    """Return what a simulated exchange says of itself in ``exchangeInfo``, nothing for any other. Raises WireError."""
    return _info.read(payload).simulated


def weight_per_minute(payload: object) -> int | None:
    """Return the weight of requests that ``exchangeInfo`` allows a minute, None where it says nothing.

    Raises WireError.
    """
    for one in _info.read(payload).rate_limits:
        if (one.rate_limit_type, one.interval, one.interval_num) == ("REQUEST_WEIGHT", "MINUTE", 1):
            return one.limit
    return None


def _listing(one: SymbolRules) -> Listing:
    filters = {str(each.get("filterType")): each for each in one.filters}
    smallest = filters.get("MIN_NOTIONAL") or filters.get("NOTIONAL") or {}
    return Listing(
        symbol=one.symbol,
        trading=one.status == "TRADING",
        contract=one.contract_type,
        base=one.base_asset,
        quote=one.quote_asset,
        tick=_step(one, filters, "PRICE_FILTER", "tickSize"),
        lot=_step(one, filters, "LOT_SIZE", "stepSize"),
        min_notional=_decimal(one, smallest.get("notional", smallest.get("minNotional", "0"))),
    )


def _step(one: SymbolRules, filters: dict[str, dict[str, Any]], kind: str, name: str) -> Decimal:
    step = _decimal(one, filters.get(kind, {}).get(name))
    if not step:
        raise WireError(Trouble.SHAPE, f"{kind}.{name} of {one.symbol} above zero", step)
    return step


def _decimal(one: SymbolRules, value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise WireError(Trouble.SHAPE, f"a number in the filters of {one.symbol}", shortened(value))
    return number.normalize()
