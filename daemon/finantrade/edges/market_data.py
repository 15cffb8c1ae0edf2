"""What a live feed needs of a venue, whichever it is and whatever carries it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.market.context_tape import Fact, Key


class Unavailable(Exception):
    """The venue does not answer, or not with what was asked for: the text says what was expected and found."""


class Wire(Protocol):
    """One open connection."""

    async def facts(self) -> Sequence[Message]:
        """Wait for the next frame and return the facts in it. Raises Unavailable once the connection is lost."""
        ...


class MarketData(Protocol):
    """A venue's public data."""

    async def server_time(self) -> Millis:
        """Return the venue's time. Raises Unavailable."""
        ...

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        """Return the closed bars with open times from ``start`` to ``end``, both inclusive, that the venue has.

        Raises Unavailable.
        """
        ...

    def connect(self, symbols: Sequence[str]) -> AbstractAsyncContextManager[Wire]:
        """Open a connection that tells of these symbols' bars. Raises Unavailable when it is entered."""
        ...


class Page(NamedTuple):
    """Facts of one series, all that there are up to ``until``."""

    facts: Sequence[Fact]
    until: Millis


class ContextData(Protocol):
    """A venue's figures beside candles."""

    async def page(self, key: Key, start: Millis, end: Millis) -> Page:
        """Return the facts of a series from ``start`` to ``end``, both inclusive, or a page of them from ``start`` on.

        What is older than ``start`` may be among them. Raises Unavailable.
        """
        ...


class Budget(NamedTuple):
    """What the requests of this minute weigh, of how much we take at most; how often they waited, and how long."""

    used: int
    limit: int
    waits: int
    waited_s: float


class Venue(MarketData, ContextData, Protocol):
    """Everything that is public at a venue."""

    def quotes(self, symbols: Sequence[str]) -> AbstractAsyncContextManager[Wire]:
        """Open a connection that tells of these symbols' best bid and ask. Raises Unavailable when it is entered."""
        ...

    def budget(self) -> Budget:
        """Return how much is being asked for."""
        ...
