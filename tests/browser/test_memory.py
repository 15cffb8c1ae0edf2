"""The page's memory while it is left open: flat, once everything that it keeps a bounded number of is full.

1. The session has so many bars and decisions behind it that the page begins with full rings.
2. The daemon goes on at twenty messages a second. Sixty times the garbage is collected and what is left is measured.
3. The first tenth of the time belongs to what a browser does once. Of the rest the mean of the last quarter is at most
   five hundredths off the mean of the first.

An hour, or as many minutes as ``PAGE_MINUTES`` says.
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import mean

import pytest
from tests.browser.conftest import FAST, Open
from tests.browser.daemon import Daemon, running

MINUTES = float(os.environ.get("PAGE_MINUTES", "60"))
SAMPLES = 60
FULL = 40_000
"""Messages after which five thousand bars and two thousand decisions are there."""
RATE = 9_000.0
"""Five bars a second for each of two symbols, and two messages for each of them."""
DRIFT = 0.05
FILLING_S = 180.0


def filled(state: Path) -> Path:
    state.mkdir(mode=0o700)
    with running(state, rate=FAST) as daemon:
        daemon.until(lambda status: status["lane"]["seq"] > FULL, f"there are {FULL} messages", within_s=FILLING_S)
        assert daemon.stop() == 0
    return state


@pytest.mark.long
@pytest.mark.timeout(60 * MINUTES + 600)
def test_memory_stays_what_it_is(tmp_path: Path, open_window: Open) -> None:
    with running(filled(tmp_path / "state"), rate=RATE) as daemon:
        series = measured(daemon, open_window)
    kept = series[SAMPLES // 10 :]
    quarter = len(kept) // 4
    first, last = mean(kept[:quarter]), mean(kept[-quarter:])
    print(f"first quarter {first:.2f} MB, last quarter {last:.2f} MB, {last / first - 1:+.1%}")
    assert abs(last / first - 1) <= DRIFT


def measured(daemon: Daemon, open_window: Open) -> list[float]:
    """Return megabytes in use, sixty times over the time that it lasts, and say each of them."""
    shown = open_window(daemon)
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
