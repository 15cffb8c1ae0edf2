"""What is said of a strategy that raised, in words that every replay says again."""

from __future__ import annotations

import re

from finantrade.domain.account import StrategyFaulted
from finantrade.domain.orders import Signal
from finantrade.strategies import wish
from finantrade.strategies.wish import plain

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


def fault(name: str, symbol: str, error: Exception, raised_in: str) -> tuple[StrategyFaulted, Signal]:
    """Return what is said of a strategy that raised: the error with its place, and the flat wish.

    ``raised_in`` is the file of whoever called the strategy.
    """
    # An address would make every replay say something else.
    text = _ADDRESS.sub("0x...", f"{type(error).__name__}: {error}")
    return (
        StrategyFaulted(name, symbol, plain(text), plain(_place(error, raised_in))),
        Signal(symbol, 0.0, reason="fault", strategy=name),
    )


def _place(error: Exception, raised_in: str) -> str:
    """Say where in the strategy's own file it was raised, without the folder: a replay elsewhere says the same."""
    place = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename in (raised_in, wish.__file__):
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
