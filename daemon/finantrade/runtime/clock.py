"""Clocks, for edges and the stamping of inputs only: no core actor ever sees one.

``VenueClock`` is monotonic time set by what a venue says. ``FastClock`` paces recorded data: event time runs at
``rate`` against the wall, and a stretch with nothing in it that would keep people waiting longer than
``longest_wait_s`` is jumped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
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


class VenueClock:
    """A venue's time, as far as it is known here: monotonic time set by what the venue answers.

    It runs at ``rate`` against the wall: 1 for a real venue, more for a simulated one. Small errors are made good by
    running ``SLEW`` faster or slower, so that it never goes back; ``set_to`` says what it could not make good. Until
    the venue is heard it is this machine's time, which is to be trusted where it is ``known``.
    """

    SLEW = 0.01
    STEP_MS = 1_000
    """What is beyond this is no error of measurement: a clock has been set."""

    def __init__(
        self, rate: float = 1.0, *, known: bool = False, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate = rate
        self._monotonic = monotonic
        self._ours = known
        self._anchor = monotonic(), time.time() * 1000
        self._owed = 0.0
        self._known = known

    def now(self) -> Millis:
        """Return the venue's present in UTC milliseconds."""
        return int(self._at(self._monotonic()))

    def offset_ms(self) -> float | None:
        """Return the venue's time less this machine's; None where the venue has a time of its own."""
        return self._at(self._monotonic()) - time.time() * 1000 if self._ours else None

    def set_to(self, venue_time: float) -> int:
        """Take what the venue says its time is; return by how many milliseconds that is a step, 0 where it is none."""
        mono = self._monotonic()
        now = self._at(mono)
        error = venue_time - now
        if not self._known or abs(error) > self.STEP_MS * max(self.rate, 1.0):
            step = round(error) if self._known else 0
            self._anchor, self._owed, self._known = (mono, venue_time), 0.0, True
            return step
        self._anchor, self._owed = (mono, now), error
        return 0

    def stamp(self, available: Millis | None, last: Millis) -> Millis:
        return max(self.now(), last)

    async def until(self, event_time: Millis) -> None:
        await self.sleep(event_time - self.now())

    async def sleep(self, milliseconds: float) -> None:
        """Wait for so much of the venue's time."""
        await anyio.sleep(max(milliseconds, 0.0) / 1000 / self.rate)

    def move_on_after(self, milliseconds: float) -> anyio.CancelScope:
        """Return a scope that ends after so much of the venue's time."""
        return anyio.move_on_after(milliseconds / 1000 / self.rate)

    def _at(self, mono: float) -> float:
        passed = (mono - self._anchor[0]) * 1000 * self.rate
        made_good = min(passed * self.SLEW, abs(self._owed))
        return self._anchor[1] + passed + (made_good if self._owed > 0 else -made_good)


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
