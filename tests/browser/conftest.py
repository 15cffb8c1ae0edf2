"""What the tests of the page share: Node, the page as built, a browser for each file, a session that has come far.

Without Node or a browser they are skipped, and how many is the last thing that is said; on a build server they fail.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright
from tests.browser.daemon import Daemon, running
from tests.browser.window import FLAGS, WIDE, Window, window
from tests.edges.test_setup import load

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "ui"
HERE = "tests/browser/"
FAST = 720_000.0
"""Four hundred bars a second for each symbol."""
SEASONED = 3_000
DEMO = 3_600.0

Open = Callable[..., Window]
tool, page_tool = load("browser"), load("page")
expect.set_options(timeout=20_000)


def lacking(what: str) -> NoReturn:
    (pytest.fail if tool.required() else pytest.skip)(what)


@pytest.fixture(scope="session")
def npm() -> str:
    """Give npm where there is a Node that the page can be built with."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or page_tool.version(node) < page_tool.NODE:
        lacking(f"expected Node {page_tool.NODE} or newer with npm")
    return npm


@pytest.fixture(scope="session")
def built(npm: str) -> Path:
    """Give the page as built from the sources that are here."""
    assert npm
    named = subprocess.run(["node", UI / "tools" / "page-id.mjs"], capture_output=True, text=True, check=True)
    found = page_tool.said(UI / "out" / "page-id.txt")
    assert found == named.stdout.strip(), "the page was not built from these sources: make page says why"
    return UI / "out"


@pytest.fixture(scope="session")
def executable(built: Path) -> str:
    """Give the path of a browser."""
    assert built
    return tool.browser() or lacking(tool.missing())


@pytest.fixture(scope="module")
def browser(executable: str) -> Iterator[Browser]:
    """Give a running browser. Its driver keeps an event loop going, so that it ends with the file."""
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=executable, args=FLAGS)


@pytest.fixture
def open_window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Give ``open_window(daemon_or_url)``; afterwards none may have done what a page must not do."""
    opened: list[Window] = []
    request.node.windows = opened
    with ExitStack() as stack:

        def opening(daemon: Daemon | str, viewport: ViewportSize = WIDE) -> Window:
            url = daemon if isinstance(daemon, str) else daemon.url
            opened.append(stack.enter_context(window(browser, url, viewport)))
            return opened[-1]

        yield opening
    assert [fault for one in opened for fault in one.unexpected()] == []


@pytest.fixture(scope="session")
def seasoned(executable: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Give ``seasoned()``: each time a new copy of a session that has thousands of messages behind it."""
    assert executable
    first = tmp_path_factory.mktemp("seasoned") / "state"
    first.mkdir(mode=0o700)
    with running(first, rate=FAST) as daemon:
        daemon.until(lambda status: status["lane"]["seq"] > SEASONED, f"there are {SEASONED} messages")
        assert daemon.stop() == 0
    return lambda: shutil.copytree(first, tmp_path_factory.mktemp("seasoned") / "state")


@pytest.fixture(scope="session")
def lively(seasoned: Callable[[], Path]) -> Iterator[Daemon]:
    """Give a daemon that goes on with such a session at the demo's own speed."""
    with running(seasoned(), rate=DEMO) as daemon:
        yield daemon


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and report.failed:
        for one in getattr(item, "windows", []):
            report.sections.append(("the page", one.told()))
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Daemon):
                report.sections.append(("the daemon", "\n".join(map(str, list(value.lines)[-20:]))))
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    why = [str(report.longrepr[2]) for report in reports if report.nodeid.startswith(HERE)]
    if why:
        reporter.write_line(f"{len(why)} tests of the page skipped: {why[-1].removeprefix('Skipped: ')}")
