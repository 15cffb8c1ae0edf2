"""The boundary barrier: the order in which sockets deliver never decides anything.

1. Closes of one instant are held until every awaited symbol is in, or until ``deadline_ms`` after the first of them.
2. Then they are released in symbol order, followed by ``BoundaryComplete``; boundaries leave in time order.
3. A symbol that missed a boundary, or whose wire is stale, is not awaited again until it delivers a bar or its feed
   says that it is back: one dead wire costs the others one deadline, not one a bar.
4. A bar whose boundary has gone is passed on at once, marked late. A bar not newer than its symbol's last is dropped:
   it was acted on before, and a differing value reaches the store as ``BarRevised``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from finantrade.domain.market import Bar, BarArrived, BoundaryComplete, FeedGap, FeedRestored, FeedStale
from finantrade.domain.message import Alarm, Message, Woke
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.market.stretch import Stretch


class BoundaryState(msgspec.Struct):
    """``held``: close time → symbol → bar; ``due``: close time → deadline."""

    released: Millis = -1
    newest: dict[str, Millis] = {}
    absent: list[str] = []
    held: dict[Millis, dict[str, Bar]] = {}
    due: dict[Millis, Millis] = {}


class BoundaryActor:
    """Releases closed bars boundary by boundary."""

    name: ClassVar[str] = "boundary"

    def __init__(self, symbols: Sequence[str], deadline_ms: Millis) -> None:
        self._symbols = tuple(sorted(symbols))
        self._deadline_ms = deadline_ms
        self._state = BoundaryState()
        self._awaited = set(self._symbols)

    @property
    def released(self) -> Millis:
        """Close time of the newest boundary that has left, -1 before the first."""
        return self._state.released

    @property
    def newest(self) -> Mapping[str, Millis]:
        """Open time of the newest bar of every symbol that has delivered."""
        return self._state.newest

    def begin_after(self, close_time: Millis) -> None:
        """Take boundaries up to ``close_time`` as gone."""
        self._state.released = close_time

    def indifferent(self, stretch: Stretch) -> int:
        """Return how many rows are released at once, as they come: all, or none where anything is held or missing."""
        alike = self._awaited == stretch.members and not self._state.held
        # With one symbol nothing waits; with several, nobody is ever late if a deadline falls between two rows.
        timely = len(stretch.symbols) == 1 or 0 < self._deadline_ms < stretch.timeframe
        return stretch.rows if alike and timely else 0

    def pass_over(self, stretch: Stretch) -> Sequence[Alarm]:
        """Take the rows as released; return the alarms that were asked for."""
        self._state.released = stretch.last_close
        for symbol in stretch.symbols:
            self._state.newest[symbol] = stretch.last_open
        if len(stretch.symbols) == 1:
            return ()
        wait = stretch.latency_ms + self._deadline_ms
        return [Alarm(self.name, close + wait) for close in stretch.close_times]

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {
            BarArrived: self.on_arrived,
            FeedStale: self.on_stale,
            FeedRestored: self.on_back,
            FeedGap: self.on_back,
            Woke: self.on_woke,
        }

    def on_arrived(self, message: BarArrived, now: Millis) -> Sequence[Message]:
        bar, state = message.bar, self._state
        if state.newest.get(bar.symbol, -1) >= bar.open_time:
            return NOTHING
        state.newest[bar.symbol] = bar.open_time
        if state.absent:
            self._await(bar.symbol)
        if bar.close_time <= state.released:
            return (msgspec.structs.replace(bar, late=True),)
        if len(self._awaited) == 1 and not state.held:
            state.released = bar.close_time
            return bar, BoundaryComplete(bar.close_time, tuple(state.absent))
        return self._hold(bar, now)

    def on_stale(self, message: FeedStale, now: Millis) -> Sequence[Message]:
        self._forgo(message.symbol)
        return self._release(now)

    def on_back(self, message: FeedRestored | FeedGap, now: Millis) -> Sequence[Message]:
        self._await(message.symbol)
        return NOTHING

    def on_woke(self, message: Woke, now: Millis) -> Sequence[Message]:
        return self._release(now)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes, /) -> None:
        self._state = msgspec.msgpack.decode(state, type=BoundaryState)
        self._awaited = set(self._symbols).difference(self._state.absent)

    def _hold(self, bar: Bar, now: Millis) -> Sequence[Message]:
        state = self._state
        first = bar.close_time not in state.held
        state.held.setdefault(bar.close_time, {})[bar.symbol] = bar
        if not first:
            return self._release(now)
        state.due[bar.close_time] = now + self._deadline_ms
        return (Alarm(self.name, now + self._deadline_ms), *self._release(now))

    def _release(self, now: Millis) -> list[Message]:
        out: list[Message] = []
        for close_time in sorted(self._state.held):
            bars = self._state.held[close_time]
            if not (self._awaited <= bars.keys() or self._state.due[close_time] <= now):
                break
            out += self._complete(close_time, bars)
        return out

    def _complete(self, close_time: Millis, bars: dict[str, Bar]) -> list[Message]:
        missing = tuple(symbol for symbol in self._symbols if symbol not in bars)
        for symbol in missing:
            self._forgo(symbol)
        del self._state.held[close_time], self._state.due[close_time]
        self._state.released = close_time
        return [*(bars[symbol] for symbol in sorted(bars)), BoundaryComplete(close_time, missing)]

    def _await(self, symbol: str) -> None:
        if symbol not in self._awaited:
            self._awaited.add(symbol)
            self._state.absent.remove(symbol)

    def _forgo(self, symbol: str) -> None:
        # A symbol that still has bars held is delivering: it is only late for this boundary.
        if symbol in self._awaited and not any(symbol in bars for bars in self._state.held.values()):
            self._awaited.discard(symbol)
            self._state.absent = sorted([*self._state.absent, symbol])
