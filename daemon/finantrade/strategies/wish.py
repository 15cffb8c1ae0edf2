"""What a strategy said, as plain checked values: its code is not ours, and neither are its number types."""

from __future__ import annotations

from math import isfinite
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from finantrade.domain.account import Position
from finantrade.domain.money import sign
from finantrade.domain.orders import Entry, Signal, TimeInForce, Trail

TEXT_LIMIT = 500
"""Characters of a reason or an error that are kept."""


def checked(wish: Any, symbol: str) -> Signal:
    """Return the wish as plain values. Raises TypeError or ValueError where it is none for this symbol."""
    if not isinstance(wish, Signal):
        raise TypeError(f"expected a Signal or None, found {type(wish).__name__}")
    if wish.symbol != symbol:
        raise ValueError(f"expected a signal for {symbol}, found one for {wish.symbol}")
    target = float(wish.target)
    if not -1.0 <= target <= 1.0:
        raise ValueError(f"expected a target in [-1, 1], found {target}")
    stop, take_profit = _level(wish.stop), _level(wish.take_profit)
    said = Signal(symbol, target, stop, take_profit, plain(str(wish.reason)))
    if wish.entry is UNSET and wish.trail is UNSET:
        return said
    return Signal(symbol, target, stop, take_profit, said.reason, "", _entry(wish.entry), _trail(wish.trail))


def plain(text: str) -> str:
    """Return text that can be encoded, and not too much of it."""
    return text[:TEXT_LIMIT].encode("utf-8", "replace").decode()


def without_entry(signal: Signal, position: Position, last: Signal | None) -> Signal | None:
    """Return what is left of a wish where no entry may be decided, ``last`` being the one said before; maybe nothing.

    That is less of what is held, other levels for it, or the exit before a turn.
    """
    held, asked = sign(position.qty), sign(signal.target)
    if not asked:
        return signal
    if asked == -held:
        return Signal(signal.symbol, 0.0, reason=signal.reason)
    if not held or last is None:
        return None
    more = abs(signal.target) > abs(last.target)
    return replace(signal, target=last.target) if more else signal


def _level(level: float | None) -> float | None:
    if level is None:
        return None
    price = float(level)
    if not (isfinite(price) and price > 0):
        raise ValueError(f"expected price levels finite and above zero, found {price}")
    return price


def _entry(entry: Entry | UnsetType) -> Entry | UnsetType:
    if not isinstance(entry, Entry):
        return UNSET
    force, expires = TimeInForce(entry.time_in_force), entry.expires_after_ms
    if entry.limit is not None and entry.trigger is not None:
        raise ValueError("expected an entry with a limit or a trigger, found both")
    if (force is TimeInForce.GTD) != (expires is not None) or (expires is not None and expires <= 0):
        raise ValueError(f"expected expires_after_ms above zero with gtd and nowhere else, found {force} and {expires}")
    if entry.trigger is not None and force in (TimeInForce.IOC, TimeInForce.FOK):
        raise ValueError(f"expected a trigger to wait for its price, found {force}")
    if entry.post_only and (entry.limit is None or force in (TimeInForce.IOC, TimeInForce.FOK)):
        raise ValueError("expected post_only with a limit that may rest, found none")
    limit, trigger = _level(entry.limit), _level(entry.trigger)
    return Entry(limit, trigger, force, None if expires is None else int(expires), bool(entry.post_only))


def _trail(trail: Trail | UnsetType) -> Trail | UnsetType:
    if not isinstance(trail, Trail):
        return UNSET
    distance, activation = float(trail.distance), float(trail.activation)
    if not (isfinite(distance) and distance > 0 and isfinite(activation) and activation >= 0):
        text = "expected a trail with a distance above zero and an activation of at least zero"
        raise ValueError(f"{text}, found {distance} and {activation}")
    return Trail(distance, activation)
