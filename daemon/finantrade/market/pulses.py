"""Which streams of a connection have fallen silent, though others on it go on.

1. Candles have to tell something within a bar, since every bar has a close. Mark prices come every few seconds, and are
   watched from the first one on: not every market has them.
2. A stream that has told nothing for that long is named once, and then has twice the time until it is named again: one
   that a venue has stopped telling does not tear down the connection of others again and again.

It reads no clock: every call is told the venue's time.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from finantrade.domain.context import MarkPrice
from finantrade.domain.market import BarArrived, BarForming
from finantrade.domain.message import Message
from finantrade.domain.units import HOUR, Millis

LONGEST_MS = HOUR


class Pulse(StrEnum):
    """Streams that have to tell something now and then, whatever the market does."""

    CANDLES = "candles"
    MARKS = "mark prices"


class Silent(NamedTuple):
    """A stream that has told nothing for more than ``patience_ms``."""

    symbol: str
    pulse: Pulse
    patience_ms: Millis


class Pulses:
    """Watches the streams of some symbols on one connection."""

    def __init__(self, symbols: Collection[str], candles_ms: Millis, marks_ms: Millis) -> None:
        self._symbols = frozenset(symbols)
        self._usual = {Pulse.CANDLES: candles_ms, Pulse.MARKS: marks_ms}
        self._patience = {(symbol, Pulse.CANDLES): candles_ms for symbol in sorted(symbols)}
        self._heard: dict[tuple[str, Pulse], Millis] = {}

    def opened(self, now: Millis) -> None:
        """Begin anew on a fresh connection."""
        self._heard = dict.fromkeys(self._patience, now)

    def hear(self, fact: Message, now: Millis) -> None:
        """Take what a stream told."""
        if isinstance(fact, BarForming | BarArrived):
            self._note(fact.bar.symbol, Pulse.CANDLES, now)
        elif isinstance(fact, MarkPrice):
            self._note(fact.symbol, Pulse.MARKS, now)

    def silent(self, now: Millis) -> Silent | None:
        """Return a stream that has been silent for too long, if there is one."""
        for (symbol, pulse), heard in self._heard.items():
            patience = self._patience[symbol, pulse]
            if now - heard > patience:
                self._heard[symbol, pulse] = now
                self._patience[symbol, pulse] = max(patience, min(patience * 2, LONGEST_MS))
                return Silent(symbol, pulse, patience)
        return None

    def _note(self, symbol: str, pulse: Pulse, now: Millis) -> None:
        if symbol in self._symbols:
            self._heard[symbol, pulse] = now
            self._patience[symbol, pulse] = self._usual[pulse]
