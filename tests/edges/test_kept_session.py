"""A daemon on a venue leaves the store with every bar that its journal has; the next one begins from there."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from structlog.testing import capture_logs
from tests.exchanges import START, SYMBOLS, candles
from tests.memory_venue import MemoryVenue

from finantrade.api.access import Access
from finantrade.api.server import bind
from finantrade.config import BinanceConfig, Config
from finantrade.domain.market import Bar, BarArrived
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.journal.store import Journal
from finantrade.market.bars import bars_of
from finantrade.market.store.past import StoredPast
from finantrade.market.store.reading import ENVIRONMENT
from finantrade.runtime.daemon import Daemon
from finantrade.runtime.session import open_session
from finantrade.runtime.source import Live
from finantrade.simulator.venue import Venue

RATE = 60.0
"""A bar a second."""
HISTORY = 200
LIVE_BARS = 3
LATER = 70
"""Minutes after the beginning of the first session: it ended more than an hour ago."""
BINANCE = BinanceConfig(history_bars=HISTORY, rate=RATE, stale_after_s=600)


def settings() -> Config:
    return msgspec.convert(
        {
            "timeframe": "1m",
            "symbols": list(SYMBOLS),
            "instruments": {symbol: {"tick": "0.01", "lot": "0.001"} for symbol in SYMBOLS},
            "strategies": [{"name": "ema_cross", "params": {"fast": 3, "slow": 8, "atr": 5}}],
            "feed": {"binance": msgspec.to_builtins(BINANCE)},
            "boundary_deadline_ms": 60_000,
            "journal": {"synchronous": "NORMAL", "min_free_disk_mb": 0},
        },
        Config,
        strict=False,
    )


async def follow(directory: Path, past: StoredPast, begin: Millis) -> tuple[list[Bar], Mapping[str, Any]]:
    """Run a daemon from a moment of the venue's on; return what bars it got, and what it last said of keeping."""

    @asynccontextmanager
    async def opening() -> AsyncGenerator[MemoryVenue]:
        venue = MemoryVenue(Venue([candles(symbol) for symbol in SYMBOLS], 1, 5 * SECOND), source.clock)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(venue.play)
            yield venue
            tasks.cancel_scope.cancel()

    source = Live("a venue in memory", settings(), BINANCE, opening, past)
    session = open_session(directory, settings(), source.candles)
    daemon = Daemon(session, source, {}, Access(None))
    source.clock.set_to(begin)
    boundary = daemon.runner.core.boundary
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(daemon.run, bind("127.0.0.1", 0))
        with anyio.fail_after(60):
            while len(boundary.newest) < len(SYMBOLS):  # noqa: ASYNC110  a condition has no event
                await anyio.sleep(0.01)
            due = source.clock.now() + LIVE_BARS * MINUTE
            while min(boundary.newest.values()) < due:  # noqa: ASYNC110
                await anyio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
    with closing(Journal.open_readonly(directory)) as journal:
        told = [one.message.bar for one in journal.inputs() if isinstance(one.message, BarArrived)]
    return told, msgspec.json.decode((directory / "status.json").read_bytes())["keeping"]


async def test_what_is_in_the_journal_is_in_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "store"
    monkeypatch.setenv(ENVIRONMENT, str(store))
    past = StoredPast(store, "binance", "usdm", MINUTE)
    told, status = await follow(tmp_path / "paper" / "0001", past, START)
    for symbol in SYMBOLS:
        bars = [msgspec.structs.replace(bar, backfilled=False) for bar in told if bar.symbol == symbol]
        assert len(bars) >= HISTORY + LIVE_BARS
        assert [repr(bar) for bar in bars_of(past.candles(symbol))] == [repr(bar) for bar in bars]
    assert (status["trouble"], status["failures"], status["store"]) == ("", 0, str(store))

    with capture_logs() as logged:
        again, _ = await follow(tmp_path / "paper" / "0002", past, START + LATER * MINUTE)
    stored = {one["symbol"]: one["bars"] for one in logged if one["event"] == "stored_bars"}
    assert set(stored) == set(SYMBOLS)
    assert min(stored.values()) > HISTORY - LATER, "up to where the first session ended"
    assert {repr(bar) for bar in again if bar.open_time < START} <= {repr(bar) for bar in told}
