"""The narrator: what a person wants to read of what the lane does, as log events.

It reads an outlet, so a slow log costs it messages and never the lane; what it missed it says. Bars are for debugging;
instead one line in a while sums them up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import anyio
import msgspec
import structlog

from finantrade.domain.account import EntriesAllowed, EntriesBlocked, Equity, FundingPaid, StateChanged, StrategyFaulted
from finantrade.domain.codec import COMMANDS
from finantrade.domain.commands import InputSkipped
from finantrade.domain.market import (
    BarArrived,
    BarRevised,
    ClockStepped,
    FeedEnded,
    FeedGap,
    FeedRestored,
    FeedStale,
)
from finantrade.domain.message import Input, Message
from finantrade.domain.orders import (
    Amend,
    Cancel,
    Cancelled,
    Expired,
    Fill,
    Liquidated,
    Order,
    Refusal,
    Rejection,
    Signal,
)
from finantrade.domain.units import iso
from finantrade.edges.events import Event
from finantrade.runtime.channel import Channel
from finantrade.runtime.live import LiveRunner, Published
from finantrade.runtime.status import Condition

PROGRESS_EVERY_S = 30.0
BATCH = 32
"""Few at a time: a line costs some tens of microseconds of the loop that the lane shares."""
WATCH_S = 0.25

TOLD: dict[type[Message], tuple[int, Event]] = {
    BarArrived: (logging.DEBUG, Event.BAR),
    BarRevised: (logging.WARNING, Event.BAR_REVISED),
    FeedGap: (logging.WARNING, Event.FEED_GAP),
    FeedStale: (logging.WARNING, Event.FEED_STALE),
    FeedRestored: (logging.INFO, Event.FEED_RESTORED),
    FeedEnded: (logging.INFO, Event.FEED_ENDED),
    ClockStepped: (logging.WARNING, Event.CLOCK_STEPPED),
    InputSkipped: (logging.WARNING, Event.INPUT_SKIPPED),
    **dict.fromkeys(COMMANDS, (logging.INFO, Event.COMMAND)),
    Signal: (logging.DEBUG, Event.SIGNAL),
    Order: (logging.DEBUG, Event.ORDER),
    Amend: (logging.DEBUG, Event.AMEND),
    Cancel: (logging.DEBUG, Event.CANCEL),
    Refusal: (logging.INFO, Event.REFUSAL),
    Fill: (logging.INFO, Event.FILL),
    Rejection: (logging.WARNING, Event.REJECTION),
    Cancelled: (logging.INFO, Event.CANCELLED),
    Expired: (logging.INFO, Event.EXPIRED),
    Liquidated: (logging.WARNING, Event.LIQUIDATED),
    FundingPaid: (logging.INFO, Event.FUNDING_PAID),
    StateChanged: (logging.INFO, Event.STATE_CHANGED),
    EntriesBlocked: (logging.WARNING, Event.ENTRIES_BLOCKED),
    EntriesAllowed: (logging.INFO, Event.ENTRIES_ALLOWED),
    StrategyFaulted: (logging.ERROR, Event.STRATEGY_FAULTED),
}
"""How loud each message is told, and as what. What is not here is told by its consequences."""

GRAVE = frozenset({Condition.QUARANTINED, Condition.JOURNAL_UNWRITABLE})
_TIMES = frozenset({"time", "start", "end", "since", "open_time", "close_time"})

LOGGER = "finantrade.lane"
log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(LOGGER)


async def narrate(outlet: Channel[Published], every_s: float = PROGRESS_EVERY_S) -> None:
    """Tell what comes out of ``outlet`` until it is closed, and sum up every ``every_s`` seconds of wall time."""
    narration = Narration(outlet)
    due = time.monotonic() + every_s
    try:
        while True:
            with anyio.move_on_after(due - time.monotonic()):
                for published in await outlet.receive_batch(BATCH):
                    narration.tell(published)
            if time.monotonic() >= due:
                narration.sum_up()
                due = time.monotonic() + every_s
    except anyio.EndOfStream:
        narration.sum_up()


async def narrate_condition(runner: LiveRunner, stopping: anyio.Event) -> None:
    """Tell when the daemon itself changes for better or worse, which no message says: a full disk, for one."""
    told: Condition | None = None
    while not stopping.is_set():
        condition = runner.condition
        if condition is not told:
            loud = logging.ERROR if condition in GRAVE else logging.INFO
            log.log(loud, Event.CONDITION_CHANGED, condition=condition.value, detail=runner.detail)
            told = condition
        with anyio.move_on_after(WATCH_S):
            await stopping.wait()


class Narration:
    """What has been told of one outlet, and what has been seen since the last summary."""

    def __init__(self, outlet: Channel[Published], clock: Callable[[], float] = time.monotonic) -> None:
        self._outlet = outlet
        self._clock = clock
        self._since = clock()
        self._bars = 0
        self._missed = 0
        self._last: Input | None = None
        self._equity: float | None = None

    def tell(self, published: Published) -> None:
        """Log one input, and what it caused."""
        entry = published.entry
        self._last = entry
        self._bars += type(entry.message) is BarArrived
        self._tell(entry, entry.message)
        for message in published.said:
            if type(message) is Equity:
                self._equity = message.equity
            elif message is not entry.message:
                self._tell(entry, message)

    def sum_up(self) -> None:
        """Log what has gone by since the last time, and what was missed."""
        now, missed = self._clock(), self._outlet.stats().dropped
        if missed > self._missed:
            log.warning(Event.EVENTS_DROPPED, channel=self._outlet.name, messages=missed - self._missed)
        if self._last is not None:
            log.info(
                Event.PROGRESS,
                seq=self._last.seq,
                at=iso(self._last.at),
                bars=self._bars,
                bars_per_s=round(self._bars / max(now - self._since, 1e-9), 1),
                equity=self._equity,
            )
        self._since, self._missed, self._bars, self._last = now, missed, 0, None

    def _tell(self, entry: Input, message: Message) -> None:
        told = TOLD.get(type(message))
        if told and logging.getLogger(LOGGER).isEnabledFor(told[0]):
            log.log(*told, seq=entry.seq, at=iso(entry.at), **facts_of(message))


def facts_of(message: Message) -> dict[str, Any]:
    """Return a message's fields for a log line: decimals as text, times as people write them, commands by name."""
    fields: dict[str, Any] = msgspec.to_builtins(message)
    kind = fields.pop("type")
    if "bar" in fields:
        fields |= fields.pop("bar")
    for name in _TIMES & fields.keys():
        fields[name] = iso(fields[name])
    return {"action": kind.lower(), **fields} if type(message) in COMMANDS else fields
