"""One of Binance's markets as a live feed sees it: bars over REST, and sockets that we open and close.

python-binance reconnects by itself, gives up for good after some time, and tells of neither in a way that could be
acted on. So its own reconnecting is switched off here: a connection that fails in any way is over.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import structlog
from websockets.exceptions import WebSocketException

from binance import BinanceSocketManager
from binance.exceptions import ReadLoopClosed
from finantrade.config import Market
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis, timeframe_text
from finantrade.edges.binance.errors import RestError
from finantrade.edges.binance.pacing import WallTiming
from finantrade.edges.binance.rest import BinanceRest, open_rest
from finantrade.edges.events import Event
from finantrade.edges.market_data import Unavailable
from finantrade.wire.addresses import Addresses
from finantrade.wire.errors import Trouble, WireError
from finantrade.wire.frames import facts_of

QUEUE = 20_000
"""Frames that python-binance may hold for us; one more and it ends the connection."""
CLOSING_S = 3.0
BESIDE = {Market.USDM: ("markPrice",), Market.SPOT: ()}
"""Streams that show that a wire lives though nobody trades."""

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


@asynccontextmanager
async def open_binance(
    addresses: Addresses, market: Market, timeframe: Millis, rate: float = 1.0
) -> AsyncGenerator[Binance]:
    """Give one market's bars of one timeframe; ``rate`` is that of a simulated exchange."""
    # It logs every loss of a connection as an error of its own.
    logging.getLogger("binance").setLevel(logging.CRITICAL)
    async with open_rest(addresses, market, timing=WallTiming(rate)) as rest:
        yield Binance(rest, addresses, market, timeframe)


class Binance:
    """One market, open for requests."""

    def __init__(self, rest: BinanceRest, addresses: Addresses, market: Market, timeframe: Millis) -> None:
        self._rest = rest
        self._addresses = addresses
        self._market = market
        self._timeframe = timeframe

    async def server_time(self) -> Millis:
        try:
            return await self._rest.server_time()
        except RestError as error:
            raise Unavailable(f"{error.trouble}: {error}") from None

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        try:
            return await self._rest.bars(symbol, self._timeframe, start, end)
        except RestError as error:
            raise Unavailable(f"{error.trouble}: {error}") from None

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncGenerator[BinanceWire]:
        socket = self._socket(symbols)
        try:
            try:
                await socket.connect()
            except (OSError, WebSocketException, TimeoutError) as error:
                raise Unavailable(f"expected a connection, found {type(error).__name__}: {error}"[:300]) from None
            yield BinanceWire(socket)
        finally:
            with anyio.move_on_after(CLOSING_S, shield=True):
                await _shut(socket)

    def _socket(self, symbols: Sequence[str]) -> Any:
        streams = (f"kline_{timeframe_text(self._timeframe)}", *BESIDE[self._market])
        names = [f"{symbol.lower()}@{stream}" for symbol in symbols for stream in streams]
        own = {name: getattr(self._addresses, name) for name in ("STREAM_URL", "FSTREAM_URL")}
        # A manager keeps its sockets by their paths, and would give out one that has failed again.
        manager: Any = type("Sockets", (BinanceSocketManager,), own)(self._rest.client, max_queue_size=QUEUE)
        opening = manager.futures_multiplex_socket if self._market is Market.USDM else manager.multiplex_socket
        socket = opening(names)
        socket.MAX_RECONNECTS, socket.TIMEOUT = 0, 1
        return socket


class BinanceWire:
    """One open connection."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def facts(self) -> Sequence[Message]:
        try:
            return facts_of(await self._socket.recv())
        except ReadLoopClosed:
            raise Unavailable("expected a frame, found the connection closed") from None
        except WireError as error:
            if error.trouble is Trouble.DISCONNECTED:
                raise Unavailable(str(error)) from None
            # What it should have said is missed, and fetched where it mattered.
            log.warning(Event.FRAME_UNREADABLE, error=str(error))
            return ()


async def _shut(socket: Any) -> None:
    with suppress(Exception):
        if socket.ws is not None:
            await socket.ws.close()
        await socket.close()
