"""Openings wait for the closes before them, of all symbols: the order in which sockets deliver never decides a fill.

What is decided on the closes of one instant is filled at the openings after it. In a replay those come after every
close. On a wire one symbol's opening may be there before another's close, and an order that waits for that close would
miss the opening it is to fill at. So an opening is held back until the bars before it are in, of every symbol whose
wire is well, or until the barrier gives up waiting for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from finantrade.domain.market import BarArrived, BarOpened, FeedGap, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.units import Millis


class Openings:
    """Passes on what the tapes of ``symbols`` let out, openings in their place; one is held ``deadline_ms`` at most."""

    def __init__(self, symbols: Iterable[str], timeframe: Millis, deadline_ms: Millis) -> None:
        self._timeframe = timeframe
        self._deadline_ms = deadline_ms
        self._newest = dict.fromkeys(symbols, -timeframe)
        self._away: set[str] = set()
        self._held: dict[str, BarOpened] = {}

    def take(self, message: Message, now: Millis) -> Iterator[Message]:
        """Take one message of a tape, and yield what may go on now."""
        match message:
            case BarOpened(symbol=symbol):
                self._held[symbol] = message
            case BarArrived(bar=bar):
                # Its own opening before a bar, whatever else is missing.
                if bar.symbol in self._held:
                    yield self._held.pop(bar.symbol)
                self._newest[bar.symbol] = bar.open_time
                yield message
            case FeedGap(symbol=symbol, end=end):
                self._newest[symbol] = end
                yield message
            case FeedStale(symbol=symbol):
                self._away.add(symbol)
                yield message
            case FeedRestored(symbol=symbol):
                self._away.discard(symbol)
                yield message
            case _:
                yield message
        yield from self.tick(now)

    def tick(self, now: Millis) -> Iterator[Message]:
        """Let time pass, and yield what need not wait any longer."""
        if not self._held:
            return
        in_by = min((time for symbol, time in self._newest.items() if symbol not in self._away), default=now)
        for symbol in sorted(self._held):
            opens = self._held[symbol].open_time
            if in_by + self._timeframe >= opens or now >= opens + self._deadline_ms:
                yield self._held.pop(symbol)
