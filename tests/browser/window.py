"""A page in a browser as a person has it before them: what it shows, and what it must never do.

A browser itself complains on the console of every request that fails. Where a test brings that about it says so in
``expected``; anything else on the console, an exception that nobody caught, or a request to somewhere else than the
daemon is a fault of the page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Request, ViewportSize, WebError, expect

FLAGS = [
    "--no-sandbox",  # which root has to do without
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=390, height=844)
PATIENCE_MS = 15_000.0
REFUSED = r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"
UNAUTHORISED = r"status of 401|HTTP Authentication failed"


class Window:
    """One page, in a browser profile of its own."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.faults: list[str] = []
        self.documents = 0
        self.expected: tuple[str, ...] = ()
        page.context.on("console", self._console)
        page.context.on("weberror", self._error)
        page.context.on("request", self._request)
        page.on("websocket", lambda socket: self._place(socket.url))

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path, wait_until="domcontentloaded")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        self.documents += request.is_navigation_request()
        self._place(request.url)

    def _place(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"a request to elsewhere: {url}")

    def unexpected(self) -> list[str]:
        """Return the faults that the test has not brought about itself."""
        return [fault for fault in self.faults if not any(re.search(known, fault) for known in self.expected)]

    @property
    def condition(self) -> Locator:
        """The line that says how things stand."""
        return self.page.get_by_label("Condition", exact=True)

    @property
    def connection(self) -> Locator:
        return self.page.get_by_label("Connection", exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def fact(self, name: str) -> Locator:
        """A figure of the lane."""
        return self.page.locator("dt", has_text=name).locator("xpath=following-sibling::dd")

    def until_live(self) -> None:
        """Wait until it shows a session and takes commands."""
        expect(self.connection).to_have_text("Connected", timeout=PATIENCE_MS)
        expect(self.page.get_by_role("group", name="Commands").get_by_role("button").first).to_be_enabled()

    def messages(self) -> int:
        """Return the number of messages that it shows."""
        return int((self.fact("Messages").text_content() or "").replace(",", "") or -1)

    def until_messages(self, above: int) -> None:
        """Wait until it shows more messages than that."""
        number = "Number([...document.querySelectorAll('dt')].find(dt => dt.textContent === 'Messages')"
        number += "?.nextElementSibling.textContent.replaceAll(',', ''))"
        self.page.wait_for_function(f"above => {number} > above", arg=above, timeout=PATIENCE_MS)

    def picture(self, name: str) -> None:
        """Keep what is seen, where ``SCREENSHOTS`` names a directory."""
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def told(self) -> str:
        """Return everything that helps to see what went wrong."""
        text = "the page is gone"
        with suppress(Error):
            text = self.page.locator("body").aria_snapshot(timeout=1_000)
        return "\n".join([self.page.url, *self.faults[-20:], text])


@contextmanager
def window(browser: Browser, url: str, viewport: ViewportSize = WIDE) -> Iterator[Window]:
    """Give a page that is not yet opened, in a new profile."""
    context = browser.new_context(viewport=viewport, color_scheme="dark")
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield Window(context.new_page(), url)
    finally:
        context.close()
