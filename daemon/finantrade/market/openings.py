"""Openings wait for the closes before them, of all symbols: the order in which sockets deliver never decides a fill.

What is decided on the closes of one instant is filled at the openings after it. In a replay those come after every
close. On a wire one symbol's opening may be there before another's close, and an order that waits for that close would
miss the opening it is to fill at. So an opening is held back until the bars before it are in, of every symbol whose
wire is well, or until the barrier gives up waiting for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from finantrade.domain.market import BarArrived, BarOpened, FeedGap, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.units import Millis

NONE_HELD: Millis = 2**63 - 1


class Openings:
    """Passes on what the tapes of ``symbols`` let out, openings in their place; one is held ``deadline_ms`` at most."""

    def __init__(self, symbols: Iterable[str], timeframe: Millis, deadline_ms: Millis) -> None:
        self._timeframe = timeframe
        self._deadline_ms = deadline_ms
        self._newest = dict.fromkeys(symbols, -timeframe)
        self._away: set[str] = set()
        # How many of those that are awaited are where: asked at every turn while anything is held, of hundreds.
        self._at = Counter(self._newest.values())
        self._held: dict[str, BarOpened] = {}
        self._first_held = NONE_HELD

    def take(self, message: Message, now: Millis) -> Iterator[Message]:
        """Take one message of a tape, and yield what may go on now."""
        match message:
            case BarOpened(symbol=symbol):
                self._held[symbol] = message
                self._first_held = min(self._first_held, message.open_time)
            case BarArrived(bar=bar):
                # Its own opening before a bar, whatever else is missing.
                if bar.symbol in self._held:
                    yield self._held.pop(bar.symbol)
                self._move(bar.symbol, bar.open_time)
                yield message
            case FeedGap(symbol=symbol, end=end):
                self._move(symbol, end)
                yield message
            case FeedStale(symbol=symbol):
                self._leave(symbol)
                yield message
            case FeedRestored(symbol=symbol):
                self._come_back(symbol)
                yield message
            case _:
                yield message
        yield from self.tick(now)

    def tick(self, now: Millis) -> Iterator[Message]:
        """Let time pass, and yield what need not wait any longer."""
        if not self._held:
            return
        in_by = min(self._at, default=now)
        until = max(in_by + self._timeframe, now - self._deadline_ms)
        if self._first_held > until:
            return
        for symbol in sorted(self._held):
            if self._held[symbol].open_time <= until:
                yield self._held.pop(symbol)
        self._first_held = min((one.open_time for one in self._held.values()), default=NONE_HELD)

    def _move(self, symbol: str, newest: Millis) -> None:
        if symbol not in self._away:
            self._count(self._newest[symbol], -1)
            self._count(newest, 1)
        self._newest[symbol] = newest

    def _leave(self, symbol: str) -> None:
        if symbol not in self._away:
            self._away.add(symbol)
            self._count(self._newest[symbol], -1)

    def _come_back(self, symbol: str) -> None:
        if symbol in self._away:
            self._away.discard(symbol)
            self._count(self._newest[symbol], 1)

    def _count(self, time: Millis, more: int) -> None:
        self._at[time] += more
        if not self._at[time]:
            del self._at[time]
