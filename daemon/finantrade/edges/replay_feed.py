"""The replay feed: recorded facts, put into the inbox at the pace of a clock."""

from __future__ import annotations

from collections.abc import Iterable

from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.runtime.clock import Clock
from finantrade.runtime.live import LaneStopped, LiveRunner


async def replay_feed(facts: Iterable[tuple[Millis, Message]], clock: Clock, runner: LiveRunner) -> None:
    """Put every fact in when its time has come; end with the data, or with the lane."""
    for at, message in facts:
        await clock.until(at)
        try:
            await runner.put(message, at)
        except LaneStopped:
            return
