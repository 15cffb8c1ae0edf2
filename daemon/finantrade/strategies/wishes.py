"""What a strategy has said, taken as plain values: its code is not ours, and neither are its number types."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

import msgspec

from finantrade.domain.account import Position, StrategyFaulted
from finantrade.domain.money import sign
from finantrade.domain.orders import Signal

TEXT_LIMIT = 500
"""Characters of a reason or an error that are kept."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


def checked(wish: Any, symbol: str) -> Signal:
    """Return the wish for a symbol as plain values. Raises TypeError or ValueError for what is none."""
    if not isinstance(wish, Signal):
        raise TypeError(f"expected a Signal or None, found {type(wish).__name__}")
    if wish.symbol != symbol:
        raise ValueError(f"expected a signal for {symbol}, found one for {wish.symbol}")
    target = float(wish.target)
    if not -1.0 <= target <= 1.0:
        raise ValueError(f"expected a target in [-1, 1], found {target}")
    return Signal(symbol, target, _level(wish.stop), _level(wish.take_profit), _plain(str(wish.reason)))


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
    return msgspec.structs.replace(signal, target=last.target) if more else signal


def fault(name: str, symbol: str, error: Exception, raised_in: str) -> tuple[StrategyFaulted, Signal]:
    """Return what is said of a strategy that raised: the error with its place, and the flat wish.

    ``raised_in`` is the file of whoever called the strategy.
    """
    # An address would make every replay say something else.
    text = _ADDRESS.sub("0x...", f"{type(error).__name__}: {error}")
    return (
        StrategyFaulted(name, symbol, _plain(text), _plain(_place(error, raised_in))),
        Signal(symbol, 0.0, reason="fault", strategy=name),
    )


def _place(error: Exception, raised_in: str) -> str:
    """Say where in the strategy's own file it was raised, without the folder: a replay elsewhere says the same."""
    place = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename in (raised_in, __file__):
        place = place.tb_next
    if place is None:
        return ""
    theirs = place
    while place is not None:
        if place.tb_frame.f_code.co_filename == theirs.tb_frame.f_code.co_filename:
            theirs = place
        place = place.tb_next
    file = theirs.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{file}:{theirs.tb_lineno}"


def _level(level: float | None) -> float | None:
    if level is None:
        return None
    price = float(level)
    if not (isfinite(price) and price > 0):
        raise ValueError(f"expected price levels finite and above zero, found {price}")
    return price


def _plain(text: str) -> str:
    return text[:TEXT_LIMIT].encode("utf-8", "replace").decode()
