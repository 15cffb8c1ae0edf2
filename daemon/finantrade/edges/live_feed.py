"""The live feed: wires to a venue, held open, watched and mended, and behind them one tape a symbol.

1. Symbols are spread over connections. One that is cut, or on which nothing comes for ``silence_ms``, is opened again
   after a pause that grows; its symbols are lost until what they may have missed has been fetched.
2. What a tape wants is fetched over REST, the symbols in turn. A bar that has only just closed is read until two reads
   agree. Nothing enters the lane before it: the tape holds back what comes meanwhile.
3. What the tapes let out enters the lane in the order in which they gave it, but for openings, which wait for the
   closes before them. A full inbox makes the wires wait.

All times and pauses are the venue's, so a simulated venue that runs fast is watched as closely as a real one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import anyio
import structlog

from finantrade.domain.market import Bar, BarArrived, BarForming
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.edges.events import Event
from finantrade.edges.market_data import MarketData, Unavailable, Wire
from finantrade.market.openings import Openings
from finantrade.market.tape import Span, Tape
from finantrade.runtime.clock import VenueClock

SYMBOLS_A_WIRE = 100
FIRST_PAUSE_MS = 500
LONGEST_PAUSE_MS = 60_000
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
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._put = put
        self._patience = patience
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
        self._openings = Openings(self._tapes, timeframe, patience.barrier_ms)
        self._turns = anyio.Lock()
        self._attached: set[str] = set()
        self.reconnects = 0

    @property
    def repeated(self) -> int:
        """Bars that came again, and were dropped."""
        return sum(tape.repeated for tape in self._tapes.values())

    async def run(self) -> None:
        """Work until cancelled, or until the lane takes no more."""
        now = self._clock.now()
        for tape in self._tapes.values():
            tape.lost(now)
        symbols = list(self._tapes)
        async with anyio.create_task_group() as tasks:
            for start in range(0, len(symbols), SYMBOLS_A_WIRE):
                tasks.start_soon(self._hold, symbols[start : start + SYMBOLS_A_WIRE])
            tasks.start_soon(self._mend)
            tasks.start_soon(self._watch)

    async def _hold(self, symbols: Sequence[str]) -> None:
        """Keep one connection open."""
        pause = FIRST_PAUSE_MS
        while True:
            try:
                async with self._venue.connect(symbols) as wire:
                    log.info(Event.WIRE_OPEN, symbols=len(symbols))
                    self._attached.update(symbols)
                    pause = FIRST_PAUSE_MS
                    await self._listen(wire)
            except Unavailable as error:
                log.warning(Event.WIRE_LOST, symbols=len(symbols), error=str(error), pause_ms=pause)
            self.reconnects += 1
            self._attached.difference_update(symbols)
            for symbol in symbols:
                self._tapes[symbol].lost(self._clock.now())
            # Half of the pause is chance: a venue that comes back is not to be run over by all at once.
            await self._clock.sleep(pause * (0.5 + self._chance() / 2))
            pause = min(pause * 2, LONGEST_PAUSE_MS)

    async def _listen(self, wire: Wire) -> None:
        while True:
            facts: Sequence[Message] = ()
            with self._clock.move_on_after(self._patience.silence_ms) as scope:
                facts = await wire.facts()
            if scope.cancelled_caught:
                raise Unavailable(f"expected a frame within {self._patience.silence_ms} ms, found silence")
            for fact in facts:
                await self._take(fact)

    async def _take(self, fact: Message) -> None:
        if isinstance(fact, BarArrived | BarForming) and fact.bar.symbol in self._tapes:
            bar, closed = fact.bar, isinstance(fact, BarArrived)
            await self._turn(bar.symbol, lambda tape, now: _told(tape, bar, now, closed=closed))

    async def _mend(self) -> None:
        """Fetch what the tapes want, again and again."""
        while True:
            for symbol, tape in self._tapes.items():
                if symbol in self._attached and (span := tape.wanted(self._clock.now())) is not None:
                    await self._fetch(symbol, span)
            await self._clock.sleep(LOOK_EVERY_MS)

    async def _fetch(self, symbol: str, span: Span) -> None:
        try:
            bars = await self._settled(symbol, span)
        except Unavailable as error:
            log.warning(Event.FETCH_FAILED, symbol=symbol, start=span.start, end=span.end, error=str(error))
            return
        await self._turn(symbol, lambda tape, now: tape.filled(bars, span, now))

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
            for symbol in self._tapes:
                await self._turn(symbol, lambda tape, now: tape.tick(now))
            await self._clock.sleep(LOOK_EVERY_MS)

    async def _turn(self, symbol: str, what: Callable[[Tape, Millis], Iterable[Message]]) -> None:
        # One at a time: what was let out has to enter the lane before anybody asks again.
        async with self._turns:
            now = self._clock.now()
            for given in what(self._tapes[symbol], now):
                for message in self._openings.take(given, now):
                    await self._put(message)
            for message in self._openings.tick(now):
                await self._put(message)


def _told(tape: Tape, bar: Bar, now: Millis, *, closed: bool) -> list[Message]:
    return tape.closed(bar, now) if closed else tape.opened(bar.open_time, bar.open, now)
