"""One of Binance's markets as a live feed sees it: python-binance carries, we pace, page, decode and name what fails.

python-binance reconnects by itself, gives up for good after some time, and tells of neither in a way that could be
acted on. So its own reconnecting is switched off here: a connection that fails in any way is over.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import aiohttp
import anyio
import structlog
from websockets.exceptions import WebSocketException

from binance import AsyncClient, BinanceSocketManager
from binance.exceptions import BinanceAPIException, BinanceRequestException, ReadLoopClosed
from finantrade.config import Market
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis, timeframe_text
from finantrade.edges.binance.pace import Pace
from finantrade.edges.events import Event
from finantrade.edges.market_data import Unavailable
from finantrade.runtime.clock import VenueClock
from finantrade.wire import klines, rules
from finantrade.wire.errors import Trouble, WireError
from finantrade.wire.frames import facts_of

PAGE = 1_000
ANSWER_S = 10.0
QUEUE = 20_000
"""Frames that python-binance may hold for us; one more and it ends the connection."""
CLOSING_S = 3.0

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


class Traits(NamedTuple):
    """What differs between them; ``beside`` are streams that also show that a wire lives."""

    weight_a_minute: int
    klines: str
    time: str
    beside: tuple[str, ...]


TRAITS = {
    Market.USDM: Traits(2_400, "futures_klines", "futures_time", ("markPrice",)),
    Market.SPOT: Traits(6_000, "get_klines", "get_server_time", ()),
}


class Binance:
    """Bars of ``timeframe`` of one market; of the one at ``simulator``, such as ``http://127.0.0.1:8090``, if given."""

    def __init__(self, clock: VenueClock, market: Market, timeframe: Millis, simulator: str | None = None) -> None:
        self._clock = clock
        self._market = market
        self._traits = TRAITS[market]
        self._timeframe = timeframe
        self._pace = Pace(clock, self._traits.weight_a_minute)
        self._client, self._manager_class = _clients(simulator, self._pace)

    async def close(self) -> None:
        """Close what is open for requests."""
        await self._client.close_connection()

    async def server_time(self) -> Millis:
        return await self._ask(getattr(self._client, self._traits.time), rules.server_time_of)

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        found: list[Bar] = []
        while start <= end:
            page = await self._page(symbol, start, end)
            found += [bar for bar in page if bar.open_time <= end]
            if len(page) < PAGE - 1:  # the forming one is among the rows, and not among the bars
                break
            start = page[-1].open_time + self._timeframe
        return found

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncGenerator[BinanceWire]:
        streams = [f"kline_{timeframe_text(self._timeframe)}", *self._traits.beside]
        names = [f"{symbol.lower()}@{stream}" for symbol in symbols for stream in streams]
        socket = self._socket(names)
        socket.MAX_RECONNECTS, socket.TIMEOUT = 0, 1
        try:
            try:
                await socket.connect()
            except (OSError, WebSocketException, TimeoutError) as error:
                raise Unavailable(f"expected a connection, found {_named(error)}") from None
            yield BinanceWire(socket)
        finally:
            with anyio.move_on_after(CLOSING_S, shield=True):
                await _shut(socket)

    def _socket(self, names: list[str]) -> Any:
        # A manager keeps its sockets by their paths, and would give out one that has failed again.
        manager = self._manager_class(self._client, max_queue_size=QUEUE)
        return (
            manager.futures_multiplex_socket(names) if self._market is Market.USDM else manager.multiplex_socket(names)
        )

    async def _page(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        limit = min((end - start) // self._timeframe + 2, PAGE)
        asked = {"symbol": symbol, "interval": timeframe_text(self._timeframe), "startTime": start, "limit": limit}
        return await self._ask(
            lambda: getattr(self._client, self._traits.klines)(**asked),
            lambda answer: klines.bars_of(answer, symbol, self._clock.now()),
        )

    async def _ask(self, request: Callable[[], Awaitable[Any]], decode: Callable[[Any], Any]) -> Any:
        await self._pace.wait()
        try:
            with anyio.fail_after(ANSWER_S):
                answer = await request()
            return decode(answer)
        except BinanceAPIException as error:
            raise Unavailable(f"expected an answer, found status {error.status_code}: {error.message}"[:300]) from None
        except BinanceRequestException as error:
            raise Unavailable(f"expected JSON, found {error.message}"[:300]) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unavailable(f"expected an answer, found {_named(error)}") from None
        except WireError as error:
            raise Unavailable(str(error)) from None


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


def _clients(simulator: str | None, pace: Pace) -> tuple[AsyncClient, type[Any]]:
    """Make python-binance's client, and its class of socket managers: they know addresses as class attributes only."""
    # It logs every frame, and every loss of a connection as an error of its own.
    logging.getLogger("binance").setLevel(logging.CRITICAL)
    at = simulator.rstrip("/") if simulator else None
    rest = {"API_URL": f"{at}/api", "FUTURES_URL": f"{at}/fapi", "FUTURES_DATA_URL": f"{at}/futures/data"}
    ws = at.replace("http", "ws", 1) if at else None
    streams = {"STREAM_URL": f"{ws}/spot/", "FSTREAM_URL": f"{ws}/"}
    client_class: Any = type("Client", (AsyncClient,), rest if at else {})
    manager_class: Any = type("Sockets", (BinanceSocketManager,), streams if at else {})

    async def heard(_: object, __: object, ended: aiohttp.TraceRequestEndParams) -> None:
        pace.heard(ended.response.status, ended.response.headers.items())

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(heard)
    client = client_class(session_params={"trace_configs": [trace]})
    return client, manager_class


async def _shut(socket: Any) -> None:
    with suppress(Exception):
        if socket.ws is not None:
            await socket.ws.close()
        await socket.close()


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
