"""The page in a browser: how soon it can be used, what it weighs, how smoothly and how still it is while bars come.

1. A session is played up to ``BARS`` bars, so that the chart has more than a thousand to show.
2. The page is opened from the daemon at the rate that is asked for. It can be used once its first command can be given.
3. The chart is zoomed out to about a thousand bars, and frames are counted for as long as is asked for.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright
from tests.bench.data import CACHE
from tests.browser.daemon import running
from tests.browser.window import FLAGS, window
from tests.edges.test_setup import load

FAST = 720_000.0
BARS = 1_400
LARGE = ViewportSize(width=1920, height=1080)
ZOOMS = 6
"""Steps from the chart's own scale to a thousand bars on a page so wide."""
WATCHED = """
  const look = () => {
    const first = document.querySelector('[aria-label=Commands] button')
    if (first && first.ariaDisabled !== 'true') window.usable = performance.now()
    else requestAnimationFrame(look)
  }
  look()
  window.shifted = 0
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value
  }).observe({type: 'layout-shift', buffered: true})
"""
SCRIPTS = """performance.getEntriesByType('resource').filter(one => one.name.endsWith('.js'))
  .reduce((sum, one) => sum + one.encodedBodySize, 0) / 1000"""
FRAMES = """seconds => new Promise(done => {
  let [frames, longest, before] = [0, 0, performance.now()]
  const begun = before
  const count = now => {
    frames += 1
    longest = Math.max(longest, now - before)
    before = now
    if (now - begun < seconds * 1000) requestAnimationFrame(count)
    else done({frames_per_s: (frames * 1000) / (now - begun), longest_frame_ms: longest})
  }
  requestAnimationFrame(count)
})"""


def main() -> None:
    rate, seconds = float(sys.argv[1]), float(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        state = Path(place)
        with running(state, rate=FAST) as daemon:
            daemon.until(lambda status: status["lane"]["seq"] > 4 * BARS, "there are enough bars")
            daemon.stop()
        with running(state, rate=rate) as daemon, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=load("browser").browser(), args=FLAGS)
            with window(browser, daemon.url, LARGE) as shown:
                shown.page.add_init_script(WATCHED)
                shown.open()
                shown.until_live()
                print(json.dumps(measured(shown.page, seconds)))


def measured(page: Page, seconds: float) -> dict[str, Any]:
    """Return the figures of one page that has just been opened."""
    said = {"usable_s": page.evaluate("window.usable") / 1000, "scripts_kb": page.evaluate(SCRIPTS)}
    for _ in range(ZOOMS):
        page.get_by_role("button", name="Zoom out").click()
    said |= page.evaluate(FRAMES, seconds)
    return {**said, "shifted": page.evaluate("window.shifted")}


if __name__ == "__main__":
    main()
