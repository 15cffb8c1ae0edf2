"""The real daemon on a venue: trades what comes, is killed, finds what it missed, and its journal proves all of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from tests.browser.daemon import FINANTRADE, ROOT, Daemon, running
from tests.browser.waiting import eventually

from finantrade.config import Context
from finantrade.domain.context import MarkPrice
from finantrade.domain.market import BarArrived, FeedGap
from finantrade.domain.units import MINUTE
from finantrade.journal.store import Journal
from finantrade.market.context_tape import Polled, key_of, keys_of
from finantrade.runtime.newest import FACTS

RATE = 600
"""A bar of 15 minutes in a second and a half."""
HISTORY = 60
BARS = 3


@contextmanager
def simulated() -> Iterator[str]:
    """Run ``finantrade simulate``; give its address."""
    command = [FINANTRADE, "simulate", "--json", "--port", "0", "--rate", str(RATE)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        text = ""
        while not text.endswith("}\n") or text.count("{") != text.count("}"):
            text += process.stdout.readline()
        yield json.loads(text)["addresses"]["API_URL"].removesuffix("/api")
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Path]:
    with simulated() as address:
        over = {
            "feed": {
                "dataset": None,
                "binance": {"simulator": address, "rate": RATE, "history_bars": HISTORY, "stale_after_s": 1_500},
            },
            "boundary_deadline_ms": 300_000,
        }
        path = tmp_path / "followed.yml"
        path.write_text(yaml.safe_dump(over))
        yield path


def closed(daemon: Daemon) -> list[int]:
    """Return the open time of the newest bar of each symbol."""
    feeds = daemon.status()["feeds"]
    return [feed["last_close_time"] or 0 for feed in feeds if not feed["stale"]]


def fresh_bars(daemon: Daemon, settings: Path, count: int) -> None:
    """Wait until so many bars more have closed at the venue, and are there of both symbols, and nothing is stale."""
    eventually(lambda: closed(daemon), lambda times: len(times) == 2 and min(times) > 0, "both are fresh")
    # A daemon that has just come back has not heard yet what it missed: those bars are not meant.
    due = venue_time(settings) + count * 15 * MINUTE
    eventually(lambda: closed(daemon), lambda times: len(times) == 2 and min(times) >= due, "bars come")


def expect_sound_wires(daemon: Daemon) -> None:
    """Compare what is said of the wires in the status with what metrics say, and with what must be."""
    wires = daemon.status()["wires"]
    assert wires["connections"] == wires["expected_connections"] == 1
    assert wires["stale"] == []
    assert 0 < wires["weight_used"] <= wires["weight_budget"] or wires["context_facts"] > 0
    text = httpx.get(f"{daemon.url}/metrics", trust_env=False).text
    told = {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith("finantrade_")}
    assert told["finantrade_wire_connections"] == 1
    assert told["finantrade_wire_reconnects_total"] == wires["reconnects"]
    assert told["finantrade_context_facts_total"] >= wires["context_facts"] > 0
    documented = (ROOT / "docs" / "api.md").read_text()
    for name in (one.split("{")[0] for one in told):
        assert name.removesuffix("_created") in documented, name


def venue_time(settings: Path) -> int:
    address = yaml.safe_load(settings.read_text())["feed"]["binance"]["simulator"]
    return httpx.get(f"{address}/fapi/v1/time", trust_env=False).json()["serverTime"]


def pass_on(settings: Path, bars: int) -> None:
    """Wait until so many bars more are over at the venue."""
    due = venue_time(settings) + bars * 15 * MINUTE
    eventually(lambda: venue_time(settings), lambda now: now >= due, "the venue goes on")


def test_killed_and_restarted_it_finds_what_it_missed(settings: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    options = ["-c", str(ROOT / "config" / "system.yml"), "-c", str(settings)]
    for _ in range(2):
        with running(state, rate=1.0, options=options) as daemon:
            fresh_bars(daemon, settings, BARS)
            expect_sound_wires(daemon)
        pass_on(settings, BARS)
    session = state / "paper" / "0001"
    with closing(Journal.open_readonly(session)) as journal:
        told = [entry.message for entry in journal.inputs()]
    for symbol in ("BTCUSDT", "ETHUSDT"):
        bars = [one.bar for one in told if isinstance(one, BarArrived) and one.bar.symbol == symbol]
        times = [bar.open_time for bar in bars]
        for gap in (one for one in told if isinstance(one, FeedGap) and one.symbol == symbol):
            times += range(gap.start, gap.end + 1, 15 * MINUTE)
        assert sorted(times) == list(range(min(times), max(times) + 1, 15 * MINUTE)), symbol
        assert len([bar for bar in bars if bar.backfilled]) >= HISTORY + BARS - 1, "the history, and what was missed"
        assert len([bar for bar in bars if not bar.backfilled]) >= 2 * BARS - 2
    followed = [key for key in keys_of(Context, ("BTCUSDT", "ETHUSDT")) if key.series is not Polled.PREMIUM]
    for key in followed:
        times = [one.time for one in told if isinstance(one, FACTS) and key_of(one) == key]
        assert times == sorted(set(times)), key
        assert times, key
    assert any(isinstance(one, MarkPrice) for one in told)
    verify = [FINANTRADE, "verify", "--state", str(state), "--json"]
    done = subprocess.run(verify, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
