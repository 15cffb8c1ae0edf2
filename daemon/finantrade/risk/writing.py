"""Orders and amendments as risk hands them out: numbered, on the instrument's ticks and in its lots.

Market orders of more than the venue takes at once are written as several.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.money import exact, sign
from finantrade.domain.orders import Amend, Entry, Order, Role, Side, Signal, Terms, Trail, Trailing
from finantrade.domain.units import Millis
from finantrade.risk.book import Book


class Writer:
    """Writes orders into a book, and numbers them by symbol in ``counts``."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments

    def entry(self, counts: dict[str, int], book: Book, signal: Signal, qty: Decimal, now: Millis) -> Order:
        """Return an order for ``qty`` on the side of the signal."""
        book.stop, book.take_profit, book.trail = signal.stop, signal.take_profit, signal.trail
        side = Side.BUY if signal.target > 0 else Side.SELL
        order_id = _next_id(counts, book.symbol)
        book.entries[order_id] = qty if side is Side.BUY else money.negate(qty)
        instrument = self._instruments[book.symbol].at(now)
        order = Order(
            order_id, book.strategy, book.symbol, side, qty, Role.ENTRY, signal.reason, *_levels(instrument, signal)
        )
        if signal.entry is UNSET and signal.trail is UNSET:
            return order
        terms, trail = _terms(instrument, signal.entry, now), _trailing(signal.trail)
        return msgspec.structs.replace(order, terms=terms, trail=trail)

    def exit(self, counts: dict[str, int], book: Book, qty: Decimal, reason: str, now: Millis) -> list[Order]:
        """Return orders that take ``qty`` off what is held."""
        side = Side.SELL if book.qty > 0 else Side.BUY
        most = self._instruments[book.symbol].at(now).max_market_qty
        out: list[Order] = []
        while qty:
            part = qty if most is None else min(qty, most)
            order_id = _next_id(counts, book.symbol)
            book.exits[order_id] = part if side is Side.BUY else money.negate(part)
            out.append(Order(order_id, book.strategy, book.symbol, side, part, Role.EXIT, reason))
            qty = money.subtract(qty, part)
        return out

    def amend(self, book: Book, signal: Signal, now: Millis) -> list[Amend]:
        """Return the change of protection that a signal asks for, nothing where it asks for none."""
        side = sign(signal.target)
        if not side or side != sign(book.expected):
            return []
        if (signal.stop, signal.take_profit, signal.trail) == (book.stop, book.take_profit, book.trail):
            return []
        book.stop, book.take_profit, book.trail = signal.stop, signal.take_profit, signal.trail
        levels = _levels(self._instruments[book.symbol].at(now), signal)
        way = Side.BUY if side > 0 else Side.SELL
        return [Amend(book.strategy, book.symbol, way, *levels, _trailing(signal.trail))]


def _next_id(counts: dict[str, int], symbol: str) -> str:
    count = counts[symbol] = counts.get(symbol, 0) + 1
    return f"{symbol}-{count}"


def _levels(instrument: Instrument, signal: Signal) -> tuple[Decimal | None, Decimal | None]:
    return _on_tick(instrument, signal.stop), _on_tick(instrument, signal.take_profit)


def _terms(instrument: Instrument, entry: Entry | UnsetType, now: Millis) -> Terms | UnsetType:
    if not isinstance(entry, Entry):
        return UNSET
    expires = None if entry.expires_after_ms is None else now + entry.expires_after_ms
    limit, trigger = _on_tick(instrument, entry.limit), _on_tick(instrument, entry.trigger)
    return Terms(limit, trigger, entry.time_in_force, expires, entry.post_only)


def _trailing(trail: Trail | UnsetType) -> Trailing | UnsetType:
    return Trailing(exact(trail.distance), exact(trail.activation)) if isinstance(trail, Trail) else UNSET


def _on_tick(instrument: Instrument, price: float | None) -> Decimal | None:
    return None if price is None else instrument.round_price(price)
