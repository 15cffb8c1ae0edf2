"""The exchange's own time: it runs at a rate, or is stepped by a test. Clients learn it from the endpoint ``time``."""

from __future__ import annotations

import time
from typing import Protocol

import anyio
import anyio.lowlevel

from finantrade.domain.units import Millis


class ExchangeClock(Protocol):
    """What the exchange takes for the present."""

    def now(self) -> Millis:
        """Return the exchange's time."""
        ...

    async def until(self, moment: Millis) -> None:
        """Wait until ``moment`` has come, and let others run in any case."""
        ...


class RunningClock:
    """Runs from ``start`` on, ``rate`` times as fast as the wall, and stands still at ``end``, where the data ends."""

    def __init__(self, start: Millis, end: Millis, rate: float) -> None:
        self.rate = rate
        self._start = start
        self._end = end
        self._anchor = time.monotonic()

    def now(self) -> Millis:
        return min(self._start + int((time.monotonic() - self._anchor) * 1000 * self.rate), self._end)

    async def until(self, moment: Millis) -> None:
        await anyio.sleep(max(moment - self.now(), 0) / 1000 / self.rate)


class SteppedClock:
    """Stands still until it is told to go on: the exact faults of a test happen exactly there."""

    def __init__(self, start: Millis) -> None:
        self._now = start
        self._moved = anyio.Event()

    def now(self) -> Millis:
        return self._now

    async def until(self, moment: Millis) -> None:
        while self._now < moment:
            await self._moved.wait()
        await anyio.lowlevel.checkpoint()

    def advance_to(self, moment: Millis) -> None:
        """Let time be ``moment``; it never goes back."""
        self._now = max(moment, self._now)
        self._moved.set()
        self._moved = anyio.Event()
