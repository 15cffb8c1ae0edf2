"""The feed of what no stream tells: settled funding, open interest, ratios, premium, sentiment, asked for when due.

1. A tape a series says what is to be asked and what of the answer is new. Each page is put into the lane as it comes.
2. Statistics have a limit of their own at the venue, so they have a row of their own here: whoever waits for that
   limit does not keep settlements waiting.
3. A request that fails is tried again after a pause that grows; the feed of bars never waits for it. At the beginning
   it is given a while to bring what was missed, so that it is in the lane before the bars that it belongs to.

All times and pauses are the venue's. Whoever joins these facts with bars goes by when each became available.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio
import structlog

from finantrade.domain.context import FundingEstimate
from finantrade.domain.message import Message
from finantrade.domain.units import SECOND, Millis, iso
from finantrade.edges.events import Event
from finantrade.edges.market_data import ContextData, Unavailable
from finantrade.market.context_tape import STATISTICS, ContextTape, Key, Polled
from finantrade.market.tape import Span
from finantrade.runtime.clock import VenueClock

REQUESTS = 4
"""Series of a row that are asked for at a time."""
LOOK_EVERY_MS = 1 * SECOND
LOOK_EVERY_WALL_S = 0.1

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


class ContextFeed:
    """Follows series from after ``newest`` on, by series the time of the last fact that the lane has."""

    def __init__(
        self,
        venue: ContextData,
        clock: VenueClock,
        put: Callable[[Message], Awaitable[None]],
        newest: Mapping[Key, Millis],
        timeframe: Millis,
    ) -> None:
        self.caught_up = anyio.Event()
        """Every series has been asked for once."""
        self.told = 0
        self.failures = 0
        self.holes = 0
        self._venue = venue
        self._clock = clock
        self._put = put
        self._tapes = {key: ContextTape(key, time, timeframe) for key, time in newest.items()}
        self._unasked = set(self._tapes)
        self._asking: set[Key] = set()

    def note(self, estimate: FundingEstimate) -> None:
        """Take in when the next settlement will be."""
        tape = self._tapes.get(Key(Polled.FUNDING, estimate.symbol))
        if tape is not None:
            tape.settles(estimate.settles_at)

    async def run(self) -> None:
        """Work until cancelled, or until the lane takes no more."""
        statistics = [tape for key, tape in self._tapes.items() if key.series in STATISTICS]
        others = [tape for key, tape in self._tapes.items() if key.series not in STATISTICS]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._follow, statistics)
            tasks.start_soon(self._follow, others)

    async def _follow(self, tapes: Sequence[ContextTape]) -> None:
        limit = anyio.Semaphore(REQUESTS)
        async with anyio.create_task_group() as tasks:
            while True:
                for tape in tapes:
                    span = None if tape.key in self._asking else tape.wanted(self._clock.now())
                    if span is not None:
                        await limit.acquire()
                        self._asking.add(tape.key)
                        tasks.start_soon(self._ask, tape, span, limit)
                await self._clock.sleep(max(LOOK_EVERY_MS, LOOK_EVERY_WALL_S * 1000 * self._clock.rate))

    async def _ask(self, tape: ContextTape, span: Span, limit: anyio.Semaphore) -> None:
        trouble = ""
        try:
            await self._fetch(tape, span)
        except Unavailable as error:
            trouble = str(error)
        finally:
            limit.release()
            self._asking.discard(tape.key)
        pause = tape.asked(self._clock.now() if trouble else span.end, answered=not trouble)
        if trouble:
            self.failures += 1
            key = tape.key
            log.warning(Event.POLL_FAILED, series=key.series, symbol=key.symbol, error=trouble, pause_ms=pause)
        self._unasked.discard(tape.key)
        if not self._unasked:
            self.caught_up.set()

    async def _fetch(self, tape: ContextTape, span: Span) -> None:
        """Fetch page by page; what came is in the lane, whatever becomes of the next page."""
        start = span.start
        while start <= span.end:
            page = await self._venue.page(tape.key, start, span.end)
            new = tape.filled(page.facts)
            self._report(tape)
            for fact in new:
                await self._put(fact)
            self.told += len(new)
            start = page.until + 1

    def _report(self, tape: ContextTape) -> None:
        for hole in tape.holes:
            self.holes += 1
            start, end = iso(hole.start), iso(hole.end)
            log.warning(Event.CONTEXT_HOLE, series=tape.key.series, symbol=tape.key.symbol, start=start, end=end)
        tape.holes.clear()
