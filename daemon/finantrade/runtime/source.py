"""Where a session's facts come from: recorded data at the pace of a clock, or a venue followed live."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from random import random
from typing import Protocol

import anyio
import structlog

from finantrade.config import BinanceConfig, Config, Context, Market, TriggerPrices
from finantrade.domain.context import FundingEstimate, Liquidation, MarkPrice
from finantrade.domain.market import ClockStepped, Heartbeat
from finantrade.domain.message import Message
from finantrade.domain.units import Millis, timeframe_ms
from finantrade.edges.context_feed import ContextFeed
from finantrade.edges.events import Event
from finantrade.edges.live_feed import Beside, LiveFeed, Patience, Put
from finantrade.edges.market_data import MarketData, Unavailable, Venue
from finantrade.edges.replay_feed import replay_feed
from finantrade.edges.stored_first import StoredCandles, StoredFirst
from finantrade.market.candles import Candles
from finantrade.market.context_tape import REACH, keys_of
from finantrade.market.coverage import CoverageSummary
from finantrade.market.datasets import Dataset, load
from finantrade.market.facts import facts
from finantrade.market.loaders.binance import BINANCE
from finantrade.market.run_coverage import coverage_of, run_of
from finantrade.market.store.context import Wanted, load_context
from finantrade.market.store.faults import StoreError
from finantrade.market.store.past import StoredPast
from finantrade.market.store.reading import default_store
from finantrade.market.timeline import NO_CONTEXT, Timeline
from finantrade.runtime.clock import Clock, FastClock, VenueClock
from finantrade.runtime.live import LaneStopped, LiveRunner
from finantrade.runtime.newest import newest_facts
from finantrade.runtime.session import Session
from finantrade.runtime.wires import wires_of
from finantrade.wire.addresses import Addresses, simulated_at

ASK_TIME_EVERY_S = 60.0
CATCH_UP_S = 10.0
"""What fetching figures beside the candles may take before missed bars are fetched without waiting for it."""
STREAMED: Mapping[Context, type[Message]] = {
    Context.MARK_PRICE: MarkPrice,
    Context.FUNDING: FundingEstimate,
    Context.LIQUIDATIONS: Liquidation,
}
"""What streams tell beside bars."""
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

    def stored(self) -> Timeline:
        """Return what is stored beside the candles, as far as the session takes it in."""
        ...

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

    def stored(self) -> Timeline:
        return self._context

    async def prepare(self) -> None:
        """Nothing has to be waited for."""

    async def run(self, runner: LiveRunner) -> None:
        candles, cursor = tuple(self.candles.values()), runner.session.cursor
        stream = facts(candles, self._latency_ms, cursor, self._name, self._context)
        await replay_feed(stream, self.clock, runner)


Opening = Callable[[], AbstractAsyncContextManager[Venue]]


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
        self.content: str | None = None
        self.coverage: CoverageSummary | None = None
        self._past = past
        self._symbols = config.symbols
        self._timeframe = timeframe_ms(config.timeframe)
        self._history = binance.history_bars
        self._context = config.feed.context
        self._binance = binance
        self._patience = Patience.at(binance.rate, binance.stale_after_s, config.boundary_deadline_ms)
        self._opening = opening

    def stored(self) -> Timeline:
        past, context = self._past, self._context
        if past is None or not context:
            return NO_CONTEXT
        try:
            found = load_context(past.root, Wanted(past.venue, past.market, self._symbols, past.timeframe, context))
        except (StoreError, OSError) as error:
            log.warning(Event.STORE_UNREADABLE, symbol=", ".join(self._symbols), error=str(error))
            return NO_CONTEXT
        return Timeline.of(one.table for one in found if not one.synthetic)

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

            context = await self._followed(venue, runner.session, put)
            hear = put if context is None else _hearing(context, put)
            bars, newest = self._stored_first(venue), self._newest(runner.session)
            beside = self._beside(venue, runner, context)
            feed = LiveFeed(bars, self.clock, hear, newest, self._timeframe, self._patience, random, beside)
            runner.glimpses = feed.entrance.glimpses
            runner.wires = lambda: wires_of(feed, context, venue.budget(), self.clock, runner)
            tasks.start_soon(self._keep_time, venue, put)
            tasks.start_soon(self._beat, runner, put)
            if context is not None:
                tasks.start_soon(context.run)
            tasks.start_soon(feed.run)

    async def _followed(self, venue: Venue, session: Session, put: Put) -> ContextFeed | None:
        """Return the feed of what has to be asked for, from where the journal ends; a new session begins with history.

        None where nothing of the kind is taken in.
        """
        keys = list(keys_of(self._context, session.config.symbols))
        if not keys:
            return None
        now = self.clock.now()
        begin = now - min((self._history + 1) * self._timeframe, REACH)
        found = await anyio.to_thread.run_sync(newest_facts, session.directory, keys, now - REACH)
        newest = {key: found.get(key, begin - 1) for key in keys}
        return ContextFeed(venue, self.clock, put, newest, self._timeframe)

    def _beside(self, venue: Venue, runner: LiveRunner, context: ContextFeed | None) -> Beside:
        async def caught_up() -> None:
            if context is not None:
                with anyio.move_on_after(CATCH_UP_S):
                    await context.caught_up.wait()

        trigger = self._binance.trigger_prices
        return Beside(
            kinds=frozenset(STREAMED[one] for one in self._context if one in STREAMED),
            trigger=trigger,
            trigger_ms=self._binance.trigger_ms,
            waits=runner.core.paper.awaits_price,
            quotes=venue.quotes if trigger is TriggerPrices.BOOK else None,
            first=caught_up,
        )

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


def _hearing(context: ContextFeed, put: Put) -> Callable[[Message], Awaitable[None]]:
    async def hear(message: Message) -> None:
        if isinstance(message, FundingEstimate):
            context.note(message)
        await put(message)

    return hear


def _binance(config: Config, binance: BinanceConfig) -> Live:
    # python-binance takes a third of a second and forty megabytes, which nobody else need spend.
    from finantrade.edges.binance.venue import open_binance, streams_of  # noqa: PLC0415

    market = {Market.USDM: "USD-M perpetual futures", Market.SPOT: "spot"}[binance.market]
    title = f"Binance {market}, {f'simulated at {binance.simulator}' if binance.simulator else 'live'}"
    addresses = simulated_at(binance.simulator) if binance.simulator else Addresses()
    timeframe, streams = timeframe_ms(config.timeframe), streams_of(config.feed.context, binance.trigger_prices)
    past = None if binance.simulator else StoredPast(default_store(), BINANCE, binance.market.value, timeframe)
    opening = partial(open_binance, addresses, binance.market, timeframe, binance.rate, streams)
    return Live(title, config, binance, opening, past)
