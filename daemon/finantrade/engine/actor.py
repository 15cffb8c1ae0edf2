"""The contract of a core actor.

Different from a single ``handle`` method, an actor gives a table from message type to bound method. The engine reads
it once, so a message reaches its handler in one look-up, and what an actor accepts can never disagree with what it
handles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from finantrade.domain.message import Message
from finantrade.domain.units import Millis

Handler = Callable[[Any, Millis], Sequence[Message]]
NOTHING: tuple[Message, ...] = ()
"""What a handler with nothing to say returns."""


class Actor(Protocol):
    """A deterministic state machine: no await, IO, clock, logging, randomness or globals."""

    name: ClassVar[str]

    def handlers(self) -> Mapping[type[Message], Handler]:
        """Return the handler of each message type this actor accepts; ``handler(message, now)`` says what follows."""
        ...

    def snapshot(self) -> bytes:
        """Return the whole state; equal states give equal bytes."""
        ...

    def restore(self, state: bytes, /) -> None:
        """Take over a state that ``snapshot`` returned."""
        ...
