"""One of Binance's markets as a live feed sees it: bars over REST, and sockets that we open and close.

python-binance reconnects by itself, gives up for good after some time, and tells of neither in a way that could be
acted on. So its own reconnecting is switched off here: a connection that fails in any way is over.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import anyio
import structlog
from websockets.exceptions import WebSocketException

from binance import BinanceSocketManager
from binance.exceptions import ReadLoopClosed
from finantrade.config import Context, Market, TriggerPrices
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis, timeframe_text
from finantrade.edges.binance.context import BinanceContext
from finantrade.edges.binance.errors import RestError
from finantrade.edges.binance.pacing import WallTiming
from finantrade.edges.binance.rest import BinanceRest, open_rest
from finantrade.edges.events import Event
from finantrade.edges.market_data import Budget, Page, Unavailable
from finantrade.market.context_tape import Key
from finantrade.wire.addresses import Addresses
from finantrade.wire.errors import Trouble, WireError
from finantrade.wire.frames import facts_of

QUEUE = 20_000
"""Frames that python-binance may hold for us; one more and it ends the connection."""
BATCH = 64
"""Frames that are taken at once."""
CLOSING_S = 3.0
BESIDE = {Market.USDM: ("markPrice",), Market.SPOT: ()}
"""Streams that show that a wire lives though nobody trades."""
BOOK = "bookTicker"

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


@asynccontextmanager
async def open_binance(
    addresses: Addresses, market: Market, timeframe: Millis, rate: float = 1.0, streams: Collection[str] = ()
) -> AsyncGenerator[Binance]:
    """Give one market's bars of one timeframe, and what ``streams`` tell beside them.

    ``rate`` is that of a simulated exchange.
    """
    # It logs every loss of a connection as an error of its own.
    logging.getLogger("binance").setLevel(logging.CRITICAL)
    async with open_rest(addresses, market, timing=WallTiming(rate)) as rest:
        yield Binance(rest, addresses, market, timeframe, streams)


def streams_of(context: Collection[Context], trigger: TriggerPrices) -> tuple[str, ...]:
    """Return the streams that tell what is taken in beside bars; quotes have connections of their own."""
    wanted = {"forceOrder": Context.LIQUIDATIONS in context, "aggTrade": trigger is TriggerPrices.TRADES}
    return tuple(name for name, asked in wanted.items() if asked)


class Binance:
    """One market, open for requests."""

    def __init__(
        self, rest: BinanceRest, addresses: Addresses, market: Market, timeframe: Millis, streams: Collection[str]
    ) -> None:
        self.rest = rest
        self._context = BinanceContext(rest, addresses.fear_greed, timeframe)
        self._addresses = addresses
        self._market = market
        self._timeframe = timeframe
        self._streams = (f"kline_{timeframe_text(timeframe)}", *BESIDE[market], *streams)

    async def server_time(self) -> Millis:
        try:
            return await self.rest.server_time()
        except RestError as error:
            raise Unavailable(f"{error.trouble}: {error}") from None

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        try:
            return await self.rest.bars(symbol, self._timeframe, start, end)
        except RestError as error:
            raise Unavailable(f"{error.trouble}: {error}") from None

    async def page(self, key: Key, start: Millis, end: Millis) -> Page:
        return await self._context.page(key, start, end)

    def connect(self, symbols: Sequence[str]) -> AbstractAsyncContextManager[BinanceWire]:
        return self._connected(symbols, self._streams, "market")

    def quotes(self, symbols: Sequence[str]) -> AbstractAsyncContextManager[BinanceWire]:
        """Open a connection that tells best bid and ask, which futures have at another address."""
        return self._connected(symbols, (BOOK,), "public")

    def budget(self) -> Budget:
        pacer, statistics = self.rest.pacer, self.rest.statistics
        waits, waited_s = pacer.waits + statistics.waits, pacer.waited_s + statistics.waited_s
        return Budget(pacer.used, pacer.budget, waits, waited_s)

    @asynccontextmanager
    async def _connected(
        self, symbols: Sequence[str], streams: Sequence[str], category: str
    ) -> AsyncGenerator[BinanceWire]:
        socket = self._socket([f"{symbol.lower()}@{stream}" for symbol in symbols for stream in streams], category)
        try:
            try:
                await socket.connect()
            except (OSError, WebSocketException, TimeoutError) as error:
                raise Unavailable(f"expected a connection, found {type(error).__name__}: {error}"[:300]) from None
            yield BinanceWire(socket)
        finally:
            with anyio.move_on_after(CLOSING_S, shield=True):
                await _shut(socket)

    def _socket(self, names: list[str], category: str) -> Any:
        own = {name: getattr(self._addresses, name) for name in ("STREAM_URL", "FSTREAM_URL")}
        # A manager keeps its sockets by their paths, and would give out one that has failed again.
        manager: Any = type("Sockets", (BinanceSocketManager,), own)(self.rest.client, max_queue_size=QUEUE)
        if self._market is Market.USDM:
            socket = manager.futures_multiplex_socket(names, category=category)
        else:
            socket = manager.multiplex_socket(names)
        socket.MAX_RECONNECTS, socket.TIMEOUT = 0, 1
        return socket


class BinanceWire:
    """One open connection."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._lost: WireError | None = None

    async def facts(self) -> Sequence[Message]:
        try:
            frame = await self._first()
        except ReadLoopClosed:
            raise Unavailable("expected a frame, found the connection closed") from None
        # What else has come is taken along: asking python-binance for a frame costs a task of the loop.
        waiting, facts = self._socket._queue, self._decoded(frame)
        for _ in range(min(waiting.qsize(), BATCH - 1)):
            facts += self._decoded(waiting.get_nowait())
        return facts

    async def _first(self) -> object:
        if self._lost is not None:
            raise Unavailable(str(self._lost))
        return await self._socket.recv()

    def _decoded(self, frame: object) -> list[Message]:
        try:
            return list(facts_of(frame))
        except WireError as error:
            if error.trouble is Trouble.DISCONNECTED:
                # What came before it is given first.
                self._lost = error
            else:
                # What it should have said is missed, and fetched where it mattered.
                log.warning(Event.FRAME_UNREADABLE, error=str(error))
            return []


async def _shut(socket: Any) -> None:
    with suppress(Exception):
        if socket.ws is not None:
            await socket.ws.close()
        await socket.close()
