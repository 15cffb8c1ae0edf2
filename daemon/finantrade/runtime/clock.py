"""Clocks, for edges and the stamping of inputs only: no core actor ever sees one.

``WallClock`` is monotonic time anchored to UTC. ``FastClock`` paces recorded data: event time runs at ``rate`` against
the wall, and a stretch with nothing in it that would keep people waiting longer than ``longest_wait_s`` is jumped.
"""

from __future__ import annotations

import time
from typing import Protocol

import anyio

from finantrade.domain.units import Millis


class Clock(Protocol):
    """When an input enters the lane, and how long an edge must wait for an event time."""

    def stamp(self, available: Millis | None, last: Millis) -> Millis:
        """Return the ``at`` of an input: never before ``last``. ``available`` is the datum's own available time."""
        ...

    async def until(self, event_time: Millis) -> None:
        """Wait until ``event_time`` has come."""
        ...


class WallClock:
    """Real time. A stepped system clock does not move it: the anchor is taken once."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> Millis:
        """Return the present in UTC milliseconds."""
        return int((time.monotonic() + self._offset) * 1000)

    def stamp(self, available: Millis | None, last: Millis) -> Millis:
        return max(self.now(), last)

    async def until(self, event_time: Millis) -> None:
        await anyio.sleep(max(event_time - self.now(), 0) / 1000)


class FastClock:
    """Event time for recorded data; what people ask in between is stamped with the lane's own time."""

    def __init__(self, rate: float, longest_wait_s: float) -> None:
        self._rate = rate
        self._longest_wait_s = longest_wait_s
        self._anchor: tuple[float, Millis] | None = None

    def stamp(self, available: Millis | None, last: Millis) -> Millis:
        return last if available is None else max(available, last)

    async def until(self, event_time: Millis) -> None:
        wall = time.monotonic()
        if self._anchor is None:
            self._anchor = wall, event_time
        wait = self._anchor[0] + (event_time - self._anchor[1]) / 1000 / self._rate - wall
        # Too long is a hole in the data, too late a laptop that slept: both start the pace anew from here.
        if not -self._longest_wait_s < wait <= self._longest_wait_s:
            wait = min(max(wait, 0.0), self._longest_wait_s)
            self._anchor = wall + wait, event_time
        await anyio.sleep(max(wait, 0.0))
