"""The simulated exchange without sockets: its own answers and frames, spoilt by its own faults, given in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio

from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, Millis
from finantrade.edges.market_data import Budget, Page, Unavailable
from finantrade.market.context_tape import PERIOD, Key, Polled
from finantrade.runtime.channel import Channel, Overflow
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.connection import Text
from finantrade.simulator.desk import SWITCHED, Desk
from finantrade.simulator.faults.fault import Fault
from finantrade.simulator.venue import Venue
from finantrade.wire import derivatives, klines, rules, sentiment
from finantrade.wire.errors import WireError
from finantrade.wire.frames import facts_of
from finantrade.wire.payloads import parsed
from finantrade.wire.subscriptions import Stream, stream_of

FRAMES = 10_000
LINE_MS = 40
"""What a request and its answer spend on the way."""
PAGE = 1_000
STATISTICS_PAGE = 500 * PERIOD


class MemoryWire:
    """One connection: frames as bytes, decoded as a real one does."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = {stream.name: stream for stream in streams}
        self.frames: Channel[bytes] = Channel("wire", FRAMES, Overflow.DROP_NEWEST)

    async def facts(self) -> Sequence[Message]:
        try:
            return facts_of(await self.frames.receive())
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            raise Unavailable("expected a frame, found the line cut") from None
        except WireError as error:
            raise Unavailable(str(error)) from None


class MemoryVenue:
    """A venue of one-minute bars whose time is a clock's."""

    def __init__(
        self, venue: Venue, clock: VenueClock, faults: Sequence[Fault] = (), streams: Sequence[str] = ("kline_1m",)
    ) -> None:
        self.asked = 0
        self._clock = clock
        self._streams = streams
        self._desk = Desk(venue, faults, clock.now())
        self._wires: dict[MemoryWire, None] = {}
        self._listens = True

    async def play(self) -> None:
        """Play until cancelled."""
        while True:
            await self._clock.until(self._desk.due)
            self._listens = self._desk.listens()
            if not self._listens or self._desk.hangs_up():
                for wire in self._wires:
                    wire.frames.close()
            wanted = {name: stream for wire in self._wires for name, stream in wire.streams.items()}
            for frame in self._desk.turn(wanted.values()):
                text = Text(frame)
                for wire in [one for one in self._wires if text.stream in one.streams]:
                    wire.frames.offer(text.futures)

    async def server_time(self) -> Millis:
        return rules.server_time_of(await self._ask("/fapi/v1/time", {}))

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        found: list[Bar] = []
        while start <= end:
            asked = {"symbol": symbol, "interval": "1m", "startTime": str(start), "limit": str(PAGE)}
            try:
                page = klines.bars_of(await self._ask("/fapi/v1/klines", asked), symbol, self._clock.now())
            except WireError as error:
                raise Unavailable(str(error)) from None
            found += [bar for bar in page if bar.open_time <= end]
            if len(page) < PAGE - 1:
                break
            start = page[-1].open_time + MINUTE
        return found

    async def page(self, key: Key, start: Millis, end: Millis) -> Page:
        """Give settlements, open interest and sentiment."""
        self.asked += 1
        span = {"symbol": key.symbol, "startTime": str(start), "endTime": str(end), "limit": "500"}
        try:
            if key.series is Polled.FUNDING:
                return Page(derivatives.funding_of(await self._ask("/fapi/v1/fundingRate", span)), end)
            if key.series is Polled.SENTIMENT:
                return Page(sentiment.sentiment_of(await self._ask("/fng/", {"limit": "40"})), end)
            until = min(end, start + STATISTICS_PAGE - PERIOD)
            asked = span | {"endTime": str(until), "period": "5m"}
            return Page(derivatives.past_interest_of(await self._ask("/futures/data/openInterestHist", asked)), until)
        except WireError as error:
            raise Unavailable(str(error)) from None

    def budget(self) -> Budget:
        """Nothing that is asked for here weighs anything."""
        return Budget(0, 0, 0, 0.0)

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncGenerator[MemoryWire]:
        await self._clock.sleep(LINE_MS)
        answer = self._desk.answer("/stream", {}, self._clock.now(), switches=True)
        await self._clock.sleep(answer.delay_ms)
        if answer.status != SWITCHED or answer.hangs_up or not self._listens:
            raise Unavailable("expected a connection, found it refused")
        names = [f"{symbol.lower()}@{stream}" for symbol in symbols for stream in self._streams]
        wire = MemoryWire([stream_of(name) for name in names])
        self._wires[wire] = None
        try:
            yield wire
        finally:
            del self._wires[wire]
            wire.frames.drain()

    async def _ask(self, path: str, query: dict[str, str]) -> object:
        await self._clock.sleep(LINE_MS / 2)
        answer = self._desk.answer(path, query, self._clock.now())
        await self._clock.sleep(answer.delay_ms + LINE_MS / 2)
        if answer.hangs_up or not self._listens:
            raise Unavailable("expected an answer, found the line cut")
        if answer.status != 200:
            raise Unavailable(f"expected an answer, found status {answer.status}")
        try:
            return parsed(answer.body, "an answer")
        except WireError as error:
            raise Unavailable(str(error)) from None
