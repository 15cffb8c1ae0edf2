"""From the lane to every page: one encoder, bounded readers.

1. What the lane publishes is gathered in the chronicle and cut into an update at most ``FRAMES_PER_S`` times a second,
   and at least once a second, so that silence means trouble and not a quiet market.
2. An update is encoded once, and its text is offered to every listener. One whose channel is full has fallen behind:
   it is cut off at once, comes back, and begins with a snapshot. Nobody waits for it.
3. A snapshot is encoded once for each number it is asked for at.
4. If the outlet itself lost something the chronicle has a hole: it is filled from the journal, and a number is skipped,
   so that every page finds one missing and begins again with a snapshot.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from finantrade.api.answers import text_of
from finantrade.api.chronicle import Chronicle
from finantrade.api.schema import Frame, Goodbye
from finantrade.runtime.channel import Channel, Overflow
from finantrade.runtime.live import Published

OUTLET_CAPACITY = 4_096
LISTENER_CAPACITY = 32
LISTENERS = 256
FRAMES_PER_S = 20
QUIET_S = 1.0
BATCH = 256


class Full(Exception):
    """As many pages listen as there may be."""


class Listener:
    """One page. ``behind`` is set when it was cut off for not reading."""

    def __init__(self, number: int) -> None:
        self.frames: Channel[str] = Channel(f"page {number}", LISTENER_CAPACITY, Overflow.DROP_NEWEST)
        self.behind = False
        self.scope = anyio.CancelScope()

    def offer(self, frame: str) -> None:
        """Hand it a frame, or cut it off."""
        if not self.frames.offer(frame):
            self.behind = True
            self.scope.cancel()


class Broadcast:
    """Feeds every listener from one outlet; ``refill`` tells the chronicle anew what the journal has."""

    def __init__(self, chronicle: Chronicle, outlet: Channel[Published], refill: Callable[[], Awaitable[None]]) -> None:
        self._chronicle = chronicle
        self._outlet = outlet
        self._refill = refill
        self._listeners: dict[Listener, None] = {}
        self._count = 0
        self._lost = 0
        self._snapshot: tuple[int, str] = (-1, "")
        self.cut_off = 0

    @property
    def listening(self) -> int:
        """How many pages are attached."""
        return len(self._listeners)

    def join(self) -> tuple[Listener, str]:
        """Let a page in: return what it reads from, and the snapshot it begins with. Raises Full."""
        if len(self._listeners) >= LISTENERS:
            raise Full(f"expected at most {LISTENERS} pages, found as many attached already")
        snapshot = self._current()
        self._count += 1
        listener = Listener(self._count)
        self._listeners[listener] = None
        return listener, snapshot

    def leave(self, listener: Listener) -> None:
        """Let a page go."""
        self._listeners.pop(listener, None)
        self.cut_off += listener.behind
        listener.frames.drain()

    async def run(self) -> None:
        """Work until the outlet is closed, then say goodbye."""
        try:
            while True:
                await self._gather()
                await self._mend()
                self._update()
                await anyio.sleep(1 / FRAMES_PER_S)
        except anyio.EndOfStream:
            self._update()
            self._send(Goodbye("the daemon is going down"))
            for listener in self._listeners:
                listener.frames.close()

    async def _gather(self) -> None:
        with anyio.move_on_after(QUIET_S):
            await self._note()
        while self._outlet.depth:
            await self._note()
            await anyio.lowlevel.checkpoint()

    async def _note(self) -> None:
        for published in await self._outlet.receive_batch(BATCH):
            self._chronicle.note(published.entry, published.said)

    async def _mend(self) -> None:
        lost = self._outlet.stats().dropped
        if lost > self._lost:
            self._lost = lost
            await self._refill()
            self._chronicle.n += 1

    def _update(self) -> None:
        if self._listeners:
            self._send(self._chronicle.cut())
        else:  # a status costs the loop that the lane shares
            self._chronicle.skip()

    def _send(self, frame: Frame) -> None:
        text = text_of(frame)
        for listener in list(self._listeners):
            listener.offer(text)

    def _current(self) -> str:
        if self._chronicle.pending:
            self._update()
        n, text = self._snapshot
        if n != self._chronicle.n:
            text = text_of(self._chronicle.snapshot())
            self._snapshot = self._chronicle.n, text
        return text
