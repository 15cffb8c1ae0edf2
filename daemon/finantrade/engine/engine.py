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

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

import msgspec

from finantrade.domain.codec import DECISIONS, MESSAGES, OUTPUTS
from finantrade.domain.message import Alarm, Message, Woke
from finantrade.domain.units import Millis, iso
from finantrade.engine.actor import NOTHING, Actor, Handler
from finantrade.engine.chain import Chain

Listener = Callable[[Any, Millis], None]
"""Hears every message of one type as it is said, with the lane's time; it must not touch the lane."""

Route = Callable[[Message, Millis, int], None]
"""What a message of one type sets off; the last argument is how deep in the cascade it was said."""

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
    """The one lane.

    Where it runs into a journal, ``step`` returns all that was said, and links of the hash chain are kept until taken.
    Where ``listeners`` are given, they are told by kind as it is said, and nothing is kept.
    """

    def __init__(self, actors: Sequence[Actor], listeners: Mapping[type[Message], Listener] | None = None) -> None:
        self.actors = {actor.name: actor for actor in actors}
        self.seq = 0
        self.at: Millis = 0
        self.chain = Chain(links=listeners is None)
        self._names = tuple(self.actors)
        self._alarms: list[tuple[Millis, int, int]] = []
        self._registered = 0
        self._emitted: list[Message] = []
        told: Mapping[type[Message], Listener] = listeners or {}
        tables = [actor.handlers() for actor in actors]
        self._wakers = [table.get(Woke) for table in tables]
        self._routes: dict[type[Message], Route | None] = {}
        named = list(zip(self._names, tables, strict=True))
        self._hearers = {
            kind: [*(name for name, table in named if kind in table), *(["a listener"] if kind in told else [])]
            for kind in MESSAGES
        }
        for kind in MESSAGES:
            handlers = tuple(table[kind] for table in tables if kind in table)
            kept = listeners is None and kind in OUTPUTS
            self._routes[kind] = self._route(handlers, told.get(kind), kept=kept, chained=kind in DECISIONS)
        self._routes[Alarm] = self._route((self._register,), None, kept=False, chained=False)

    def step(self, seq: int, at: Millis, message: Message) -> Sequence[Message]:
        """Fold one input into the state; return the messages it caused, in the order they were said.

        Raises EngineError for a hole in ``seq``, time going back, or a cascade without end.
        """
        if seq != self.seq + 1 or at < self.at:
            raise self._out_of_order(seq, at)
        self.seq = seq
        if self._alarms and self._alarms[0][0] <= at:
            self._wake(at)
        self.at = at
        route = self._routes[type(message)]
        if route is not None:
            route(message, at, 0)
        emitted = self._emitted
        if not emitted:
            return NOTHING
        self._emitted = []
        return emitted

    @property
    def next_due(self) -> Millis | None:
        """When the next alarm comes due, None where nobody has asked for any."""
        return self._alarms[0][0] if self._alarms else None

    def hears(self, kinds: Iterable[type[Message]], but: str = "") -> list[type[Message]]:
        """Return those of some types of message that set anything off, were it not for the actor ``but``."""
        return [kind for kind in kinds if self._routes[kind] is not None and self._hearers[kind] != [but]]

    def pass_over(self, inputs: int, at: Millis, alarms: Sequence[Alarm]) -> None:
        """Take over the position and time of inputs whose effects the actors have made up for among themselves.

        ``alarms`` are those they asked for on the way; such as have come due by ``at`` woke nobody who cared.
        """
        if self._alarms and self._alarms[0][0] <= at:
            self._wake(at)
        self.seq += inputs
        self.at = at
        for alarm in alarms:
            if alarm.due > at:
                self._register(alarm, at)
            else:
                self._registered += 1

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

    def restore(self, state: bytes, *, without: str = "") -> None:
        """Take over a state made by an engine of the same wiring, but for the actor ``without``.

        Raises EngineError where the wiring differs.
        """
        found = msgspec.msgpack.decode(state, type=EngineState)
        if list(found.actors) != list(self.actors):
            raise EngineError(f"expected a snapshot of actors {list(self.actors)}, found {list(found.actors)}")
        for name, data in found.actors.items():
            if name != without:
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
                    route = self._routes[type(said)]
                    if route is not None:
                        route(said, self.at, 0)

    def _route(
        self, handlers: Sequence[Handler], listener: Listener | None, *, kept: bool, chained: bool
    ) -> Route | None:
        """Return what a message of one type sets off, or None where that is nothing: made once, not found out anew."""
        if not (handlers or listener or kept or chained):
            return None
        routes, chain = self._routes, self.chain

        def route(message: Message, now: Millis, depth: int) -> None:
            if listener is not None:
                listener(message, self.at)
            if kept:
                self._emitted.append(message)
            if chained:
                chain.add(message, self.seq)
            for handler in handlers:
                said = handler(message, now)
                if said:
                    if depth > CASCADE_DEPTH:
                        raise EngineError(f"input {self.seq} cascades deeper than {CASCADE_DEPTH}, last by {message!r}")
                    for one in said:
                        follow = routes[type(one)]
                        if follow is not None:
                            follow(one, now, depth + 1)

        return route

    def _out_of_order(self, seq: int, at: Millis) -> EngineError:
        if seq != self.seq + 1:
            return EngineError(f"expected input {self.seq + 1}, found {seq}")
        return EngineError(f"time went back at input {seq}: from {iso(self.at)} to {iso(at)}")

    def _register(self, alarm: Alarm, now: Millis) -> Sequence[Message]:
        self._registered += 1
        heappush(self._alarms, (alarm.due, self._names.index(alarm.actor), self._registered))
        return NOTHING
