"""Every state of the page in both themes and both widths: nothing sticks out, and axe finds nothing to mend.

With ``SCREENSHOTS=DIR`` a picture of each is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.conftest import UI
from tests.browser.daemon import STILL, Daemon, running
from tests.browser.window import NARROW, WIDE, Window, window
from tests.browser.wire import Frame, Wire

from finantrade.domain.units import MINUTE

TABS = ("single", "portfolio", "strategy-lab", "ml-lab")
WIDER = "Math.max(0, document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth)"
SETTLED = "() => document.getAnimations().every(one => one.effect.getTiming().iterations === Infinity)"
FOUND = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
  one => `${one.id}: ${one.nodes.map(node => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`)"""


@pytest.fixture(scope="module")
def daemon(seasoned: Callable[[], Path]) -> Iterator[Daemon]:
    with running(seasoned(), rate=STILL) as one:
        yield one


@pytest.fixture(scope="module")
def axe(built: Path) -> str:
    assert built
    return (UI / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def loading(shown: Window, wire: Wire) -> None:
    wire.change = lambda _: None
    shown.open()
    expect(shown.condition).to_contain_text("Connecting")


def empty(shown: Window, wire: Wire) -> None:
    wire.change = before_the_first_bar
    shown.open()
    expect(shown.page.get_by_text("Nothing has been decided yet")).to_be_visible()
    expect(shown.page.get_by_text("Waiting for the first bar of BTCUSD")).to_be_visible()


def full(shown: Window, wire: Wire) -> None:
    wire.change = with_the_newest
    shown.open()
    shown.until_live()


def stale(shown: Window, wire: Wire) -> None:
    full(shown, wire)
    wire.change = with_stale_feeds
    expect(shown.page.get_by_text("2 stale")).to_be_visible()
    expect(shown.condition).to_contain_text("Every feed is stale. No bar has come for a while: entries are refused")


def switched_off(shown: Window, wire: Wire) -> None:
    wire.change = with_a_strategy_off
    shown.open()
    expect(shown.condition).to_contain_text("ema_cross on ETHUSD is switched off.")
    expect(shown.page.get_by_role("region", name="Decisions")).to_contain_text(
        "ema_cross at mine/ema_cross.py:41: KeyError: 3"
    )


def followed(shown: Window, wire: Wire) -> None:
    wire.change = of_a_venue
    shown.open()
    expect(shown.condition).to_contain_text("The data is poor. Open interest of ETHUSD: 61.11% of what should be there")
    expect(shown.page.get_by_role("region", name="Wires")).to_contain_text("1,204 of 2,400")
    expect(shown.page.get_by_role("region", name="Data", exact=True)).to_contain_text("cannot be written now")
    expect(shown.page.get_by_role("list", name="Marks on the chart")).to_contain_text("not over yet")


def disconnected(shown: Window, wire: Wire) -> None:
    full(shown, wire)
    wire.sever()
    expect(shown.condition).to_contain_text("Disconnected. ")
    expect(shown.page.get_by_text("all fresh")).to_have_count(0)


def dialog(shown: Window, wire: Wire) -> None:
    full(shown, wire)
    shown.button("Stop…").click()
    expect(shown.page.get_by_role("dialog")).to_be_visible()


def token_asked(shown: Window, wire: Wire) -> None:
    shown.expected = ("status of 401",)
    wire.cut = True
    shown.page.route("**/api/meta", lambda route: route.fulfill(status=401, json={}))
    shown.open()
    expect(shown.page.get_by_label("Token")).to_be_visible()


def tab(name: str) -> Callable[[Window, Wire], None]:
    def opened(shown: Window, _: Wire) -> None:
        shown.open(f"/{name}")
        expect(shown.connection).to_have_text("Connected")

    return opened


STATES: dict[str, Callable[[Window, Wire], None]] = {
    "loading": loading,
    "empty": empty,
    "full": full,
    "stale": stale,
    "followed": followed,
    "switched-off": switched_off,
    "disconnected": disconnected,
    "dialog": dialog,
    "token": token_asked,
    **{name: tab(name) for name in TABS},
}


def before_the_first_bar(frame: Frame) -> Frame:
    status = frame["status"]
    feeds = [{**one, "last_close_time": None, "last_price": None, "age_s": None} for one in status["feeds"]]
    lane = {**status["lane"], "p50_ms": None, "p99_ms": None, "seq": 0, "at": 0, "decisions": 0}
    nothing = {"bars": {}, "equity": {"time": [], "equity": []}, "fills": [], "decisions": []}
    return {**frame, **nothing, "status": {**status, "feeds": feeds, "lane": lane, "positions": [], "orders": []}}


def with_the_newest(frame: Frame) -> Frame:
    """Leave out rows that are like those before them, for axe looks at every one."""
    return {**frame, "fills": frame["fills"][-30:], "decisions": frame["decisions"][-30:]}


WIRES = {
    "connections": 2, "reconnects": 3, "stale": ["ETHUSD"], "conflated": 12_345, "repeated_bars": 4, "late_bars": 1,
    "weight_used": 1_204, "weight_budget": 2_400, "requests_waited": 7, "waited_s": 12.5, "clock_offset_ms": -38.4,
}  # fmt: skip
KEEPING = {
    "store": "/var/lib/finantrade/store", "rows": 96_512, "revised": 2, "left_out": 1, "seq": 120_000, "age_s": 251.0,
    "failures": 3, "trouble": "[Errno 28] No space left on device",
}  # fmt: skip


def share(kind: str, symbol: str, interval: str, present: int, expected: int | None) -> dict[str, Any]:
    ratio = present / expected if expected else None
    return {
        "kind": kind, "symbol": symbol, "interval": interval, "present": present, "expected": expected, "share": ratio,
        "gaps": 0 if present == expected else 3, "synthetic": kind == "funding",
        "poor": ratio is not None and ratio < 0.99,
    }  # fmt: skip


COVERAGE = {
    "poor": True,
    "synthetic": False,
    "series": [
        *(share("candles", symbol, "15m", 9_600, 9_600) for symbol in ("BTCUSD", "ETHUSD")),
        share("open_interest", "BTCUSD", "5m", 28_799, 28_800),
        share("open_interest", "ETHUSD", "5m", 17_600, 28_800),
        share("liquidation_events", "BTCUSD", "irregular", 812, None),
        share("funding", "BTCUSD", "irregular", 300, 300),
    ],
    "absent": ["sentiment"],
    "more": 12,
    "assumed": ["mark price of settlements: the last close", "trading rules: as of today"],
}


def of_a_venue(frame: Frame) -> Frame:
    """As a session on a live venue is: wires, coverage, what is kept, and a candle that is not over yet."""
    frame = with_the_newest(frame)
    forming = list[dict[str, Any]]()
    for symbol, bars in frame["bars"].items():
        if bars["close"]:
            price, opened = bars["close"][-1], bars["open_time"][-1] + 30 * MINUTE
            figures = {"open": price, "high": price * 1.012, "low": price * 0.996, "close": price * 1.008}
            forming.append({"symbol": symbol, "open_time": opened, "volume": 12.0, **figures})
    status = {**frame["status"], "wires": WIRES, "coverage": COVERAGE, "keeping": KEEPING}
    return {**frame, "status": status, "forming": forming}


def with_stale_feeds(frame: Frame) -> Frame:
    feeds = [{**feed, "stale": True, "age_s": 4_000.0} for feed in frame["status"]["feeds"]]
    return {**frame, "status": {**frame["status"], "feeds": feeds}}


def with_a_strategy_off(frame: Frame) -> Frame:
    seat = {"strategy": "ema_cross", "symbol": "ETHUSD"}
    said = {"type": "StrategyFaulted", **seat, "error": "KeyError: 3", "where": "mine/ema_cross.py:41"}
    lane = frame["status"]["lane"]
    told = [{"seq": lane["seq"], "place": 99, "at": lane["at"], "said": said}] if frame["frame"] == "snapshot" else []
    frame = with_the_newest(frame)
    status = {**frame["status"], "switched_off": [seat]}
    return {**frame, "decisions": frame["decisions"] + told, "status": status}


@dataclass
class Survey:
    """What was found wrong in one state, each with the theme and width in which it was."""

    too_wide: list[str] = field(default_factory=list[str])
    violations: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])


@pytest.fixture(scope="module", params=STATES)
def survey(request: pytest.FixtureRequest, browser: Browser, daemon: Daemon, axe: str) -> Survey:
    """Give what is found in one state of the page."""
    found = Survey()
    with window(browser, daemon.url) as shown:
        request.node.windows = [shown]
        STATES[request.param](shown, Wire(shown.page))
        shown.page.evaluate(axe)
        for theme in ("dark", "light"):
            shown.page.emulate_media(color_scheme=theme)
            for size in (WIDE, NARROW):
                shown.page.set_viewport_size(size)
                inspect(shown, f"{theme} {size['width']}", found)
                shown.picture(f"{request.param}-{theme}-{size['width']}")
        found.faults += shown.unexpected()
    return found


def inspect(shown: Window, where: str, found: Survey) -> None:
    shown.page.wait_for_function(SETTLED)
    if wider := shown.page.evaluate(WIDER):
        found.too_wide.append(f"{where}: {wider} px")
    violations: list[Any] = shown.page.evaluate(FOUND)
    found.violations += [f"{where}: {' '.join(one.split())}" for one in violations]


def test_nothing_is_wider_than_the_window(survey: Survey) -> None:
    assert survey.too_wide == []


def test_axe_finds_nothing_to_mend(survey: Survey) -> None:
    assert survey.violations == []


def test_nothing_is_complained_of(survey: Survey) -> None:
    assert survey.faults == []
