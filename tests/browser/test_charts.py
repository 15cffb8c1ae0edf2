"""What is on the charts, which no text tells: that candles are drawn, in the colours of the theme, whoever looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Open
from tests.browser.daemon import Daemon
from tests.browser.window import PATIENCE_MS
from tests.browser.wire import Frame, Wire, unchanged

from finantrade.domain.units import MINUTE

TIMEFRAME = 30 * MINUTE

UP_AND_DOWN = {"dark": ["90,169,255", "255,159,77"], "light": ["10,95,194", "168,70,0"]}
DRAWN = """([box, wanted]) => {
  const found = new Set()
  for (const canvas of document.querySelectorAll(`[role=img][aria-label^="${box}"] canvas`)) {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    for (let i = 0; i < data.length; i += 4) found.add(`${data[i]},${data[i + 1]},${data[i + 2]}`)
  }
  return wanted.every(color => found.has(color))
}"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_charts_are_drawn_in_the_colours_of_the_theme(lively: Daemon, open_window: Open, motion: str) -> None:
    shown = open_window(lively)
    shown.expected = ("willReadFrequently",)
    shown.page.emulate_media(reduced_motion=motion)
    shown.open()
    shown.until_live()
    for theme, colours in UP_AND_DOWN.items():
        shown.page.emulate_media(color_scheme=theme)
        for box in ("Candles", "Equity"):
            shown.page.wait_for_function(DRAWN, arg=[box, colours], timeout=PATIENCE_MS)
    expect(shown.condition).to_contain_text("Running.")


def test_a_candle_that_is_not_over_is_shown_until_it_closes(lively: Daemon, open_window: Open) -> None:
    shown = open_window(lively)
    shown.expected = ("willReadFrequently",)
    wire, close = Wire(shown.page), 1_234.5

    def form(frame: Frame) -> Frame:
        bars = frame["bars"].get("BTCUSD")
        if not bars:
            return frame
        figures = dict.fromkeys(("open", "high", "low", "close", "volume"), close)
        return {**frame, "forming": [{"symbol": "BTCUSD", "open_time": bars["open_time"][-1] + TIMEFRAME, **figures}]}

    wire.change = form
    shown.open()
    shown.until_live()
    candles = shown.page.get_by_role("img", name=re.compile("^Candles of BTCUSD"))
    expect(candles).to_have_accessible_name(re.compile(r"the forming one stands at 1,234\.50$"))
    marks = shown.page.get_by_role("list", name="Marks on the chart")
    expect(marks).to_contain_text("not over yet")
    wire.change = unchanged
    expect(candles).not_to_have_accessible_name(re.compile("forming"))
    expect(marks).not_to_contain_text("not over yet")
