"""The past comes from the local store as far as that has it, and only the rest from the venue.

Asked for bars, the store gives those from the first on, up to the first that it lacks; the venue is asked for what is
left. Of what closed less than ``SETTLED_MS`` ago only the venue is asked: it may still correct itself. A store that is
broken is said to be, and then it is as if it were empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import anyio.to_thread
import structlog

from finantrade.domain.market import Bar
from finantrade.domain.units import HOUR, Millis, iso
from finantrade.edges.events import Event
from finantrade.edges.market_data import MarketData, Wire
from finantrade.market.candles import Candles
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.past import StoredPast

SETTLED_MS = HOUR

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.store")


class StoredFirst:
    """A venue with its stored past; ``now`` is the venue's time. ``taken`` counts the bars that the store gave."""

    def __init__(self, venue: MarketData, past: StoredPast, now: Callable[[], Millis]) -> None:
        self.taken = 0
        self._venue = venue
        self._past = past
        self._now = now

    async def server_time(self) -> Millis:
        """Return the venue's time. Raises Unavailable."""
        return await self._venue.server_time()

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        """Return closed bars, the stored ones first, as the venue alone would give them. Raises Unavailable."""
        stored = await self._stored(symbol, start, end)
        begin = stored[-1].open_time + self._past.timeframe if stored else start
        return [*stored, *await self._venue.bars(symbol, begin, end)] if begin <= end else stored

    def connect(self, symbols: Sequence[str]) -> AbstractAsyncContextManager[Wire]:
        """Open a connection to the venue. Raises Unavailable when it is entered."""
        return self._venue.connect(symbols)

    async def _stored(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        last = min(end, self._now() - SETTLED_MS - self._past.timeframe)
        if last < start:
            return ()
        try:
            bars = await anyio.to_thread.run_sync(self._past.leading, symbol, start, last)
        except (StoreError, OSError) as error:
            log.warning(Event.STORE_UNREADABLE, symbol=symbol, error=str(error))
            return ()
        if bars:
            self.taken += len(bars)
            log.info(Event.STORED_BARS, symbol=symbol, bars=len(bars), start=iso(start), end=iso(bars[-1].open_time))
        return bars


class StoredCandles(Mapping[str, Candles]):
    """All stored candles of some symbols, each read when it is asked for; what cannot be read is said and not there."""

    def __init__(self, past: StoredPast, symbols: Sequence[str]) -> None:
        self._past = past
        self._symbols = symbols

    def __getitem__(self, symbol: str) -> Candles:
        try:
            return self._past.candles(symbol)
        except NotStored:
            raise KeyError(symbol) from None
        except (StoreError, OSError) as error:
            log.warning(Event.STORE_UNREADABLE, symbol=symbol, error=str(error))
            raise KeyError(symbol) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._symbols)

    def __len__(self) -> int:
        return len(self._symbols)
