"""The daemon: edges around one inbox, in one task group.

Start: bind the port, make the data ready, open (that is, recover) the session, and only then serve and feed. Whatever
is wrong is said before anything has been written.
Stop (SIGTERM, SIGINT): the feed first, then the lane drains its inbox and closes the journal, then the API goes.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import structlog
from anyio.abc import TaskGroup
from quart import Quart

from finantrade.api.access import Access, access_of
from finantrade.api.app import create_app
from finantrade.api.hosts import hosts_of
from finantrade.api.page import Page, page_folder
from finantrade.api.replica import Replica, meta_of
from finantrade.api.server import Listener, bind, serve
from finantrade.config import Config
from finantrade.edges.events import Event
from finantrade.edges.keeper import keeper_of
from finantrade.edges.metrics import Metrics
from finantrade.edges.narrator import narrate, narrate_condition
from finantrade.edges.notify import notify, watchdog_s
from finantrade.edges.snapshot_file import write_snapshots
from finantrade.features.compile import compilation_told
from finantrade.market.store.reading import default_store
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.report import status_of
from finantrade.runtime.session import Session, open_session
from finantrade.runtime.sessions import session_directory
from finantrade.runtime.source import Source, source_of

NARRATOR_CAPACITY = 1_024
SNAPSHOT_EVERY_S = 1.0
COMPILING_SAID_EVERY_S = 2.0
LAST_WORDS_S = 3.0
"""What the API may take to go once the journal is closed; then it is cut off."""


@dataclass(frozen=True, slots=True)
class Options:
    """Where and how to run; everything about trading is in the configuration."""

    state: Path
    datadir: Path | None = None
    fresh: bool = False
    accept_change: bool = False


async def run_daemon(config: Config, options: Options) -> None:
    """Run one session until it is told to stop.

    Raises TokenMissing, NotOurs, PortBusy, the errors of configuration, data set and journal before anything has been
    started.
    """
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.daemon")
    access = access_of(config.api, os.environ)
    listener = bind(config.api.host, config.api.port)
    try:
        source = source_of(config, options.datadir)
        await source.prepare()
        directory = session_directory(options.state, config.name, fresh=options.fresh)
        with compilation_told(partial(_say_compiling, log), COMPILING_SAID_EVERY_S):
            session = open_session(
                directory,
                config,
                source.candles,
                beside=source.stored,
                content=source.content,
                accept_change=options.accept_change,
                announce=lambda text: log.info(Event.SESSION, detail=text),
            )
    except BaseException:
        listener.close()
        raise
    daemon = Daemon(session, source, dict(os.environ), access)
    rest_garbage_collector()
    await daemon.run(listener)


def _say_compiling(log: structlog.stdlib.BoundLogger, done: int, functions: int) -> None:
    log.info(Event.COMPILING, done=done, functions=functions)
    notify(os.environ, STATUS=f"compiling features: {done} of {functions} functions")


def rest_garbage_collector() -> None:
    """Leave what has been set up out of every later collection: walking through it would hold the loop for long."""
    gc.collect()
    gc.freeze()


class Daemon:
    """One running session with all its edges."""

    def __init__(self, session: Session, source: Source, surroundings: Mapping[str, str], access: Access) -> None:
        self._log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.daemon")
        self._surroundings = surroundings
        self._access = access
        self._source = source
        self._session = session
        self._watch = Watchdog(surroundings)
        self.runner = LiveRunner(session, source.clock, alive=self._watch.fed)
        self._stopping = anyio.Event()

    async def run(self, listener: Listener) -> None:
        """Serve and trade until a signal comes; return once the journal is closed."""
        source, keeper = self._source, keeper_of(self._session.config, self._session.directory, default_store())
        status = partial(
            status_of,
            self.runner,
            synthetic_data=source.synthetic,
            recorded=source.coverage,
            keeping=keeper and keeper.status,
        )
        page, config = Page(page_folder()), self._session.config
        meta = meta_of(
            config,
            session=self._session.directory.name,
            data=self._source.title,
            synthetic_data=self._source.synthetic,
            rate=self._source.rate,
            page=page.id,
        )
        replica = Replica(self.runner, status, meta)
        metrics, names = Metrics(self.runner, status), hosts_of(config.api)
        app = create_app(self.runner, status, metrics, replica, page, self._access, names)
        narrated = self.runner.outlet("narrator", NARRATOR_CAPACITY)
        async with anyio.create_task_group() as edges:
            edges.start_soon(self._serve, app, listener)
            edges.start_soon(narrate, narrated)
            edges.start_soon(replica.run)
            if keeper is not None:
                edges.start_soon(keeper.run, self._stopping)
            edges.start_soon(narrate_condition, self.runner, self._stopping)
            edges.start_soon(
                write_snapshots, self._session.directory / "status.json", status, SNAPSHOT_EVERY_S, self._stopping
            )
            await self._trade(edges)

    async def _trade(self, edges: TaskGroup) -> None:
        try:
            async with anyio.create_task_group() as lane:
                lane.start_soon(self._until_signal, lane)
                lane.start_soon(self._feed)
                await self.runner.run()
                lane.cancel_scope.cancel()
        finally:
            self._log.info(Event.JOURNAL_CLOSED, seq=self.runner.core.engine.seq)
            self._stopping.set()
            edges.cancel_scope.deadline = anyio.current_time() + LAST_WORDS_S

    async def _feed(self) -> None:
        if self._session.ended or self._session.poison is not None:
            return
        await self._source.run(self.runner)

    async def _serve(self, app: Quart, listener: Listener) -> None:
        await serve(app, listener, ready=self._ready, stopping=self._stopping)

    def _ready(self, url: str) -> None:
        notify(self._surroundings, READY=1, STATUS=f"serving on {url}")
        self._log.info(
            Event.READY,
            url=url,
            session=str(self._session.directory),
            condition=self.runner.condition.value,
            data=self._source.title,
        )

    async def _until_signal(self, lane: TaskGroup) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for number in signals:
                self._log.info(Event.STOPPING, signal=signal.Signals(number).name)
                notify(self._surroundings, STOPPING=1)
                self.runner.stop()
                return


class Watchdog:
    """Passes the lane's sign of life on to the service manager, not more often than it wants to hear it."""

    def __init__(self, surroundings: Mapping[str, str]) -> None:
        self._surroundings = surroundings
        self._every_s = watchdog_s(surroundings, os.getpid())
        self._next = 0.0

    def fed(self) -> None:
        """The lane has just done a turn."""
        now = anyio.current_time()
        if self._every_s is not None and now >= self._next:
            self._next = now + self._every_s / 2
            notify(self._surroundings, WATCHDOG=1)
