"""One connection to a venue, held open: opened again after a pause that grows.

It is given up when nothing comes on it, and when one of its streams has fallen silent while others go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import structlog

from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.edges.events import Event
from finantrade.edges.market_data import Unavailable, Wire
from finantrade.market.pulses import Pulses
from finantrade.runtime.clock import VenueClock

FIRST_PAUSE_MS = 500
LONGEST_PAUSE_MS = 60_000
LOOKS = 10
"""How often in the time that a connection may be silent its streams are looked at."""

Opening = Callable[[Sequence[str]], AbstractAsyncContextManager[Wire]]
Take = Callable[[Sequence[Message]], Awaitable[None]]

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


class Line:
    """A connection for some symbols, whose frames ``take`` gets. ``chance`` spreads what many would do at once.

    ``pulses`` are the streams on it that have to tell something now and then.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        opening: Opening,
        take: Take,
        pulses: Pulses,
        clock: VenueClock,
        silence_ms: Millis,
        chance: Callable[[], float],
    ) -> None:
        self.symbols = symbols
        self.reconnects = 0
        self.stands = False
        self._opening = opening
        self._take = take
        self._pulses = pulses
        self._clock = clock
        self._silence_ms = silence_ms
        self._chance = chance
        self._looked: Millis = 0

    async def hold(self, lost: Callable[[], None]) -> None:
        """Keep it open until cancelled; ``lost`` is called whenever it has broken, or could not be made."""
        pause = FIRST_PAUSE_MS
        while True:
            try:
                async with self._opening(self.symbols) as wire:
                    log.info(Event.WIRE_OPEN, symbols=len(self.symbols))
                    self.stands = True
                    pause = FIRST_PAUSE_MS
                    await self._listen(wire)
            except Unavailable as error:
                log.warning(Event.WIRE_LOST, symbols=len(self.symbols), error=str(error), pause_ms=pause)
            self.reconnects += 1
            self.stands = False
            lost()
            # Half of the pause is chance: a venue that comes back is not to be run over by all at once.
            await self._clock.sleep(pause * (0.5 + self._chance() / 2))
            pause = min(pause * 2, LONGEST_PAUSE_MS)

    async def _listen(self, wire: Wire) -> None:
        self._pulses.opened(self._clock.now())
        while True:
            facts: Sequence[Message] = ()
            with self._clock.move_on_after(self._silence_ms) as scope:
                facts = await wire.facts()
            if scope.cancelled_caught:
                raise Unavailable(f"expected a frame within {self._silence_ms} ms, found silence")
            await self._take(facts)
            self._feel(facts)

    def _feel(self, facts: Sequence[Message]) -> None:
        now = self._clock.now()
        for fact in facts:
            self._pulses.hear(fact, now)
        if abs(now - self._looked) < self._silence_ms / LOOKS:
            return
        self._looked = now
        silent = self._pulses.silent(now)
        if silent is not None:
            symbol, pulse, patience_ms = silent
            raise Unavailable(f"expected {pulse} of {symbol} within {patience_ms} ms, found silence")
