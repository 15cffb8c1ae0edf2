"""The daemon end to end: feed → inbox → group commit, flushed → decisions → outlets, while its API is polled.

1. The parts are the daemon's own and joined as it joins them; only the feed and one more reader are ours. The journal
   is on disk with ``synchronous=FULL``, the log goes to a pipe.
2. Unpaced, the feed puts in what the inbox takes; paced, a fact a millisecond. The first ``WARM`` are not measured.
3. A process of its own polls the status ten times a second.
4. Another holds as many streams open as it is told to, and one more that it never reads, which has to be cut off.
5. The lane measures how long it held the loop. Beside it a ticker in the same loop notes its longest lateness, whoever
   was to blame: the lane, the API, the log, garbage collection, or another process on the same processor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import anyio
from tests.bench.data import CACHE
from tests.bench.ours.journal import flush_ms
from tests.bench.ours.settings import candles, settings
from tests.bench.rivals.work import bars, peak_rss_mb

from finantrade.api.access import Access
from finantrade.api.app import create_app
from finantrade.api.broadcast import Broadcast
from finantrade.api.page import Page
from finantrade.api.replica import Replica, meta_of
from finantrade.api.server import Listener, bind, serve
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.edges.logging import LogMode, configure
from finantrade.edges.metrics import Metrics
from finantrade.edges.narrator import narrate
from finantrade.edges.snapshot_file import write_snapshots
from finantrade.market.facts import facts
from finantrade.runtime.channel import Channel
from finantrade.runtime.clock import FastClock
from finantrade.runtime.daemon import NARRATOR_CAPACITY, SNAPSHOT_EVERY_S, rest_garbage_collector
from finantrade.runtime.live import LiveRunner, Published
from finantrade.runtime.meter import LaneMeter
from finantrade.runtime.report import status_of
from finantrade.runtime.session import open_session

WARM = 2_000
PACE_S = 0.001
TICK_S = 0.001
BROADCAST_CAPACITY = 4_096
BATCH = 256

Facts = Iterable[tuple[Millis, Message]]


class Watch:
    """Looks at the loop every ``TICK_S``: when the measured part began and ended, and how late it was itself."""

    def __init__(self, runner: LiveRunner, last: int) -> None:
        self._runner = runner
        self._last = last
        self.cut_off_s: float | None = None
        self.seconds = 0.0
        self.messages = 0
        self.late_s = 0.0
        self.heard = 0

    async def read(self, outlet: Channel[Published]) -> None:
        """Be the reader of a broadcast."""
        try:
            while True:
                self.heard += len(await outlet.receive_batch(BATCH))
        except anyio.EndOfStream:
            pass

    async def deaf(self, broadcast: Broadcast) -> None:
        """Note how long after attaching the one that never reads is cut off."""
        while not broadcast.listening:  # noqa: ASYNC110  a count has no event
            await anyio.sleep(TICK_S)
        begun = time.perf_counter()
        while not broadcast.cut_off:  # noqa: ASYNC110
            await anyio.sleep(TICK_S)
        self.cut_off_s = time.perf_counter() - begun

    async def run(self) -> None:
        """Measure from ``WARM`` to the last message, then stop the lane."""
        engine = self._runner.core.engine
        begun, first = 0.0, 0
        while engine.seq < self._last:
            due = time.perf_counter() + TICK_S
            await anyio.sleep(TICK_S)
            if first:
                self.late_s = max(self.late_s, time.perf_counter() - due)
            elif engine.seq >= WARM:
                begun, first = time.perf_counter(), engine.seq
                self._runner.meter = LaneMeter()
        self.seconds, self.messages = time.perf_counter() - begun, engine.seq - first
        self._runner.stop()


async def feed(runner: LiveRunner, stream: Facts, pace_s: float) -> None:
    """Put every fact into the inbox, one each ``pace_s``; 0 for as fast as it takes them."""
    begun = time.perf_counter()
    for nth, (at, message) in enumerate(stream):
        if (wait := begun + nth * pace_s - time.perf_counter()) > 0 and pace_s:
            await anyio.sleep(wait)
        await runner.put(message, at)


async def live(
    runner: LiveRunner, listener: Listener, watch: Watch, stream: Facts, pace_s: float, company: Company
) -> dict[str, Any]:
    """Run the lane with its edges until the watch stops it; return what those outside saw."""
    status, stopping = partial(status_of, runner, synthetic_data=True), anyio.Event()
    meta = meta_of(runner.session.config, session="bench", data="bench", synthetic_data=True, page="bench")
    replica = Replica(runner, status, meta)
    app = create_app(runner, status, Metrics(runner, status), replica, Page(None), Access(None))
    narrated, broadcast = runner.outlet("narrator", NARRATOR_CAPACITY), runner.outlet("broadcast", BROADCAST_CAPACITY)
    others: list[subprocess.Popen[str]] = []
    async with anyio.create_task_group() as edges, anyio.create_task_group() as lane:
        edges.start_soon(
            partial(serve, app, listener, ready=lambda url: others.extend(company.begin(url)), stopping=stopping)
        )
        edges.start_soon(narrate, narrated)
        edges.start_soon(replica.run)
        edges.start_soon(write_snapshots, runner.session.directory / "status.json", status, SNAPSHOT_EVERY_S, stopping)
        edges.start_soon(watch.read, broadcast)
        edges.start_soon(watch.run)
        if company.deaf:
            lane.start_soon(watch.deaf, replica.broadcast)
        edges.start_soon(feed, runner, stream, pace_s)
        await runner.run()
        stopping.set()
        lane.cancel_scope.cancel()
    return {name: value for one in others for name, value in json.loads(one.communicate()[0]).items()}


@dataclass(frozen=True)
class Company:
    """Who else is there: streams that are read, and such as are not, beside the poller of the status."""

    reading: int = 0
    deaf: int = 0

    def begin(self, url: str) -> list[subprocess.Popen[str]]:
        """Start the processes."""
        commands = [["poller", url]]
        if self.reading:
            commands.append(["listeners", url, str(self.reading), str(self.deaf)])
        return [_start(*command) for command in commands]


def _start(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.bench.ours.{module}", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def measured(runner: LiveRunner, watch: Watch) -> dict[str, Any]:
    """Return the figures."""
    meter = runner.meter
    p50_ms, p99_ms, max_ms = meter.spread_ms()
    return {
        "messages": watch.messages,
        "messages_per_s": watch.messages / watch.seconds,
        "p50_ms": p50_ms,
        "p99_ms": p99_ms,
        "max_ms": max_ms,
        "lane_block_ms": meter.longest_block * 1e3,
        "loop_late_ms": watch.late_s * 1e3,
        "fills": runner.fills,
        "broadcast": watch.heard,
        "dropped": {outlet.name: outlet.stats().dropped for outlet in runner.outlets},
        "cut_off_s": watch.cut_off_s,
        "peak_rss_mb": peak_rss_mb(),
    }


def main() -> None:
    """Measure a number of messages of a file of bars, ``paced`` or ``unpaced``, with readers and deaf ones attached."""
    how, messages = sys.argv[2], int(sys.argv[3]) + WARM
    company = Company(*map(int, sys.argv[4:]))
    stream = islice(facts([candles(bars())], 0), messages)
    log = configure(LogMode.AUTO)
    rest_garbage_collector()
    with tempfile.TemporaryDirectory(dir=CACHE) as place, bind("127.0.0.1", 0) as listener:
        flush = {"flush_ms": flush_ms(Path(place))}
        session = open_session(Path(place) / "bench", settings(), {})
        runner = LiveRunner(session, FastClock(1.0, 1.0))
        watch = Watch(runner, messages)
        polled = anyio.run(live, runner, listener, watch, stream, PACE_S if how == "paced" else 0.0, company)
        log.close()
        print(json.dumps(measured(runner, watch) | polled | flush))


if __name__ == "__main__":
    main()
