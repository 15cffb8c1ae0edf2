"""Prices inside a bar, on which waiting orders and protection are judged: the newest of each symbol, in its place.

1. Of what comes the newest is kept, by symbol; the one it replaces is counted as conflated.
2. It enters the lane at most each ``every_ms``, and only while something ``waits`` for a price. One that nobody waits
   for is dropped: whoever begins to wait is judged on what is told afterwards.
3. It enters between the opening and the close of its bar, as the lane has got them, and not while its symbol is stale.
   One from before its opening waits for it; one of a bar that has closed, or is older than ``every_ms``, is dropped.

It reads no clock: every call is told the venue's time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from finantrade.domain.market import BarArrived, BarOpened, FeedGap, FeedRestored, FeedStale, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.units import Millis

NEVER: Millis = -(10**15)


class Heard(NamedTuple):
    """A price inside the bar that opened at ``open_time``, and when it came."""

    open_time: Millis
    received: Millis
    price: TradePrice


class Triggers:
    """Holds prices back until they may enter; ``waits`` says whether anything of a symbol waits for one."""

    def __init__(self, timeframe: Millis, every_ms: Millis, waits: Callable[[str], bool]) -> None:
        self.conflated = 0
        self._timeframe = timeframe
        self._every_ms = every_ms
        self._waits = waits
        self._heard: dict[str, Heard] = {}
        self._present: dict[str, Millis] = {}
        self._stale: set[str] = set()
        self._told: dict[str, Millis] = {}

    def take(self, symbol: str, time: Millis, price: float, now: Millis, open_time: Millis | None = None) -> None:
        """Take a price that was made at ``time``; its bar is that of this time where nobody says which it is."""
        opened = time // self._timeframe * self._timeframe if open_time is None else open_time
        within = min(max(time, opened), opened + self._timeframe - 1)
        self.conflated += symbol in self._heard
        self._heard[symbol] = Heard(opened, now, TradePrice(symbol, within, price))

    def passed(self, message: Message) -> None:
        """Note a message that enters the lane."""
        match message:
            case BarOpened(symbol=symbol, open_time=open_time):
                self._present[symbol] = open_time
            case TradePrice(symbol=symbol, time=time):
                # The first price of a bar whose opening is long past.
                self._present[symbol] = time // self._timeframe * self._timeframe
            case BarArrived(bar=bar):
                self._present.pop(bar.symbol, None)
            case FeedGap(symbol=symbol):
                self._present.pop(symbol, None)
            case FeedStale(symbol=symbol):
                self._stale.add(symbol)
            case FeedRestored(symbol=symbol):
                self._stale.discard(symbol)
            case _:
                pass

    def due(self, symbol: str, now: Millis) -> TradePrice | None:
        """Return the price of a symbol that enters now, if any does."""
        heard = self._heard.get(symbol)
        if heard is None:
            return None
        if not self._waits(symbol) or now - heard.received > self._every_ms:
            del self._heard[symbol]
            return None
        if self._present.get(symbol) != heard.open_time or symbol in self._stale:
            return None
        if now - self._told.get(symbol, NEVER) < self._every_ms:
            return None
        del self._heard[symbol]
        self._told[symbol] = now
        return heard.price
