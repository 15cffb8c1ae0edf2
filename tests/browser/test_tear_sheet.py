"""The tear sheet in a browser: it asks for nothing but itself, complains of nothing, and fits any width and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Request, sync_playwright
from tests.browser.conftest import lacking, tool
from tests.browser.window import FLAGS
from tests.kept_runs import kept

from finantrade_research.runs.catalogue import find_run
from finantrade_research.tearsheet.page import page
from finantrade_research.tearsheet.run import Sheet


@pytest.fixture(scope="module")
def alone() -> Iterator[Browser]:
    """Give a running browser, whether or not the Live page can be built."""
    executable = tool.browser() or lacking(tool.missing())
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=executable, args=FLAGS)


@pytest.mark.parametrize("width", [1_280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sheet_stands_by_itself(alone: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    (one,) = kept(tmp_path / "runs")
    file = tmp_path / "sheet.html"
    file.write_text(page(Sheet.of(tmp_path / "runs", find_run(tmp_path / "runs", one.run))), encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []

    def asks(request: Request) -> None:
        asked.append(request.url)

    def says(message: ConsoleMessage) -> None:
        said.append(message.text)

    window = alone.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    window.on("request", asks)
    window.on("console", says)
    window.goto(file.as_uri())
    assert (asked, said) == ([file.as_uri()], [])
    assert window.evaluate("document.documentElement.scrollWidth") <= width
    paper, ink = (window.evaluate(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color"))
    assert (brightness(paper) > brightness(ink)) is (scheme == "light")
    window.emulate_media(media="print")
    assert brightness(window.evaluate("getComputedStyle(document.body).backgroundColor")) == 255


def brightness(colour: str) -> float:
    """Return the mean of the channels of ``rgb(1, 2, 3)``."""
    channels = [float(one) for one in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(channels) / len(channels)
