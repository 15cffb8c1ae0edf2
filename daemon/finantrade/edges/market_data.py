"""What a live feed needs of a venue, whichever it is and whatever carries it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis


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
