"""A public archive on loopback as Binance's is laid out, an exchange with the same past, and fetches from both."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import anyio.lowlevel
from aiohttp import web
from tests.series import candle_rows

from finantrade.domain.context import Crowd
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis, iso, parse_time
from finantrade.edges.archives import open_archives
from finantrade.edges.binance.history import History
from finantrade.edges.binance.pacing import Timing, WallTiming
from finantrade.edges.binance.rest import open_rest
from finantrade.edges.fetching import Fetching
from finantrade.market.archive_files import CHECKSUM
from finantrade.market.fetch_plan import Order, planned
from finantrade.market.importing import Instructions
from finantrade.market.raw import Policy
from finantrade.market.series import Kind
from finantrade.simulator.clocks import SteppedClock
from finantrade.simulator.exchange import Exchange, serving
from finantrade.simulator.faults.fault import Fault
from finantrade.simulator.invented import FUNDING_INTERVAL
from finantrade.simulator.recording import bar_of
from finantrade.simulator.venue import Venue
from finantrade.wire.addresses import Addresses
from finantrade.wire.klines import row_of
from finantrade.wire.payloads import plain

SYMBOL = "BTCUSDT"
STEP = 15 * MINUTE
FIRST: Millis = parse_time("2024-01-20")
"""The symbol's first candle."""
NOW: Millis = parse_time("2024-03-04T12:00")
"""It is now: February is over, March is not."""
BARS = (NOW - FIRST) // STEP + 96
UM = "data/futures/um"
Told = Callable[[int], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def exchange_venue(holes: Sequence[int] = ()) -> Venue:
    """Return a venue of 15 minute candles, without those at ``holes``, counted from the first."""
    rows = candle_rows(BARS, STEP, FIRST)
    kept = [row for row in range(BARS) if row not in holes]
    return Venue([rows.take(kept).candles()], seed=1, step_ms=STEP)  # type: ignore[arg-type]


class Archive:
    """What lies in the archive, how often each path was asked for, and what is said instead of a file."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.instead: dict[str, list[Handler]] = {}
        self.always: Handler | None = None
        self.gate: Callable[[str], Awaitable[None]] | None = None
        self.asked: Counter[str] = Counter()
        self.at_once = self.most_at_once = 0
        self.base = ""

    def put(self, path: str, text: str) -> None:
        """Lay down a zipped file and its checksum."""
        packed, name = BytesIO(), path.rpartition("/")[2]
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr(name.replace(".zip", ".csv"), text)
        self.lay(path, packed.getvalue())

    def lay(self, path: str, data: bytes) -> None:
        """Lay down bytes and their checksum."""
        name = path.rpartition("/")[2]
        self.files[path] = data
        self.files[path + CHECKSUM] = f"{sha256(data).hexdigest()}  {name}\n".encode()

    @property
    def found(self) -> set[str]:
        """Names of the files that were asked for and are there, without checksums."""
        return {path.rpartition("/")[2] for path in self.asked if path in self.files and not path.endswith(CHECKSUM)}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/")
        self.asked[path] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.gate is not None:
                await self.gate(path)
            if self.always is not None:
                return await self.always(request)
            if self.instead.get(path):
                return await self.instead[path].pop(0)(request)
            return self.answer(path)
        finally:
            self.at_once -= 1

    def answer(self, path: str) -> web.Response:
        """Return the true answer."""
        if path not in self.files:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        return web.Response(body=self.files[path], content_type="application/zip")


@asynccontextmanager
async def archive_server() -> AsyncGenerator[Archive]:
    """Run an empty archive on a free port of this machine."""
    archive = Archive()
    application = web.Application()
    application.router.add_get("/{path:.*}", archive.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        archive.base = f"http://127.0.0.1:{site.port}"
        yield archive
    finally:
        await runner.cleanup()


# Files


def klines(venue: Venue, start: str, end: str) -> str:
    """Return the candles of a time as the archive has them."""
    candles = venue.recordings[SYMBOL].bars(STEP).between(parse_time(start), parse_time(end))
    return "".join(",".join(map(str, plain(row_of(bar_of(candles, row))))) + "\n" for row in range(len(candles)))


def funding(venue: Venue, start: str, end: str) -> str:
    """Return settlements as the archive has them."""
    invented = venue.figures[SYMBOL]
    settled = (invented.settled(time) for time in range(parse_time(start), parse_time(end), FUNDING_INTERVAL))
    rows = [f"{invented.stamp_of(one)},{FUNDING_INTERVAL // HOUR},{one.rate!r}" for one in settled if one]
    return "\n".join(["calc_time,funding_interval_hours,last_funding_rate", *rows, ""])


def metrics(venue: Venue, day: str) -> str:
    """Return the statistics of a day as the archive has them: from its first five minutes to its last."""
    invented, lines = venue.figures[SYMBOL], [METRICS_HEADER]
    for time in range(parse_time(day) + 5 * MINUTE, parse_time(day) + DAY + 1, 5 * MINUTE):
        interest, takers = invented.interest(time), invented.takers(time)
        ratios = [invented.ratio(crowd, time) for crowd in CROWDS]
        assert interest is not None
        assert takers is not None
        cells = [interest.qty, interest.value, *(one.ratio for one in ratios if one)]
        stamp = iso(time).removesuffix("Z").replace("T", " ")
        lines.append(",".join([stamp, SYMBOL, *map(repr, cells), repr(takers.ratio)]))
    return "\n".join([*lines, ""])


CROWDS = (Crowd.TOP_ACCOUNTS, Crowd.TOP_POSITIONS, Crowd.ALL_ACCOUNTS)
METRICS_HEADER = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio"
)


def kline_path(stamp: str, folder: str = "klines", interval: str = "15m") -> str:
    """Return the path of a month's or a day's file."""
    every = "monthly" if len(stamp) == len("2024-01") else "daily"
    return f"{UM}/{every}/{folder}/{SYMBOL}/{interval}/{SYMBOL}-{interval}-{stamp}.zip"


# Fetches


class Hasty(WallTiming):
    """Time that passes by waiting only: nothing in these tests takes real time."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def now(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await anyio.lowlevel.checkpoint()


def order_of(root: Path, *kinds: Kind, start: str = "2024-01-20", end: str = "2024-03-04T12:00") -> Order:
    """Return an order of series over a time, of candles if not said otherwise."""
    span = parse_time(start), parse_time(end)
    return Order(root, "binance", "usdm", (SYMBOL,), kinds or (Kind.CANDLES,), ("15m",), *span, NOW)


async def carry_out(
    order: Order, base: str, addresses: Addresses, told: Told, timing: Timing | None = None, **how: Any
) -> Fetching:
    """Carry out an order from an archive at ``base`` and a venue."""
    plans = [planned(order, line) for line in order.lines()]
    async with (
        open_rest(addresses, chance=Random(1)) as rest,
        open_archives(base, timing=timing, chance=Random(1)) as archives,
    ):
        instructions = Instructions(policy=Policy(now=NOW), **how)
        fetching = Fetching(order, instructions, plans, archives, History(rest), told)
        await fetching.run()
        return fetching


class World:
    """An archive, an exchange, and a store that is filled from them."""

    def __init__(self, archive: Archive, exchange: Exchange, root: Path) -> None:
        self.archive = archive
        self.exchange = exchange
        self.root = root
        self.timing = Hasty()

    def order(self, *kinds: Kind, **span: str) -> Order:
        """Return an order for the store."""
        return order_of(self.root, *kinds, **span)

    async def fetch(self, order: Order, told: Told = lambda rows: None, **how: Any) -> Fetching:
        """Carry out an order."""
        return await carry_out(order, self.archive.base, self.exchange.addresses, told, self.timing, **how)


@asynccontextmanager
async def world(root: Path, *faults: Fault, venue: Venue | None = None, now: Millis = NOW) -> AsyncGenerator[World]:
    """Run an archive without files and an exchange that stands still."""
    async with (
        archive_server() as archive,
        serving(venue or exchange_venue(), SteppedClock(now), faults) as exchange,
    ):
        yield World(archive, exchange, root)


def fill(archive: Archive, venue: Venue, *stamps: str) -> None:
    """Lay down the candles of months and days."""
    for stamp in stamps:
        start = parse_time(f"{stamp}-01" if len(stamp) == len("2024-01") else stamp)
        month_end = parse_time("2024-02-01") if stamp == "2024-01" else parse_time("2024-03-01")
        end = month_end if len(stamp) == len("2024-01") else start + DAY
        archive.put(kline_path(stamp), klines(venue, iso(start), iso(end)))
