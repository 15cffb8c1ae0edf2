"""One pace for all requests from this machine: the venue counts by address, whoever asks.

1. Headers tell what was used of the minute, by us and by others behind our address. Requests under way are added.
2. Where the next request would go over the share of the budget that we take, all wait until the minute is surely over:
   a minute after the first answer that counted in it. (Some limits count over longer than a minute.)
3. On 429 and 418 all wait as long as the venue says, whoever got the answer.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Protocol

import anyio

from finantrade.wire.limits import Usage

MINUTE_S = 60.0
SHARE = 0.8
"""Of the venue's budget: the rest is for others at our address, and for what we have not counted."""
UNSAID_WAIT_S = 60.0
"""How long to be quiet where a venue limits us and does not say for how long."""

LEAST_S = 0.5
"""What a request to a fast simulated exchange may take, in real time."""


class Timing(Protocol):
    """Seconds, as the venue counts them: a simulated exchange's run faster."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """Raise TimeoutError where a block takes longer."""
        ...


class WallTiming:
    """Real seconds; with ``rate``, those of an exchange whose time runs that much faster."""

    def __init__(self, rate: float = 1.0) -> None:
        self._rate = rate

    def now(self) -> float:
        return time.monotonic() * self._rate

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds / self._rate)

    def within(self, seconds: float) -> AbstractContextManager[object]:
        # However fast its time runs, the machine does not.
        return anyio.fail_after(max(seconds / self._rate, LEAST_S))


class Pacer:
    """Lets requests pass at a pace the venue bears."""

    def __init__(self, weight: int, timing: Timing, window_s: float = MINUTE_S) -> None:
        self.waits = 0
        self.waited_s = 0.0
        """How often requests have waited here, and for how long, in all."""
        self._budget = weight * SHARE
        self._timing = timing
        self._window_s = window_s
        self._used = 0
        self._under_way = 0
        self._since: float | None = None
        self._quiet_until = 0.0

    @property
    def budget(self) -> int:
        """Weight that we use of a minute at most."""
        return int(self._budget)

    @property
    def used(self) -> int:
        """Weight used in the present minute, as far as we know."""
        return self._used + self._under_way

    async def admit(self, weight: int) -> None:
        """Wait until a request of this weight may be sent; ``settle`` has to follow."""
        while (wait := self._wait_s(weight)) > 0:
            self.waits += 1
            self.waited_s += wait
            await self._timing.sleep(wait)
        self._under_way += weight

    def settle(self, weight: int, usage: Usage | None, *, limited: bool) -> None:
        """Take in what the answer to an admitted request said; None where there was none."""
        self._under_way -= weight
        now, said = self._timing.now(), usage.used_weight if usage is not None else None
        # Answers overtake each other, so a figure that is a little lower is an older one of the same minute.
        fell = said is not None and said * 2 < self._used
        if self._since is None or fell or now >= self._since + self._window_s:
            self._since, self._used = now, 0
        self._used = self._used + weight if said is None else max(self._used, said)
        if limited:
            wait = usage.retry_after_s if usage is not None and usage.retry_after_s is not None else UNSAID_WAIT_S
            self._quiet_until = max(self._quiet_until, now + wait)

    def _wait_s(self, weight: int) -> float:
        now = self._timing.now()
        if now < self._quiet_until:
            return self._quiet_until - now
        if self._since is not None and now >= self._since + self._window_s:
            self._since, self._used = None, 0
        # A request that weighs more than the whole share is let through alone rather than never.
        if not self.used or self.used + weight <= self._budget:
            return 0.0
        return self._window_s if self._since is None else self._since + self._window_s - now
