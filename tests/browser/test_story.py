"""The whole story with one page that is never loaded again: it trades, is steered, loses its daemon and finds it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import Open
from tests.browser.daemon import Daemon, running
from tests.browser.window import REFUSED, Window

RATE = 36_000.0
"""Twenty bars a second for each symbol."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with running(state, rate=RATE) as one:
        yield one


def test_from_the_first_bar_to_the_last_word(daemon: Daemon, open_window: Open) -> None:
    shown = open_window(daemon)
    shown.expected = (REFUSED,)
    shown.open()
    shown.until_live()
    shown.page.evaluate("window.never_loaded_again = true")
    it_trades(shown)
    it_is_paused_and_resumed(daemon, shown)
    it_is_flattened(daemon, shown)
    it_notices_silence(daemon, shown)
    port, messages = daemon.port, shown.messages()
    it_loses_the_daemon(daemon, shown)
    with running(daemon.state, rate=RATE, port=port) as again:
        shown.until_live()
        shown.until_messages(messages + 20)
        it_is_stopped(again, shown)
        assert again.stop() == 0
        expect(shown.condition).to_contain_text("The daemon went down.")
    assert shown.page.evaluate("window.never_loaded_again") is True
    assert shown.documents == 1


def it_trades(shown: Window) -> None:
    bar = shown.page.get_by_role("img", name="Candles of BTCUSD")
    before = bar.get_attribute("aria-label") or ""
    expect(bar).not_to_have_attribute("aria-label", before)
    shown.until_messages(shown.messages() + 20)
    expect(bar.locator("canvas").first).to_be_visible()


def it_is_paused_and_resumed(daemon: Daemon, shown: Window) -> None:
    shown.button("Pause").click()
    expect(shown.condition).to_contain_text("Trading is paused.")
    assert daemon.status()["trading_state"] == "paused"
    shown.button("Resume").click()
    expect(shown.condition).to_contain_text("Running.")
    assert daemon.status()["trading_state"] == "active"
    expect(shown.page.get_by_label("Outcome of the last command")).to_contain_text("Resume carried out")


def it_is_flattened(daemon: Daemon, shown: Window) -> None:
    daemon.until(lambda status: bool(status["positions"]), "something is held")
    positions = card(shown.page, "Positions")
    expect(positions).to_contain_text("open")
    shown.button("Flatten…").click()
    expect(shown.page.get_by_role("dialog")).to_contain_text("every position is closed at the next price")
    shown.button("Flatten and pause").click()
    expect(positions).to_contain_text("all flat")
    expect(shown.condition).to_contain_text("Trading is paused.")
    status = daemon.status()
    assert (status["trading_state"], [one for one in status["positions"] if one["qty"]]) == ("paused", [])


def it_notices_silence(daemon: Daemon, shown: Window) -> None:
    daemon.process.send_signal(signal.SIGSTOP)
    expect(shown.condition).to_contain_text("The daemon has gone silent.", timeout=4_500)
    expect(shown.connection).to_have_text("Disconnected")
    expect(shown.button("Resume")).to_be_disabled()
    daemon.process.send_signal(signal.SIGCONT)
    shown.until_live()


def it_loses_the_daemon(daemon: Daemon, shown: Window) -> None:
    daemon.kill()
    expect(shown.condition).to_contain_text("The daemon cannot be reached.", timeout=2_000)
    expect(shown.condition).to_contain_text(re.compile(r"\d\d:\d\d:\d\d UTC"))
    expect(shown.connection).to_have_text("Disconnected")


def it_is_stopped(daemon: Daemon, shown: Window) -> None:
    """Trading stops, not the daemon."""
    shown.button("Stop…").click()
    expect(shown.page.get_by_role("dialog")).to_contain_text("The daemon itself goes on")
    shown.button("Close everything and stop").click()
    expect(shown.condition).to_contain_text("Trading is stopped.")
    assert daemon.status()["trading_state"] == "stopped"


def card(page: Page, title: str) -> Locator:
    """The part of the page under a heading."""
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True))
