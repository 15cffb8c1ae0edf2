"""The live runner: edges around one inbox, and behind it the core.

1. Edges put messages into the bounded inbox; the lane takes what is there as one batch and stamps ``seq`` and ``at``.
2. The batch is committed to the journal. Only then is it folded, input by input (write-ahead: L2, L5).
3. What each input caused is published to the outlets. Decisions go to the journal with the next commit, at the
   latest when the lane has nothing else to do: they can always be folded again from the inputs.
4. If the journal cannot be written the lane stands still: nothing is acted on, the batch is kept and tried again.
5. The watchdog is fed here and nowhere else: when the lane hangs, it starves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import anyio
import msgspec

from finantrade.domain.codec import COMMANDS
from finantrade.domain.market import Bar, BarArrived, FeedEnded
from finantrade.domain.message import Decision, Input, Message
from finantrade.domain.orders import Fill, Refusal
from finantrade.domain.units import Millis
from finantrade.journal.errors import JournalUnwritable
from finantrade.runtime.channel import Channel, Overflow
from finantrade.runtime.clock import Clock
from finantrade.runtime.meter import LaneMeter
from finantrade.runtime.session import Session
from finantrade.runtime.status import Condition, WiresStatus
from finantrade.runtime.tally import Tally

INBOX_CAPACITY = 4_096
BATCH = 256
IDLE_S = 1.0
HOLD_S = 0.002
"""The loop is given back after this long, so that a burst of inputs cannot starve the API and the watchdog."""
RETRY_S = 1.0


class Outcome(msgspec.Struct, frozen=True):
    """What a command came to: its number in the journal and the decisions it caused."""

    seq: int
    said: tuple[Message, ...]


class Arrival:
    """A message on its way into the lane; whoever waits for its outcome waits on ``done``."""

    __slots__ = ("available", "done", "message", "outcome", "received")

    def __init__(self, message: Message, available: Millis | None, done: anyio.Event | None = None) -> None:
        self.message = message
        self.available = available
        self.received = time.perf_counter()
        self.done = done
        self.outcome: Outcome | None = None


class Published(msgspec.Struct, frozen=True, gc=False):
    """One input and all it caused, as the outlets get it."""

    entry: Input
    said: tuple[Message, ...]


class LaneStopped(Exception):
    """The lane takes no more messages: the daemon is stopping, or has quarantined an input."""


class LiveRunner:
    """Owns the inbox, the lane and the outlets of one session."""

    def __init__(self, session: Session, clock: Clock, alive: Callable[[], None] = lambda: None) -> None:
        self.session = session
        self.core = session.core
        self.clock = clock
        self.meter = LaneMeter()
        self.unwritable = ""
        self.stopping = False
        self.ended = session.ended
        self.requested: str | None = None
        self.refusals: Counter[str] = Counter()
        self.fills = 0
        self.heard: dict[str, float] = {}
        self.glimpses: Mapping[str, Bar] = {}
        """The newest forming candle of each symbol, to be shown: never recorded, and nothing decides on it."""
        self.wires: Callable[[], WiresStatus] | None = None
        """How the wires are, where a venue is followed."""
        self.tally = Tally(session.config)
        self.started = time.monotonic()
        self.inbox: Channel[Arrival] = Channel("inbox", INBOX_CAPACITY, Overflow.BLOCK)
        self.outlets: list[Channel[Published]] = []
        self._alive = alive
        self._undecided: Sequence[Decision] = ()

    @property
    def condition(self) -> Condition:
        """How the daemon is, the gravest first."""
        if self.session.poison is not None:
            return Condition.QUARANTINED
        if self.stopping:
            return Condition.STOPPING
        if self.unwritable:
            return Condition.JOURNAL_UNWRITABLE
        return Condition.FEED_ENDED if self.ended else Condition.RUNNING

    @property
    def detail(self) -> str:
        """What a person should know about the condition."""
        if self.session.poison is not None:
            return f"input {self.session.poison.seq} raises whenever it is folded; see the traceback"
        return self.unwritable or ("the recorded data is at its end" if self.ended else "")

    def outlet(self, name: str, capacity: int) -> Channel[Published]:
        """Open a bounded outlet; a reader that falls behind loses what is newest, counted."""
        channel: Channel[Published] = Channel(name, capacity, Overflow.DROP_NEWEST)
        self.outlets.append(channel)
        return channel

    async def put(self, message: Message, available: Millis | None = None) -> None:
        """Put a message into the inbox; waits where it is full. Raises LaneStopped once the lane takes no more."""
        await self._send(Arrival(message, available))

    async def command(self, command: Message) -> Outcome:
        """Put an operator's command in and wait for what it came to. Raises LaneStopped."""
        arrival = Arrival(command, None, anyio.Event())
        await self._send(arrival)
        assert arrival.done is not None
        await arrival.done.wait()
        if arrival.outcome is None:
            raise LaneStopped("the lane stopped before it came to this command")
        return arrival.outcome

    async def run(self) -> None:
        """Work until the inbox is closed, then leave the journal closed behind a last snapshot."""
        clean = False
        try:
            while (batch := await self._next()) is not None:
                if batch:
                    await self._turn(batch)
                self._alive()
            clean = True
        finally:
            for arrival in self.inbox.drain():
                if arrival.done is not None:
                    arrival.done.set()
            for outlet in self.outlets:
                outlet.close()
            with anyio.CancelScope(shield=True):
                await self.session.close(self._undecided, clean=clean)

    def stop(self) -> None:
        """Take nothing more; what is in the inbox is still folded."""
        self.stopping = True
        self.inbox.close()

    async def _send(self, arrival: Arrival) -> None:
        if self.condition in (Condition.QUARANTINED, Condition.STOPPING):
            raise LaneStopped(f"the lane takes no messages: {self.condition.value} {self.detail}".strip())
        try:
            await self.inbox.send(arrival)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            raise LaneStopped("the lane takes no messages: it is stopping") from None

    async def _next(self) -> list[Arrival] | None:
        try:
            with anyio.move_on_after(IDLE_S):
                return await self.inbox.receive_batch(BATCH)
        except anyio.EndOfStream:
            return None
        return []

    async def _turn(self, batch: list[Arrival]) -> None:
        engine = self.core.engine
        entries: list[Input] = []
        seq, at = engine.seq, engine.at
        for arrival in batch:
            seq, at = seq + 1, self.clock.stamp(arrival.available, at)
            entries.append(Input(seq, at, arrival.message))
        await self._commit(entries)
        await self._fold(batch, entries)
        if self.session.due or not self.inbox.depth:
            await self._commit([])
            await self._insist(self.session.tend)

    async def _commit(self, entries: Sequence[Input]) -> None:
        if entries or self._undecided:
            await self._insist(partial(self.session.writer.commit, entries, self._undecided))
            self._undecided = ()

    async def _insist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Do a write of the journal, however long the disk refuses it."""
        while True:
            try:
                return await write()
            except JournalUnwritable as error:
                await self._stand_still(str(error))

    async def _stand_still(self, reason: str) -> None:
        """Wait until the disk takes something again; the edges fill their bounds meanwhile."""
        self.unwritable = reason
        while self.unwritable:
            self._alive()
            if self.stopping:
                raise JournalUnwritable(f"stopped while the journal could not be written: {reason}")
            await anyio.sleep(RETRY_S)
            try:
                await self.session.writer.probe()
                self.unwritable = ""
            except JournalUnwritable as error:
                self.unwritable = str(error)

    async def _fold(self, batch: list[Arrival], entries: list[Input]) -> None:
        engine = self.core.engine
        self.meter.begin()
        for arrival, entry in zip(batch, entries, strict=True):
            said = tuple(engine.step(entry.seq, entry.at, entry.message))
            self._note(entry, said)
            self._publish(arrival, Published(entry, said))
            if self.meter.held() > HOLD_S:
                self.meter.release()
                await anyio.lowlevel.checkpoint()
                self.meter.begin()
        self.meter.release()
        self._undecided = engine.chain.take()

    def _publish(self, arrival: Arrival, published: Published) -> None:
        for outlet in self.outlets:
            outlet.offer(published)
        self.meter.observe(arrival.received)
        if arrival.done is not None:
            arrival.outcome = Outcome(published.entry.seq, published.said)
            arrival.done.set()

    def _note(self, entry: Input, said: Sequence[Message]) -> None:
        message = entry.message
        self.tally.note(message)
        if type(message) is BarArrived:
            self.heard[message.bar.symbol] = time.monotonic()
        elif type(message) is FeedEnded:
            self.ended = True
        elif type(message) in COMMANDS:
            self.requested = type(message).__name__
        for one in said:
            if type(one) is Fill:
                self.fills += 1
            elif type(one) is Refusal:
                self.refusals[one.rule] += 1
