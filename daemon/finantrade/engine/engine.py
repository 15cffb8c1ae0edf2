"""``Engine.step``: the fold at the heart of the system.

1. Check that ``seq`` follows and that time does not go back.
2. Wake every alarm that is due, in order (due, wiring, registration), each with ``now`` equal to its due time.
3. Hand the message to every actor that accepts it, in wiring order. What one actor says is run to quiescence before
   the next actor sees the same message (depth first), so what happened inside a bar is booked, marked and
   limit-checked before any strategy sees its close.
4. Decisions are linked into the hash chain as they are made.

The cascade of one step is bounded: an actor graph that talks to itself for ever is a bug, and it is said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heappop, heappush

import msgspec

from finantrade.domain.codec import DECISIONS, MESSAGES, OUTPUTS
from finantrade.domain.message import Alarm, Message, Woke
from finantrade.domain.units import Millis, iso
from finantrade.engine.actor import NOTHING, Actor, Handler
from finantrade.engine.chain import Chain

CASCADE_DEPTH = 64
"""How deep one message may lead to the next. What is finite at every level and in depth is finite: the healthy graph
needs eight levels, from a close to the booking of a cancelled order."""


ALARMS_AT_ONCE = 10_000
"""Alarms that may come due at one instant; more is an actor that asks again and again to be woken now."""


class EngineError(Exception):
    """An impossible state: a bug in the program or a broken sequence of inputs, never bad luck."""


class EngineState(msgspec.Struct, frozen=True):
    """Everything a fresh engine with the same wiring needs to go on."""

    seq: int
    at: Millis
    count: int
    head: bytes
    alarms: list[tuple[Millis, int, int]]
    registered: int
    actors: dict[str, bytes]


class Engine:
    """The one lane. ``keep`` names the message types that ``step`` returns; the rest stays inside."""

    def __init__(self, actors: Sequence[Actor], keep: Collection[type[Message]] = OUTPUTS) -> None:
        self.actors = {actor.name: actor for actor in actors}
        self.seq = 0
        self.at: Millis = 0
        self.chain = Chain()
        self._names = tuple(self.actors)
        self._wakers = [actor.handlers().get(Woke) for actor in actors]
        self._routes = {kind: _route(kind, actors, keep) for kind in MESSAGES}
        self._routes[Alarm] = ((self._register,), False, False)
        self._alarms: list[tuple[Millis, int, int]] = []
        self._registered = 0
        self._emitted: list[Message] = []

    def step(self, seq: int, at: Millis, message: Message) -> Sequence[Message]:
        """Fold one input into the state; return the kept messages it caused, in the order they were said.

        Raises EngineError for a hole in ``seq``, time going back, or a cascade without end.
        """
        if seq != self.seq + 1:
            raise EngineError(f"expected input {self.seq + 1}, found {seq}")
        if at < self.at:
            raise EngineError(f"time went back at input {seq}: from {iso(self.at)} to {iso(at)}")
        self.seq = seq
        emitted: list[Message] = []
        self._emitted = emitted
        if self._alarms and self._alarms[0][0] <= at:
            self._wake(at)
        self.at = at
        self._cascade(message, at, 0)
        return emitted

    def snapshot(self) -> bytes:
        """Return the whole state of the lane as bytes."""
        return msgspec.msgpack.encode(self.state())

    def state(self) -> EngineState:
        """Return the whole state of the lane."""
        return EngineState(
            seq=self.seq,
            at=self.at,
            count=self.chain.count,
            head=self.chain.head,
            alarms=sorted(self._alarms),
            registered=self._registered,
            actors={name: actor.snapshot() for name, actor in self.actors.items()},
        )

    def restore(self, state: bytes) -> None:
        """Take over a state made by an engine of the same wiring. Raises EngineError where the wiring differs."""
        found = msgspec.msgpack.decode(state, type=EngineState)
        if list(found.actors) != list(self.actors):
            raise EngineError(f"expected a snapshot of actors {list(self.actors)}, found {list(found.actors)}")
        for name, data in found.actors.items():
            self.actors[name].restore(data)
        self.resume(found, alarms=True)

    def resume(self, state: EngineState, *, alarms: bool) -> None:
        """Take over position, time and chain, and the alarms if asked, but no actor's state."""
        self.seq, self.at = state.seq, state.at
        self.chain.count, self.chain.head = state.count, state.head
        if alarms:
            self._alarms, self._registered = list(state.alarms), state.registered

    def _wake(self, until: Millis) -> None:
        idle = 0
        while self._alarms and self._alarms[0][0] <= until:
            due, index, _ = heappop(self._alarms)
            idle = idle + 1 if due <= self.at else 0
            if idle > ALARMS_AT_ONCE:
                raise EngineError(f"{self._names[index]} asks for ever to be woken at {iso(self.at)}")
            # An alarm in the past (an actor that asked for "now or earlier") is handled now: time never goes back.
            self.at = max(due, self.at)
            waker = self._wakers[index]
            if waker is not None:
                for said in waker(Woke(self._names[index], self.at), self.at):
                    self._cascade(said, self.at, 0)

    def _cascade(self, message: Message, now: Millis, depth: int) -> None:
        handlers, kept, chained = self._routes[type(message)]
        if kept:
            self._emitted.append(message)
        if chained:
            self.chain.add(message, self.seq)
        for handler in handlers:
            said = handler(message, now)
            if said:
                if depth > CASCADE_DEPTH:
                    raise EngineError(f"input {self.seq} cascades deeper than {CASCADE_DEPTH}, last by {message!r}")
                for one in said:
                    self._cascade(one, now, depth + 1)

    def _register(self, alarm: Alarm, now: Millis) -> Sequence[Message]:
        self._registered += 1
        heappush(self._alarms, (alarm.due, self._names.index(alarm.actor), self._registered))
        return NOTHING


def _route(
    kind: type[Message], actors: Sequence[Actor], keep: Collection[type[Message]]
) -> tuple[tuple[Handler, ...], bool, bool]:
    tables = [actor.handlers() for actor in actors]
    return tuple(table[kind] for table in tables if kind in table), kind in keep, kind in DECISIONS
