"""A small simulated exchange with a clock that tests step, and python-binance's real client pointed at it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import numpy as np
from binance import AsyncClient, BinanceSocketManager
from binance.ws.reconnecting_websocket import ReconnectingWebsocket

from finantrade.domain.market import BarArrived, BarForming
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.market.candles import Candles
from finantrade.simulator.clocks import SteppedClock
from finantrade.simulator.exchange import Exchange, serving
from finantrade.simulator.faults.fault import Fault
from finantrade.simulator.venue import Venue
from finantrade.wire.frames import facts_of

SYMBOLS = ("AAAUSDT", "BBBUSDT")
FIRST: Millis = 1_700_006_400_000
"""A midnight, UTC."""
BARS = 600
PAST = 500
"""Bars that are over when an exchange begins."""
STEP = 15 * SECOND
START = FIRST + PAST * MINUTE
HOLE = 550
"""The bar that BBBUSDT lacks."""


def bar_time(nth: int) -> Millis:
    """Return the open time of a bar, counted from the start."""
    return START + nth * MINUTE


def candles(symbol: str) -> Candles:
    """Return one-minute bars on a grid of 0.01, volumes on one of 0.001."""
    random = np.random.default_rng(len(symbol) + ord(symbol[0]))
    prices = np.round(100 + np.cumsum(random.normal(0, 0.2, BARS + 1)), 2)
    first, last = prices[:-1], prices[1:]
    columns = {
        "open": first,
        "high": np.round(np.maximum(first, last) + random.random(BARS), 2),
        "low": np.round(np.minimum(first, last) - random.random(BARS), 2),
        "close": last,
        "volume": np.round(1 + random.random(BARS), 3),
    }
    whole = Candles.of(symbol, MINUTE, FIRST + np.arange(BARS) * MINUTE, columns)
    if symbol == SYMBOLS[0]:
        return whole
    kept = np.delete(np.arange(BARS), HOLE)
    times, values = whole.open_time[kept], {name: column[kept] for name, column in whole.columns().items()}
    return Candles.of(symbol, MINUTE, times, values)


def venue(seed: int = 1, step_ms: Millis = STEP) -> Venue:
    """Return the venue of the symbols."""
    return Venue([candles(symbol) for symbol in SYMBOLS], seed, step_ms)


@asynccontextmanager
async def exchange(*faults: Fault, seed: int = 1, weight_limit: int | None = None) -> AsyncGenerator[Exchange]:
    """Run an exchange that stands still at ``START``."""
    async with serving(venue(seed), SteppedClock(START), faults, weight_limit=weight_limit) as running:
        yield running


@asynccontextmanager
async def client_of(running: Exchange) -> AsyncGenerator[Any]:
    """Give python-binance's client, which knows its addresses as class attributes only."""
    addresses = running.addresses

    class Client(AsyncClient):
        API_URL = addresses.API_URL
        FUTURES_URL = addresses.FUTURES_URL
        FUTURES_DATA_URL = addresses.FUTURES_DATA_URL

    client = Client()
    try:
        yield client
    finally:
        await client.close_connection()


def manager_of(running: Exchange, client: AsyncClient) -> BinanceSocketManager:
    """Return python-binance's socket manager."""
    addresses = running.addresses

    class Manager(BinanceSocketManager):
        STREAM_URL = addresses.STREAM_URL
        FSTREAM_URL = addresses.FSTREAM_URL

    return Manager(client, max_queue_size=10_000)


class Stream:
    """A socket of python-binance that is being read."""

    def __init__(self, socket: ReconnectingWebsocket) -> None:
        self.socket = socket

    async def frame(self) -> Any:
        """Wait for the next frame."""
        with anyio.fail_after(10):
            return await self.socket.recv()

    async def facts(self) -> tuple[Message, ...]:
        """Wait for the next frame that tells anything, and decode it."""
        while not (facts := facts_of(await self.frame())):
            pass
        return facts

    async def candles_until(self, end: Millis) -> list[tuple[str, Millis, Millis, bool]]:
        """Return what candles say, as (symbol, open time, time of the event, closed), up to the one told at ``end``."""
        found: list[tuple[str, Millis, Millis, bool]] = []
        while True:
            frame = await self.frame()
            for fact in facts_of(frame):
                assert isinstance(fact, BarArrived | BarForming)
                event = frame.get("data", frame)
                found.append((fact.bar.symbol, fact.bar.open_time, event["E"], isinstance(fact, BarArrived)))
                if event["E"] == end and isinstance(fact, BarForming):
                    return found


@asynccontextmanager
async def streaming(running: Exchange, *names: str, category: str = "market") -> AsyncGenerator[Stream]:
    """Subscribe python-binance to streams, without its own reconnecting."""
    async with client_of(running) as client:
        manager = manager_of(running, client)
        socket = manager.futures_multiplex_socket(list(names), category=category)
        async with reading(socket) as stream:
            yield stream


@asynccontextmanager
async def reading(socket: ReconnectingWebsocket) -> AsyncGenerator[Stream]:
    """Open one of python-binance's sockets, and close it in time."""
    socket.MAX_RECONNECTS, socket.TIMEOUT = 0, 1
    async with socket:
        yield Stream(socket)
        if socket.ws is not None:
            # Its read loop looks up only once a second unless the line ends.
            await socket.ws.close()
