"""The page's memory while it is left open: flat, once everything that it keeps a bounded number of is full.

1. A daemon plays very fast, until there are as many bars, marks, fills and decisions as a page ever keeps. It trades
   more than anybody should.
2. It is started again at twenty messages a second, and a page opened. Sixty times the garbage is collected and what is
   left is measured.
3. A snapshot brings a thousand bars of each symbol, and a page keeps five thousand: for the first quarter of the time
   it fills up. Of the rest the mean of the last quarter is at most five hundredths off the mean of the first.

An hour. ``PAGE_MINUTES`` has the same hour of messages played in so many minutes.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import mean

import pytest
from tests.browser.conftest import FAST, Open
from tests.browser.daemon import running
from tests.browser.window import Window

MINUTES = float(os.environ.get("PAGE_MINUTES", "60"))
SAMPLES = 60
RATE = 9_000.0 * 60 / MINUTES
"""In an hour five bars a second for each of two symbols, and two messages for each of them."""
RESTLESS = ("-s", "ema_cross", "--param", "fast=2", "--param", "slow=5")
"""A fill every few bars."""
FULL = 40_000
"""Messages after which there are five thousand bars of each symbol, and two thousand fills and decisions."""
FILLING_S = 300
DRIFT = 0.05


@pytest.mark.long
@pytest.mark.timeout(60 * MINUTES + 600)
def test_memory_stays_what_it_is(tmp_path: Path, open_window: Open) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with running(state, rate=FAST, options=RESTLESS) as daemon:
        status = daemon.until(lambda status: status["lane"]["seq"] > FULL, f"there are {FULL} messages", FILLING_S)
        assert daemon.stop() == 0
    print(f"{status['lane']['seq']} messages, {status['fills']} fills, {status['lane']['decisions']} decisions")
    with running(state, rate=RATE, options=RESTLESS) as daemon:
        series = measured(open_window(daemon))
    kept = series[SAMPLES // 4 :]
    quarter = len(kept) // 4
    first, last = mean(kept[:quarter]), mean(kept[-quarter:])
    print(f"first quarter {first:.2f} MB, last quarter {last:.2f} MB, {last / first - 1:+.1%}")
    assert abs(last / first - 1) <= DRIFT


def measured(shown: Window) -> list[float]:
    """Return megabytes in use, sixty times over the time that it lasts, and say each of them."""
    shown.open()
    shown.until_live()
    before, page = shown.messages(), shown.page
    inspector = page.context.new_cdp_session(page)
    series: list[float] = []
    for number in range(SAMPLES):
        page.wait_for_timeout(MINUTES * 60_000 / SAMPLES)
        inspector.send("HeapProfiler.collectGarbage")
        series.append(inspector.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
        nodes = inspector.send("Memory.getDOMCounters")["nodes"]
        seconds = (number + 1) * MINUTES * 60 / SAMPLES
        pace = (shown.messages() - before) / seconds
        print(f"{seconds:6.0f} s {series[-1]:7.2f} MB {nodes:6d} nodes {pace:5.1f} messages/s", flush=True)
    return series
