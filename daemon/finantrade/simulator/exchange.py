"""The server: REST and websockets of a simulated exchange on one port, in a task group of its own.

1. A loop plays the venue: at each moment faults may close the port or cut lines, then the streams that anybody has
   subscribed to are told.
2. Every request gets its answer from ``Desk``, where everything that decides is; here is what has to do with sockets.
3. Everything is counted, for the status line and for tests.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio
from aiohttp import web

from finantrade.domain.units import Millis
from finantrade.simulator.answers import Answer
from finantrade.simulator.clocks import ExchangeClock, SteppedClock
from finantrade.simulator.connection import Connection, Counts, Text, Unserved
from finantrade.simulator.desk import SWITCHED, Desk
from finantrade.simulator.faults.fault import Fault
from finantrade.simulator.venue import Venue
from finantrade.wire.addresses import Addresses, simulated_at
from finantrade.wire.payloads import Refused, write

LOOPBACK = "127.0.0.1"
CONNECTIONS = 256
"""Websockets at a time; one more is refused."""
REQUESTS = 256
"""Requests that wait for their answers at a time; one more is answered with 503."""
LAST_WORDS_S = 1.0
SOCKETS = re.compile(r"/(?P<spot>spot/)?((market|public|private)/)?(?P<kind>ws|stream)(/(?P<streams>.*))?")


@asynccontextmanager
async def serving(
    venue: Venue, clock: ExchangeClock, faults: Sequence[Fault] = (), *, port: int = 0, weight_limit: int | None = None
) -> AsyncGenerator[Exchange]:
    """Run an exchange on a port of this machine (0: any free one) for as long as the block lasts.

    Raises OSError where the port is taken.
    """
    exchange = Exchange(venue, clock, faults, weight_limit)
    await exchange.open(port)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(exchange.play)
            yield exchange
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await exchange.close()


class Exchange:
    """A running exchange."""

    def __init__(self, venue: Venue, clock: ExchangeClock, faults: Sequence[Fault], weight_limit: int | None) -> None:
        self.counts = Counts()
        self.clock = clock
        self._desk = Desk(venue, faults, clock.now(), weight_limit)
        self._connections: dict[Connection, None] = {}
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=LAST_WORDS_S)
        self._site: web.TCPSite | None = None
        self.port = 0
        self._answering = 0
        self._turned = anyio.Event()

    @property
    def addresses(self) -> Addresses:
        """Where clients find it."""
        return simulated_at(f"http://{LOOPBACK}:{self.port}")

    @property
    def open_connections(self) -> int:
        """Websockets that are open."""
        return len(self._connections)

    async def open(self, port: int) -> None:
        """Begin to listen. Raises OSError where the port is taken."""
        await self._runner.setup()
        try:
            await self._listen(port)
        except OSError:
            await self._runner.cleanup()
            raise

    async def close(self) -> None:
        """Cut every line and stop listening."""
        self._cut_lines()
        await self._runner.cleanup()

    async def play(self) -> None:
        """Play until cancelled."""
        while True:
            await self.clock.until(self._desk.due)
            await self._turn()
            self._turned.set()
            self._turned = anyio.Event()

    async def play_to(self, moment: Millis) -> None:
        """Let a stepped clock go on to a moment; return when all that is due by then has been put into the outboxes."""
        assert isinstance(self.clock, SteppedClock)
        self.clock.advance_to(moment)
        while self._desk.due <= moment:
            await self._turned.wait()

    async def _turn(self) -> None:
        await self._open_or_shut()
        if self._desk.hangs_up():
            self._cut_lines()
        wanted = {stream.name: stream for one in self._connections for stream in one.streams.values()}
        for frame in self._desk.turn(wanted.values()):
            text = Text(frame)
            for connection in list(self._connections):
                connection.tell(text)

    async def _open_or_shut(self) -> None:
        listens = self._desk.listens()
        if listens and self._site is None:
            await self._listen(self.port)
        elif not listens and self._site is not None:
            await self._site.stop()
            self._site = None
            self._cut_lines()

    async def _listen(self, port: int) -> None:
        site = web.TCPSite(self._runner, LOOPBACK, port, reuse_address=True)
        await site.start()
        self._site, self.port = site, site.port

    def _cut_lines(self) -> None:
        for connection in list(self._connections):
            connection.cut()
        server = self._runner.server
        for handler in [] if server is None else server.connections:
            handler.force_close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.counts.requests += 1
        found = SOCKETS.fullmatch(request.path)
        answer = await self._answer(request, switches=found is not None)
        if answer.hangs_up and request.transport is not None:
            request.transport.abort()
        if found and answer.status == SWITCHED and not answer.hangs_up:
            return await self._websocket(request, found)
        return web.Response(
            status=answer.status, body=answer.body, content_type=answer.kind, charset="utf-8", headers=answer.headers
        )

    async def _answer(self, request: web.Request, *, switches: bool) -> Answer:
        if self._answering >= REQUESTS:
            return Answer(503, b"")
        self._answering += 1
        try:
            answer = self._desk.answer(request.path, request.query, self.clock.now(), switches=switches)
            if answer.delay_ms:
                await self.clock.until(self.clock.now() + answer.delay_ms)
            return answer
        finally:
            self._answering -= 1

    async def _websocket(self, request: web.Request, found: re.Match[str]) -> web.StreamResponse:
        connection = Connection(
            request,
            self._desk.serves,
            self.counts,
            wrapped=found["kind"] == "stream",
            spot=found["spot"] is not None,
        )
        names = found["streams"] or request.query.get("streams") or ""
        try:
            connection.subscribe([name for name in names.split("/") if name])
            if len(self._connections) >= CONNECTIONS:
                raise Unserved(f"at most {CONNECTIONS} connections")
        except Unserved as error:
            return web.Response(status=400, body=write(Refused(code=-1130, msg=str(error))))
        self._connections[connection] = None
        self.counts.connections += 1
        try:
            return await connection.run()
        finally:
            del self._connections[connection]
