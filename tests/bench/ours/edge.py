"""From the socket to the inbox: forming candles through python-binance, the feed's edge and its entrance.

1. Another process sends the frames of one symbol, a forming candle a second and every close, as fast as they are taken.
2. First python-binance's client reads them and drops them. Then the feed does: decodes them, lets bars through their
   tape, and puts every price inside a bar into the inbox, which something empties. The venue's time is that of the
   frames, so that each of them enters.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import anyio
from tests.bench.ours.wire import LEFT_OUT, send, sender, through_binance
from tests.bench.rivals.work import peak_rss_mb
from tests.exchanges import BARS, FIRST, SYMBOLS, candles

from finantrade.config import Market, TriggerPrices
from finantrade.domain.market import Bar, BarArrived, BarForming
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.edges.binance.venue import open_binance
from finantrade.edges.live_feed import Beside, LiveFeed, Patience
from finantrade.runtime.channel import Channel, Overflow
from finantrade.runtime.clock import VenueClock
from finantrade.runtime.live import BATCH, INBOX_CAPACITY, Arrival
from finantrade.simulator.connection import Text
from finantrade.simulator.player import Player
from finantrade.simulator.venue import Venue
from finantrade.wire.addresses import Addresses
from finantrade.wire.frames import wrapped_bytes
from finantrade.wire.subscriptions import stream_of

AAA = SYMBOLS[0]
MODULE = "edge"
SETTLING_S = 1.0


def made(count: int) -> list[bytes]:
    """Return so many frames of one recording."""
    market = Venue([candles(AAA)], 1, SECOND)
    player, frames = Player(market, (), FIRST), list[bytes]()
    stream = stream_of(f"{AAA.lower()}@kline_1m")
    while len(frames) < count:
        assert player.due < FIRST + BARS * MINUTE, f"the recording has fewer than {count} frames"
        frames += [wrapped_bytes(text.stream, text.futures) for text in map(Text, player.turn([stream]))]
    return frames[:count]


class Told:
    """A venue whose time is that of the frames that have come."""

    def __init__(self, binance: Any, count: int) -> None:
        self.time = FIRST
        self.frames = 0
        self.begun = self.ended = (0.0, 0.0)
        self.done = anyio.Event()
        self._binance = binance
        self._count = count

    async def server_time(self) -> Millis:
        raise AssertionError("nobody asks for the time")

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        raise AssertionError(f"nothing is missing, and {symbol} is asked for from {start} to {end}")

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncGenerator[Told]:
        async with AsyncExitStack() as held:
            self._open = lambda: held.enter_async_context(self._binance.connect(symbols))
            yield self

    async def facts(self) -> Sequence[Message]:
        if not self.frames:
            # The feed makes sure that nothing was missed before the first frame: no time may pass until it has, nor may
            # frames come yet, of which the client holds only so many.
            await anyio.sleep(SETTLING_S)
            self._wire = await self._open()
        if self.frames >= self._count:
            self.ended = time.perf_counter(), time.process_time()
            self.done.set()
            await anyio.sleep_forever()
        facts = await self._wire.facts()
        if self.frames < LEFT_OUT <= self.frames + len(facts):
            self.begun = time.perf_counter(), time.process_time()
        self.frames += len(facts)
        for fact in facts:
            match fact:
                case BarForming(time=at):
                    self.time = at
                case BarArrived(bar=bar):
                    self.time = bar.close_time + 1
                case _:
                    pass
        return facts


async def through_feed(count: int) -> dict[str, float]:
    """Measure the feed."""
    inbox: Channel[Arrival] = Channel("inbox", INBOX_CAPACITY, Overflow.BLOCK)

    async def put(message: Message) -> None:
        await inbox.send(Arrival(message, None))

    async def empty() -> None:
        while True:
            await inbox.receive_batch(BATCH)

    with sender(count, MODULE) as port:
        async with (
            open_binance(Addresses(FSTREAM_URL=f"ws://127.0.0.1:{port}/"), Market.USDM, MINUTE) as binance,
            anyio.create_task_group() as tasks,
        ):
            told = Told(binance, count)
            clock = VenueClock(monotonic=lambda: told.time / 1000)
            clock.set_to(told.time)
            beside = Beside(trigger=TriggerPrices.FORMING, trigger_ms=0, waits=lambda _: True)
            newest = {AAA: FIRST - MINUTE}
            feed = LiveFeed(told, clock, put, newest, MINUTE, Patience(), Random(1).random, beside)
            tasks.start_soon(empty)
            tasks.start_soon(feed.run)
            await told.done.wait()
            tasks.cancel_scope.cancel()
    entered, measured = inbox.stats().sent, told.frames - LEFT_OUT
    assert entered > 0.95 * told.frames, f"expected nearly all of {told.frames} frames to enter, found {entered}"
    seconds, spent = (ended - begun for begun, ended in zip(told.begun, told.ended, strict=True))
    return {"messages_per_s": measured / seconds, "cpu_us": spent / measured * 1e6}


async def both(count: int) -> dict[str, float]:
    """Measure the bare client, then the feed."""
    bare = await through_binance(count, bool, MODULE)
    fed = await through_feed(count)
    return {
        "bare_per_s": bare["messages_per_s"],
        "bare_cpu_us": bare["cpu_us"],
        "fed_per_s": fed["messages_per_s"],
        "fed_cpu_us": fed["cpu_us"],
        "ratio": fed["messages_per_s"] / bare["messages_per_s"],
        "peak_rss_mb": peak_rss_mb(),
    }


def main() -> None:
    """Measure over a number of frames, or send so many."""
    count = int(sys.argv[2])
    if sys.argv[1] == "send":
        anyio.run(send, made(count))
    else:
        print(json.dumps(anyio.run(both, count)))


if __name__ == "__main__":
    main()
