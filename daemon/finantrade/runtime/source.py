"""Where a session's facts come from: recorded data at the pace of a clock, or a venue followed live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from random import random
from typing import Protocol

import anyio
import structlog

from finantrade.config import BinanceConfig, Config, Market
from finantrade.domain.market import ClockStepped, Heartbeat
from finantrade.domain.message import Message
from finantrade.domain.units import Millis, timeframe_ms
from finantrade.edges.events import Event
from finantrade.edges.live_feed import LiveFeed, Patience, Put
from finantrade.edges.market_data import MarketData, Unavailable
from finantrade.edges.replay_feed import replay_feed
from finantrade.edges.stored_first import StoredCandles, StoredFirst
from finantrade.market.candles import Candles
from finantrade.market.coverage import CoverageSummary
from finantrade.market.datasets import Dataset, load
from finantrade.market.facts import facts
from finantrade.market.loaders.binance import BINANCE
from finantrade.market.run_coverage import coverage_of, run_of
from finantrade.market.store.past import StoredPast
from finantrade.market.store.reading import default_store
from finantrade.market.timeline import Timeline
from finantrade.runtime.clock import Clock, FastClock, VenueClock
from finantrade.runtime.live import LaneStopped, LiveRunner
from finantrade.runtime.session import Session
from finantrade.wire.addresses import Addresses, simulated_at

ASK_TIME_EVERY_S = 60.0
BEAT_MS = 100
"""How soon after it is due an alarm is seen to on a silent wire, in the wall's milliseconds."""

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.feed")


class Source(Protocol):
    """What feeds a session. ``candles`` are what is known before it begins, ``rate`` is event time per wall time.

    Of recorded data ``content`` is the hash and ``coverage`` says how much of it is there; a venue has neither.
    """

    @property
    def title(self) -> str: ...
    @property
    def synthetic(self) -> bool: ...
    @property
    def rate(self) -> float: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def candles(self) -> Mapping[str, Candles]: ...
    @property
    def content(self) -> str | None: ...
    @property
    def coverage(self) -> CoverageSummary | None: ...

    async def prepare(self) -> None:
        """Make ready; the clock is right from then on. Raises Unavailable."""
        ...

    async def run(self, runner: LiveRunner) -> None:
        """Feed the runner to the end of the data, or until the lane takes no more."""
        ...


def source_of(config: Config, datadir: Path | None) -> Source:
    """Return what the configuration names. Raises UnknownData or BadDataset for recorded data that there is not."""
    if config.feed.binance is not None:
        return _binance(config, config.feed.binance)
    feed = config.feed
    return Replay(config, load(feed.dataset, datadir, config.symbols, config.timeframe, feed.context))


class Replay:
    """A recorded data set."""

    def __init__(self, config: Config, dataset: Dataset) -> None:
        feed = config.feed
        self.title = dataset.manifest.title
        self.synthetic = dataset.manifest.synthetic
        self.rate = feed.rate
        self.clock = FastClock(feed.rate, feed.longest_wait_s)
        self.candles = dataset.candles
        self.content = dataset.content
        self.coverage = coverage_of(run_of(dataset, feed.context)).summary()
        self._context = Timeline.of(one.table for one in dataset.context)
        self._name = dataset.manifest.name
        self._latency_ms = feed.latency_ms

    async def prepare(self) -> None:
        """Nothing has to be waited for."""

    async def run(self, runner: LiveRunner) -> None:
        candles, cursor = tuple(self.candles.values()), runner.session.cursor
        stream = facts(candles, self._latency_ms, cursor, self._name, self._context)
        await replay_feed(stream, self.clock, runner)


Opening = Callable[[], AbstractAsyncContextManager[MarketData]]


class Live:
    """A venue, opened when it is needed. A simulated one has a time of its own, and no ``past`` that is stored."""

    def __init__(
        self, title: str, config: Config, binance: BinanceConfig, opening: Opening, past: StoredPast | None
    ) -> None:
        self.title = title
        self.synthetic = binance.simulator is not None
        self.rate = binance.rate
        self.clock = VenueClock(binance.rate, known=not self.synthetic)
        self.candles: Mapping[str, Candles] = {} if past is None else StoredCandles(past, config.symbols)
        self._past = past
        self.content: str | None = None
        self.coverage: CoverageSummary | None = None
        self._timeframe = timeframe_ms(config.timeframe)
        self._history = binance.history_bars
        self._patience = Patience.at(binance.rate, binance.stale_after_s, config.boundary_deadline_ms)
        self._opening = opening

    async def prepare(self) -> None:
        """Ask a simulator for its time, which nothing else tells; a real venue's is ours, until it says otherwise."""
        if self.synthetic:
            async with self._opening() as venue:
                self.clock.set_to(await venue.server_time())

    async def run(self, runner: LiveRunner) -> None:
        async with self._opening() as venue, anyio.create_task_group() as tasks:

            async def put(message: Message) -> None:
                try:
                    await runner.put(message)
                except LaneStopped:
                    tasks.cancel_scope.cancel()

            newest = self._newest(runner.session)
            feed = LiveFeed(self._stored_first(venue), self.clock, put, newest, self._timeframe, self._patience, random)
            tasks.start_soon(feed.run)
            tasks.start_soon(self._keep_time, venue, put)
            tasks.start_soon(self._beat, runner, put)

    def _stored_first(self, venue: MarketData) -> MarketData:
        return venue if self._past is None else StoredFirst(venue, self._past, self.clock.now)

    def _newest(self, session: Session) -> dict[str, Millis]:
        """Return the open time of the last bar of each symbol that the session has; a new one begins with history."""
        present = self.clock.now() // self._timeframe * self._timeframe
        before = present - (self._history + 1) * self._timeframe
        known = session.core.boundary.newest
        return {symbol: known.get(symbol, before) for symbol in session.config.symbols}

    async def _keep_time(self, venue: MarketData, put: Put) -> None:
        """Follow the venue's clock; what cannot be made good by running a little faster is recorded as a step."""
        stepped = False
        while True:
            began = self.clock.now()
            try:
                told = await venue.server_time()
            except Unavailable as error:
                log.warning(Event.CLOCK_UNKNOWN, error=str(error))
            else:
                step = self.clock.set_to(told + (self.clock.now() - began) / 2)
                if step or stepped:
                    await put(ClockStepped(step))
                stepped = bool(step)
            await anyio.sleep(ASK_TIME_EVERY_S)

    async def _beat(self, runner: LiveRunner, put: Put) -> None:
        """See to it that alarms come due though nothing happens."""
        engine = runner.core.engine
        while True:
            due = engine.next_due
            if due is not None and due <= self.clock.now() and not runner.inbox.depth:
                await put(Heartbeat())
            await anyio.sleep(BEAT_MS / 1000)


def _binance(config: Config, binance: BinanceConfig) -> Live:
    # python-binance takes a third of a second and forty megabytes, which nobody else need spend.
    from finantrade.edges.binance.venue import open_binance  # noqa: PLC0415

    market = {Market.USDM: "USD-M perpetual futures", Market.SPOT: "spot"}[binance.market]
    title = f"Binance {market}, {f'simulated at {binance.simulator}' if binance.simulator else 'live'}"
    addresses = simulated_at(binance.simulator) if binance.simulator else Addresses()
    timeframe = timeframe_ms(config.timeframe)
    past = None if binance.simulator else StoredPast(default_store(), BINANCE, binance.market.value, timeframe)
    opening = partial(open_binance, addresses, binance.market, timeframe, binance.rate)
    return Live(title, config, binance, opening, past)
