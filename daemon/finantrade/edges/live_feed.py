"""The live feed: wires to a venue, held open, watched and mended, and behind them one entrance to the lane.

1. Symbols are spread over connections. One that is cut, or on which nothing comes for ``silence_ms``, is opened again
   after a pause that grows; its symbols are lost until what they may have missed has been fetched.
2. What a tape wants is fetched over REST, of ``FETCHES`` symbols at a time. A bar that has only just closed is read
   until two reads agree. Nothing of a symbol enters the lane before it: the tape holds back what comes meanwhile.
3. What the entrance lets out enters the lane in the order in which it gave it. A full inbox makes the wires wait.

All times and pauses are the venue's, so a simulated venue that runs fast is watched as closely as a real one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import anyio
import anyio.lowlevel
import structlog

from finantrade.config import TriggerPrices
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.edges.events import Event
from finantrade.edges.line import Line, Opening
from finantrade.edges.market_data import MarketData, Unavailable
from finantrade.market.entrance import Entrance
from finantrade.market.openings import Openings
from finantrade.market.pulses import Pulses
from finantrade.market.tape import Span, Tape
from finantrade.market.triggers import Triggers
from finantrade.runtime.clock import VenueClock

SYMBOLS_A_WIRE = 50
"""With four streams each their names still fit into the 8 kB of an address that servers take."""
FETCHES = 8
"""Symbols whose bars are fetched at a time; the venue's budget is kept to by whoever asks it."""
LOOK_EVERY_MS = 250
YOUNG_MS = 60_000
"""A bar that closed less long ago may still be corrected: it is read until two reads agree."""
READS = 5

Put = Callable[[Message], Awaitable[None]]

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what may take, in the venue's milliseconds; ``barrier_ms`` is the boundary's deadline."""

    silence_ms: Millis = 10_000
    flag_ms: Millis = 500
    grace_ms: Millis = 10_000
    absent_ms: Millis = 60_000
    barrier_ms: Millis = 2_000

    @classmethod
    def at(cls, rate: float, stale_after_s: float, barrier_ms: Millis) -> Patience:
        """Return what is fair towards a venue that runs ``rate`` times as fast: lines and machines do not."""

        def least(venue_ms: float, wall_ms: float) -> Millis:
            return round(max(venue_ms, wall_ms * rate))

        stale_ms = stale_after_s * 1000
        return cls(
            silence_ms=least(stale_ms, 2_000),
            flag_ms=least(500, 100),
            grace_ms=least(stale_ms, 500),
            absent_ms=least(60_000, 2_000),
            barrier_ms=barrier_ms,
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """What a feed takes in beside closed bars: kinds of context facts, and prices on which waiting orders are judged.

    ``waits`` says whether anything of a symbol waits for a price. ``quotes`` opens the wires of best bids and asks,
    which the venue tells apart from all else. What was missed is fetched once ``first`` has returned.
    """

    kinds: frozenset[type[Message]] = frozenset()
    trigger: TriggerPrices = TriggerPrices.NONE
    trigger_ms: Millis = 1_000
    waits: Callable[[str], bool] = lambda _: False
    quotes: Opening | None = None
    first: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint


NOTHING_BESIDE = Beside()


class LiveFeed:
    """Follows symbols from the bars after ``newest`` on, by symbol the open time of the last one the lane has.

    ``chance`` gives numbers from 0 to 1, to spread what many would do at once.
    """

    def __init__(
        self,
        venue: MarketData,
        clock: VenueClock,
        put: Put,
        newest: Mapping[str, Millis],
        timeframe: Millis,
        patience: Patience,
        chance: Callable[[], float],
        beside: Beside = NOTHING_BESIDE,
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._put = put
        self._patience, self._timeframe = patience, timeframe
        self._chance = chance
        self._tapes = {
            symbol: Tape(
                symbol,
                timeframe,
                newest[symbol],
                flag_ms=patience.flag_ms,
                grace_ms=patience.grace_ms,
                patience_ms=patience.absent_ms,
            )
            for symbol in sorted(newest)
        }
        self.entrance = Entrance(
            self._tapes,
            Openings(self._tapes, timeframe, patience.barrier_ms),
            Triggers(timeframe, beside.trigger_ms, beside.waits),
            beside.trigger,
            beside.kinds,
            patience.barrier_ms,
        )
        # Not held by anybody, it is taken at once: a round of the loop for each frame would be most of its cost.
        self._turns = anyio.Lock(fast_acquire=True)
        self._fetching, self._first = set[str](), beside.first
        self.lines = self._lines(venue.connect, watched=True)
        self.quotes = self._lines(beside.quotes, watched=False) if beside.quotes else []

    @property
    def reconnects(self) -> int:
        """How often a connection broke, or could not be made."""
        return sum(line.reconnects for line in (*self.lines, *self.quotes))

    @property
    def repeated(self) -> int:
        """Bars that came again, and were dropped."""
        return sum(tape.repeated for tape in self._tapes.values())

    async def run(self) -> None:
        """Work until cancelled, or until the lane takes no more."""
        self._lose(self._tapes)
        async with anyio.create_task_group() as tasks:
            for line in self.lines:
                tasks.start_soon(line.hold, lambda line=line: self._lose(line.symbols))
            for line in self.quotes:
                # What is lost with one is told again by the next quote.
                tasks.start_soon(line.hold, lambda: None)
            tasks.start_soon(self._mend)
            tasks.start_soon(self._watch)

    def _lines(self, opening: Opening, *, watched: bool) -> list[Line]:
        """Share the symbols out; best bids and asks are not watched: they come when they change, however seldom."""
        symbols, silence_ms = list(self._tapes), self._patience.silence_ms
        closes_ms = self._timeframe + self._patience.flag_ms + silence_ms
        lines: list[Line] = []
        for start in range(0, len(symbols), SYMBOLS_A_WIRE):
            share = symbols[start : start + SYMBOLS_A_WIRE]
            pulses = Pulses(share if watched else (), closes_ms, silence_ms)
            lines.append(Line(share, opening, self._take, pulses, self._clock, silence_ms, self._chance))
        return lines

    def _lose(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            self._tapes[symbol].lost(self._clock.now())

    async def _take(self, facts: Sequence[Message]) -> None:
        async with self._turns:
            for fact in facts:
                await self._enter(self.entrance.take(fact, self._clock.now()))

    async def _mend(self) -> None:
        """Fetch what the tapes want, again and again."""
        await self._first()
        limit = anyio.Semaphore(FETCHES)
        async with anyio.create_task_group() as tasks:
            while True:
                for symbol in [one for line in self.lines if line.stands for one in line.symbols]:
                    if symbol not in self._fetching and self._tapes[symbol].wanted(self._clock.now()) is not None:
                        await limit.acquire()
                        self._fetching.add(symbol)
                        tasks.start_soon(self._fetch, symbol, limit)
                await self._clock.sleep(LOOK_EVERY_MS)

    async def _fetch(self, symbol: str, limit: anyio.Semaphore) -> None:
        try:
            # It may have waited for its turn: what is wanted is what is wanted now.
            span = self._tapes[symbol].wanted(self._clock.now())
            if span is not None:
                await self._fill(symbol, span)
        finally:
            self._fetching.discard(symbol)
            limit.release()

    async def _fill(self, symbol: str, span: Span) -> None:
        try:
            bars = await self._settled(symbol, span)
        except Unavailable as error:
            log.warning(Event.FETCH_FAILED, symbol=symbol, start=span.start, end=span.end, error=str(error))
            return
        async with self._turns:
            await self._enter(self.entrance.filled(symbol, bars, span, self._clock.now()))

    async def _settled(self, symbol: str, span: Span) -> Sequence[Bar]:
        if span.end < span.start:
            return ()
        bars = await self._venue.bars(symbol, span.start, span.end)
        for _ in range(READS):
            if not bars or self._clock.now() - bars[-1].close_time > YOUNG_MS:
                return bars
            again = await self._venue.bars(symbol, bars[-1].open_time, span.end)
            if again and again[0] == bars[-1]:
                return bars
            bars = [*bars[:-1], *again]
        raise Unavailable(
            f"expected the newest bar of {symbol} to settle, found another value in each of {READS} reads"
        )

    async def _watch(self) -> None:
        """Let the tapes notice that time passes."""
        while True:
            async with self._turns:
                await self._enter(self.entrance.tick(self._clock.now()))
            await self._clock.sleep(LOOK_EVERY_MS)

    async def _enter(self, messages: Iterable[Message]) -> None:
        # One at a time: what was let out has to enter the lane before anybody asks again.
        for message in messages:
            await self._put(message)
