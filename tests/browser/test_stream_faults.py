"""What the stream can do to the page: lose an update, belong to another version, say what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Open
from tests.browser.daemon import Daemon
from tests.browser.waiting import eventually
from tests.browser.window import Window
from tests.browser.wire import Frame, Wire

SHOWN = """() => {
  const figure = name => [...document.querySelectorAll('h2')].find(h2 => h2.textContent.startsWith(name))
  const rows = title => [...figure(title).closest('section').querySelectorAll('tbody tr')]
  return {
    seq: [...document.querySelectorAll('dt')].find(dt => dt.textContent === 'Messages').nextElementSibling.textContent,
    equity: figure('Equity').nextElementSibling.textContent,
    bar: document.querySelector('[role=img][aria-label^="Candles of"]').getAttribute('aria-label'),
    positions: rows('Positions').map(row => [...row.cells].map(cell => cell.textContent)),
  }
}"""


def watched(lively: Daemon, open_window: Open) -> tuple[Window, Wire]:
    shown = open_window(lively)
    wire = Wire(shown.page)
    shown.open()
    shown.until_live()
    return shown, wire


def test_a_lost_update_is_noticed_and_made_good(lively: Daemon, open_window: Open) -> None:
    shown, wire = watched(lively, open_window)
    lost: list[Frame] = []

    def lose_one_with_bars(frame: Frame) -> Frame | None:
        if lost or frame["frame"] != "update" or not frame["bars"]:
            return frame
        lost.append(frame)
        return None

    wire.change = lose_one_with_bars
    eventually(lambda: (shown.page.title(), wire.snapshots)[1], lambda found: found == 2, "it begins again")
    shown.until_messages(shown.messages() + 2)
    assert (len(lost), wire.snapshots) == (1, 2)
    expect(shown.condition).not_to_contain_text("missing")
    it_shows_what_the_daemon_says(lively, shown)


def it_shows_what_the_daemon_says(daemon: Daemon, shown: Window) -> None:
    def both() -> tuple[Any, Any]:
        before, page = daemon.status(), shown.page.evaluate(SHOWN)
        bars = daemon.get("/api/live/bars?symbol=BTCUSD&limit=1")["bars"]
        same = before["lane"]["seq"] == daemon.status()["lane"]["seq"] == int(page["seq"].replace(",", ""))
        return (before, bars), page if same else None

    (status, bars), page = eventually(both, lambda found: found[1] is not None, "page and daemon are at one message")
    held = {one["symbol"]: one for one in status["positions"] if one["qty"]}
    assert page["equity"] == f"{status['account']['equity']:,.2f}"
    assert f"the newest closed at {bars['close'][0]:,.2f}, opened" in page["bar"]
    assert {row[0][:6] for row in page["positions"] if row[-3] != "–"} == held.keys()
    for row in page["positions"]:
        if one := held.get(row[0][:6]):
            assert f"{abs(one['qty']):,.{5 if row[0].startswith('BTC') else 4}f}" in row[1]
            assert f"{one['entry_price']:,.2f}" == row[2]


@pytest.mark.parametrize("other", [{"api_version": 99}, {"page": "another"}], ids=lambda other: next(iter(other)))
def test_the_page_of_another_version_loads_itself_again_once(
    lively: Daemon, open_window: Open, other: dict[str, Any]
) -> None:
    shown = open_window(lively)
    wire = Wire(shown.page)

    def of_another(frame: Frame) -> Frame:
        if frame["frame"] != "snapshot":
            return frame
        return {**frame, **other, "meta": {**frame["meta"], **other}}

    wire.change = of_another
    shown.open()
    expect(shown.condition).to_contain_text("another version")
    assert (shown.documents, wire.snapshots) == (2, 2)
    shown.until_messages(shown.messages() + 4)
    assert (shown.documents, wire.snapshots) == (2, 2)
    expect(shown.condition).to_contain_text("Loading it again did not help")


NONSENSE = {
    "no JSON": "{'frame",
    "nothing": "",
    "null": "null",
    "a number": "7",
    "a list": "[]",
    "of no kind": "{}",
    "of an unknown kind": '{"frame": "riddle", "n": 1}',
    "an update without a number": '{"frame": "update"}',
}


def test_nonsense_is_answered_with_a_fresh_snapshot(lively: Daemon, open_window: Open) -> None:
    shown, wire = watched(lively, open_window)
    for begun, (name, text) in enumerate(NONSENSE.items(), 1):
        wire.say(text)
        eventually(lambda: (shown.page.title(), wire.snapshots)[1], lambda found, n=begun + 1: found == n, name)
        shown.until_live()
    shown.until_messages(shown.messages() + 2)
    assert wire.snapshots == 1 + len(NONSENSE)
