"""The closing burst: the bars of many symbols close at one instant, and all of it is decided.

1. Another process is the exchange's end of the sockets: fifty symbols on each, frames written beforehand. Told to, it
   sends every close of one boundary and says when the last one was out; a quarter of a second later, which is how often
   the real one tells of a candle, come the first candles of the bars after it.
2. Here the parts are the daemon's own and joined as it joins them: python-binance, the feed, the inbox, the journal
   with ``synchronous=FULL``, features, strategy and risk. Prices leap up and down, so that the averages of every symbol
   cross at every boundary and each close becomes a signal and an order.
3. The venue's clock is set to just after a boundary, and nobody is asked over REST: nothing is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import anyio
from aiohttp import WSMsgType, web
from tests.bench.data import CACHE
from tests.bench.ours.settings import COIN
from tests.bench.rivals.work import peak_rss_mb

from finantrade.config import (
    AccountConfig,
    Config,
    ExecutionConfig,
    FeedConfig,
    Market,
    RiskConfig,
    SizingConfig,
    SizingMethod,
    StrategyConfig,
)
from finantrade.domain.market import Bar, BarArrived, BarOpened, BoundaryComplete
from finantrade.domain.message import Message
from finantrade.domain.orders import Order
from finantrade.domain.units import MINUTE, Millis
from finantrade.edges.binance.venue import open_binance
from finantrade.edges.live_feed import LiveFeed, Patience
from finantrade.runtime.channel import Channel
from finantrade.runtime.clock import VenueClock
from finantrade.runtime.daemon import rest_garbage_collector
from finantrade.runtime.live import LiveRunner, Published
from finantrade.runtime.session import open_session
from finantrade.wire.addresses import Addresses
from finantrade.wire.frames import wrapped_bytes
from finantrade.wire.klines import kline_event
from finantrade.wire.payloads import write

LENGTH = 15 * MINUTE
BEGIN: Millis = 1_700_006_400_000
WARM = 40
"""Bars before the first burst."""
LEFT_OUT = 2
"""Bursts at the begin that are not measured."""
DELAY_MS = 5
UPDATE_S = 0.25
OUTLET = 200_000


def names(count: int) -> list[str]:
    return [f"S{number:03}USDT" for number in range(count)]


def bar(symbol: str, nth: int) -> Bar:
    """Return a bar that closes far above the one before, or far below."""
    close, before = (110.0, 100.0) if nth % 2 else (100.0, 110.0)
    begin = BEGIN + nth * LENGTH
    return Bar(symbol, begin, begin + LENGTH - 1, before, 111.0, 99.0, close, 5.0, 500.0, 12.0, 2.0, 200.0)


def settings(symbols: Sequence[str]) -> Config:
    """Return the configuration: every signal is affordable, and a slow machine is slow rather than late."""
    return Config(
        name="burst",
        timeframe="15m",
        symbols=tuple(symbols),
        instruments=dict.fromkeys(symbols, COIN),
        strategies=(StrategyConfig(name="ema_cross", params={"fast": 2, "slow": 3, "allow_short": True}),),
        feed=FeedConfig(dataset="bench"),
        account=AccountConfig(initial_balance=Decimal(10**9)),
        risk=RiskConfig(sizing=SizingConfig(method=SizingMethod.FIXED_QTY, value=1.0)),
        execution=ExecutionConfig(),
        boundary_deadline_ms=MINUTE,
    )


# The exchange's end


class Exchange:
    """Sockets of clients, and what is to be sent on each at the next boundary."""

    def __init__(self) -> None:
        self._sockets: dict[web.WebSocketResponse, list[str]] = {}

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        streams = [one for one in request.query["streams"].split("/") if "@kline" in one]
        self._sockets[socket] = [stream.split("@")[0].upper() for stream in streams]
        await socket.receive()
        return socket

    async def burst(self, nth: int) -> float:
        """Send the closes of a bar, then the openings after it; return when the last close was out."""
        await self._send(self._frames(nth, closed=True))
        out = time.monotonic()
        await anyio.sleep(UPDATE_S)
        await self._send(self._frames(nth + 1, closed=False))
        return out

    async def _send(self, prepared: Sequence[tuple[web.WebSocketResponse, list[bytes]]]) -> None:
        for socket, frames in prepared:
            for frame in frames:
                await socket.send_frame(frame, WSMsgType.TEXT)

    def _frames(self, nth: int, *, closed: bool) -> list[tuple[web.WebSocketResponse, list[bytes]]]:
        now = BEGIN + (nth + closed) * LENGTH + DELAY_MS
        return [
            (socket, [self._frame(bar(symbol, nth), now, closed=closed) for symbol in symbols])
            for socket, symbols in self._sockets.items()
        ]

    def _frame(self, one: Bar, now: Millis, *, closed: bool) -> bytes:
        return wrapped_bytes(f"{one.symbol.lower()}@kline_15m", write(kline_event(now, one, closed=closed)))


async def serve() -> None:
    """Be the exchange: a line of input is the number of a bar, one of output the time at which its closes were out."""
    exchange, application = Exchange(), web.Application(handler_args={"max_line_size": 16_384})
    application.router.add_get("/{path:.*}", exchange.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site.port, flush=True)
    while line := await anyio.to_thread.run_sync(sys.stdin.readline):
        print(await exchange.burst(int(line)), flush=True)


@contextmanager
def exchange() -> Any:
    """Start the other process; give it, and its port."""
    command = [sys.executable, "-m", "tests.bench.ours.burst", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


# Our end


class Heard:
    """A wire that notes when the last close came."""

    def __init__(self, wire: Any, watch: Watch) -> None:
        self._wire = wire
        self._watch = watch

    async def facts(self) -> Sequence[Message]:
        facts = await self._wire.facts()
        if any(type(fact) is BarArrived for fact in facts):
            self._watch.received = time.monotonic()
        return facts


class Venue:
    """The real venue's wires, watched. It is never asked for bars."""

    def __init__(self, binance: Any, watch: Watch) -> None:
        self._binance = binance
        self._watch = watch

    async def server_time(self) -> Millis:
        raise AssertionError("nobody asks for the time")

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        raise AssertionError(f"nothing is missing, and {symbol} is asked for from {start} to {end}")

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncGenerator[Heard]:
        async with self._binance.connect(symbols) as wire:
            yield Heard(wire, self._watch)


class Watch:
    """When what happened to the closes of a boundary, on the clock that all processes share."""

    def __init__(self, runner: LiveRunner, outlet: Channel[Published]) -> None:
        self.received = 0.0
        self._runner = runner
        self._outlet = outlet
        self._entered: list[float] = []
        self.orders = 0

    async def put(self, message: Message) -> None:
        await self._runner.put(message)
        if type(message) is BarArrived:
            self._entered.append(time.monotonic())

    async def decided(self, close_time: Millis) -> float:
        """Wait until a boundary has been decided on; return when that was, as soon as it is published."""
        self.orders = 0
        while True:
            published = await self._outlet.receive()
            self.orders += sum(type(one) is Order for one in published.said)
            for one in published.said:
                if type(one) is BoundaryComplete and one.close_time == close_time:
                    assert not one.missing
                    return time.monotonic()

    def waited_s(self) -> float:
        """Return how long the first close waited in the barrier for the last one."""
        first, last = min(self._entered), max(self._entered)
        self._entered.clear()
        return last - first


async def warm_up(runner: LiveRunner, watch: Watch, symbols: Sequence[str]) -> None:
    """Give the lane the bars before."""
    for nth in range(WARM):
        for symbol in symbols:
            await runner.put(BarOpened(symbol, BEGIN + nth * LENGTH, bar(symbol, nth).open))
        for symbol in symbols:
            await runner.put(BarArrived(bar(symbol, nth)))
        await watch.decided(BEGIN + (nth + 1) * LENGTH - 1)


async def bursts(place: Path, symbols: Sequence[str], count: int) -> dict[str, Any]:
    """Measure so many boundaries; return medians in milliseconds."""
    ahead = [0.0]
    clock = VenueClock(monotonic=lambda: time.monotonic() + ahead[0])
    clock.set_to(BEGIN + WARM * LENGTH + MINUTE)
    runner = LiveRunner(open_session(place / "burst", settings(symbols), {}), clock)
    watch = Watch(runner, runner.outlet("bench", OUTLET))
    found: list[tuple[float, ...]] = []
    with exchange() as (process, port):
        addresses = Addresses(FSTREAM_URL=f"ws://127.0.0.1:{port}/")
        async with open_binance(addresses, Market.USDM, LENGTH) as binance, anyio.create_task_group() as tasks:
            tasks.start_soon(runner.run)
            await warm_up(runner, watch, symbols)
            newest = dict.fromkeys(symbols, BEGIN + (WARM - 1) * LENGTH)
            patience = Patience(silence_ms=LENGTH, flag_ms=MINUTE, grace_ms=MINUTE, barrier_ms=MINUTE)
            feed = LiveFeed(Venue(binance, watch), clock, watch.put, newest, LENGTH, patience, Random(1).random)
            tasks.start_soon(feed.run)
            while not all(line.stands for line in feed.lines):  # noqa: ASYNC110  a state has no event
                await anyio.sleep(0.01)
            await anyio.sleep(0.5)
            rest_garbage_collector()
            for nth in range(WARM, WARM + count + LEFT_OUT):
                due = BEGIN + (nth + 1) * LENGTH
                ahead[0] += (due + DELAY_MS - clock.now()) / 1000
                process.stdin.write(f"{nth}\n")
                spent = time.process_time()
                decided = await watch.decided(due - 1)
                spent = time.process_time() - spent
                assert watch.orders >= len(symbols), f"expected an order of each symbol, found {watch.orders}"
                sent = float(await anyio.to_thread.run_sync(process.stdout.readline))
                found.append((decided - sent, decided - watch.received, watch.waited_s(), spent))
                await anyio.sleep(0.3)  # the openings after it, and what they fill
            runner.stop()
            tasks.cancel_scope.cancel()
    return figures(found[LEFT_OUT:])


def figures(found: Sequence[tuple[float, ...]]) -> dict[str, Any]:
    """Return the figures of all bursts."""
    sent, received, barrier, spent = ([one * 1e3 for one in column] for column in zip(*found, strict=True))
    return {
        "decided_ms": median(sent),
        "longest_ms": max(sent),
        "lane_ms": median(received),
        "barrier_ms": median(barrier),
        "cpu_ms": median(spent),
        "peak_rss_mb": peak_rss_mb(),
    }


def main() -> None:
    """Measure a number of bursts of a number of symbols."""
    if sys.argv[1] == "serve":
        anyio.run(serve)
        return
    symbols, count = names(int(sys.argv[1])), int(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        print(json.dumps(anyio.run(bursts, Path(place), symbols, count)))


if __name__ == "__main__":
    main()
