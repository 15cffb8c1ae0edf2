"""The simulated exchange without sockets: its own answers and frames, spoilt by its own faults, given in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio

from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, Millis
from finantrade.edges.market_data import Unavailable
from finantrade.runtime.channel import Channel, Overflow
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.answers import Asked
from finantrade.simulator.connection import Text
from finantrade.simulator.faults.fault import Fault
from finantrade.simulator.player import Player
from finantrade.simulator.rest import Rest
from finantrade.simulator.venue import Venue
from finantrade.wire import klines, rules
from finantrade.wire.errors import WireError
from finantrade.wire.frames import facts_of
from finantrade.wire.payloads import parsed
from finantrade.wire.subscriptions import Stream, stream_of

FRAMES = 10_000
LINE_MS = 40
"""What a request and its answer spend on the way."""
PAGE = 1_000


class MemoryWire:
    """One connection: frames as bytes, decoded as a real one does."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = streams
        self.frames: Channel[bytes] = Channel("wire", FRAMES, Overflow.DROP_NEWEST)

    async def facts(self) -> Sequence[Message]:
        try:
            return facts_of(await self.frames.receive())
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            raise Unavailable("expected a frame, found the line cut") from None
        except WireError as error:
            raise Unavailable(str(error)) from None


class MemoryVenue:
    """A venue whose time is a clock's."""

    def __init__(self, venue: Venue, clock: VenueClock, faults: Sequence[Fault] = ()) -> None:
        self.requests = 0
        self._venue = venue
        self._clock = clock
        self._faults = faults
        self._rest = Rest(venue, lambda symbol, bar: all(fault.keeps(symbol, bar) for fault in faults))
        self._player = Player(venue, faults, clock.now())
        self._wires: dict[MemoryWire, None] = {}
        self._listens = True

    async def play(self) -> None:
        """Play until cancelled."""
        while True:
            await self._clock.until(self._player.due)
            moment = self._player.moment(self._player.due)
            self._listens = all(fault.listens(moment) for fault in self._faults)
            if not self._listens or any(fault.hangs_up(moment) for fault in self._faults):
                for wire in self._wires:
                    wire.frames.close()
            wanted = {stream.name: stream for wire in self._wires for stream in wire.streams}
            for frame in self._player.turn(wanted.values()):
                text = Text(frame)
                for wire in [one for one in self._wires if frame.stream in one.streams]:
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

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncIterator[MemoryWire]:
        await self._clock.sleep(LINE_MS)
        if not self._listens:
            raise Unavailable("expected a connection, found it refused")
        wire = MemoryWire([stream_of(f"{symbol.lower()}@kline_1m") for symbol in symbols])
        self._wires[wire] = None
        try:
            yield wire
        finally:
            del self._wires[wire]
            wire.frames.drain()

    async def _ask(self, path: str, query: dict[str, str]) -> object:
        await self._clock.sleep(LINE_MS / 2)
        asked = Asked(self.requests, path, query, self._clock.now())
        self.requests += 1
        answer = self._rest.answer(asked)
        for fault in self._faults:
            answer = fault.answer(asked, answer)
        await self._clock.sleep(answer.delay_ms + LINE_MS / 2)
        if answer.hangs_up or not self._listens:
            raise Unavailable("expected an answer, found the line cut")
        if answer.status != 200:
            raise Unavailable(f"expected an answer, found status {answer.status}")
        try:
            return parsed(answer.body, "an answer")
        except WireError as error:
            raise Unavailable(str(error)) from None
