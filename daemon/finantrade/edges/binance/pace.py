"""When the next request may go: within what the venue allows in a minute, and not before a ban is over.

The venue counts by address, for all who share ours, and says in every answer what has been used of the minute (Binance,
*Limits*). We stop short of all of it, since others may need some. A refusal for too many requests holds back everything
alike: who goes on asking is banned.
"""

from __future__ import annotations

from collections.abc import Iterable

from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.runtime.clock import VenueClock
from finantrade.wire.limits import BANNED, TOO_MANY, usage_of

SHARE = 0.8
UNSAID_MS = 30 * SECOND
"""How long to wait after a refusal that does not say."""


class Pace:
    """Shared by all requests to one market; ``weight_a_minute`` is what the venue allows."""

    def __init__(self, clock: VenueClock, weight_a_minute: int) -> None:
        self._clock = clock
        self._most = int(weight_a_minute * SHARE)
        self._minute: Millis = 0
        self._used = 0
        self._not_before: Millis = 0

    def heard(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Take what an answer says of the limits."""
        usage, now = usage_of(status, headers), self._clock.now()
        if usage.used_weight is not None:
            self._minute, self._used = now // MINUTE, usage.used_weight
        if status in (TOO_MANY, BANNED):
            wait = UNSAID_MS if usage.retry_after_s is None else int(usage.retry_after_s * 1000)
            self._not_before = max(self._not_before, now + wait)

    async def wait(self) -> None:
        """Wait until a request may go."""
        while (pause := self._pause(self._clock.now())) > 0:
            await self._clock.sleep(pause)

    def _pause(self, now: Millis) -> Millis:
        if now < self._not_before:
            return self._not_before - now
        spent = self._minute == now // MINUTE and self._used >= self._most
        return (now // MINUTE + 1) * MINUTE - now if spent else 0
