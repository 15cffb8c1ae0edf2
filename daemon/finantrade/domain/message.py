"""The base of everything that travels: frozen, tagged with its class name, without reference cycles."""

from __future__ import annotations

import msgspec

from finantrade.domain.units import Millis


class Message(msgspec.Struct, frozen=True, gc=False, tag=True):
    """A fact, a wish or a command. Equality is by value; the tag is the class name."""


class Input(msgspec.Struct, frozen=True, gc=False):
    """A message as it entered the lane: ``seq`` has no gaps, ``at`` never goes back."""

    seq: int
    at: Millis
    message: Message


class Alarm(Message, frozen=True, gc=False):
    """An actor's wish to be woken at an event time: the only timer there is."""

    actor: str
    due: Millis


class Woke(Message, frozen=True, gc=False):
    """The alarm of ``actor`` has come due; handled with ``now`` equal to ``due``."""

    actor: str
    due: Millis


class Decision(msgspec.Struct, frozen=True, gc=False):
    """A link of the hash chain: the ``n``-th decision, made at input ``seq``, its bytes, and the head after it."""

    n: int
    seq: int
    payload: bytes
    head: bytes
