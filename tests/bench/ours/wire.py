"""What goes over the wire: decoding, making and receiving kline frames.

1. ``decode``: frames of the simulated exchange, in memory, are decoded from bytes, from text and from parsed objects.
2. ``make``: the simulated exchange makes them, and writes them as text.
3. ``client`` and ``decoded``: python-binance's client reads them from a socket and drops or decodes them; ``aiohttp``
   decodes what a bare client reads. Another process sends them as fast as they are taken, written beforehand, so that
   it is the reader that is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

import anyio
import orjson
from aiohttp import ClientSession, WSMsgType, web
from tests.bench.rivals.work import peak_rss_mb
from tests.exchanges import START, SYMBOLS, reading, venue

from finantrade.domain.units import SECOND
from finantrade.simulator.connection import Text
from finantrade.simulator.player import Player
from finantrade.wire.frames import facts_of, wrapped_bytes
from finantrade.wire.subscriptions import stream_of

STREAMS = [stream_of(f"{symbol.lower()}@kline_{interval}") for symbol in SYMBOLS for interval in ("1m", "5m", "15m")]
LEFT_OUT = 500
"""Frames at the begin that are not measured."""


def made(count: int) -> list[bytes]:
    """Return so many frames of a combined stream, the recording over and over."""
    market, frames = venue(step_ms=SECOND), list[bytes]()
    while len(frames) < count:
        player = Player(market, (), START)
        while player.due < market.end and len(frames) < count:
            frames += [wrapped_bytes(text.stream, text.futures) for text in map(Text, player.turn(STREAMS))]
    return frames[:count]


def microseconds(decode: Callable[[Any], object], payloads: Sequence[Any]) -> float:
    """Return what one takes."""
    begun = time.perf_counter()
    for payload in payloads:
        decode(payload)
    return (time.perf_counter() - begun) / len(payloads) * 1e6


def decode(count: int) -> dict[str, float]:
    """Measure decoding."""
    frames = made(count)
    bare = [orjson.dumps(orjson.loads(frame)["data"]) for frame in frames]
    return {
        "bytes_us": microseconds(facts_of, frames),
        "text_us": microseconds(facts_of, [frame.decode() for frame in frames]),
        "bare_us": microseconds(facts_of, bare),
        "dict_us": microseconds(facts_of, [orjson.loads(frame) for frame in frames]),
        "parse_us": microseconds(orjson.loads, frames),
    }


def make(count: int) -> dict[str, float]:
    """Measure the exchange."""
    begun = time.perf_counter()
    made(count)
    return {"made_per_s": count / (time.perf_counter() - begun)}


async def send(frames: Sequence[bytes]) -> None:
    """Send frames to whoever connects, as fast as they are taken."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        for frame in frames:
            await socket.send_frame(frame, WSMsgType.TEXT)
        await socket.receive()
        return socket

    application = web.Application()
    application.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site.port, flush=True)
    await anyio.sleep_forever()


@contextmanager
def sender(count: int, module: str = "wire") -> Any:
    """Start another process that sends what a module here makes; give its port."""
    command = [sys.executable, "-m", f"tests.bench.ours.{module}", "send", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


async def through_binance(count: int, use: Callable[[Any], object], module: str = "wire") -> dict[str, float]:
    """Measure python-binance's client."""
    from binance import AsyncClient, BinanceSocketManager

    with sender(count, module) as port:
        client = AsyncClient()
        manager = BinanceSocketManager(client, max_queue_size=count)
        manager.FSTREAM_URL = f"ws://127.0.0.1:{port}/"
        async with reading(manager.futures_multiplex_socket([stream.name for stream in STREAMS])) as stream:
            figures = await timed(stream.socket.recv, count, use)
        await client.close_connection()
    return figures


async def through_aiohttp(count: int) -> dict[str, float]:
    """Measure a bare client, decoding what it gets."""
    with sender(count) as port:
        async with ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{port}/") as socket:
            return await timed(socket.receive_str, count, facts_of)


async def timed(receive: Callable[[], Any], count: int, use: Callable[[Any], object]) -> dict[str, float]:
    """Receive all and return the rate, and the processor time each took."""
    for _ in range(LEFT_OUT):
        use(await receive())
    begun, spent = time.perf_counter(), time.process_time()
    for _ in range(count - LEFT_OUT):
        use(await receive())
    seconds, spent = time.perf_counter() - begun, time.process_time() - spent
    measured = count - LEFT_OUT
    return {"messages_per_s": measured / seconds, "cpu_us": spent / measured * 1e6, "peak_rss_mb": peak_rss_mb()}


def main() -> None:
    """Run one of the measurements over a number of frames."""
    what, count = sys.argv[1], int(sys.argv[2])
    match what:
        case "decode":
            said = decode(count)
        case "make":
            said = make(count)
        case "client":
            said = anyio.run(through_binance, count, bool)
        case "decoded":
            said = anyio.run(through_binance, count, facts_of)
        case "aiohttp":
            said = anyio.run(through_aiohttp, count)
        case _:
            anyio.run(send, made(count))
            return
    print(json.dumps(said))


if __name__ == "__main__":
    main()
