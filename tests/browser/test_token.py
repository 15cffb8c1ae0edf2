"""A daemon that asks for its token: the page asks too, and the token stays where it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Open
from tests.browser.daemon import Daemon, running
from tests.browser.window import UNAUTHORISED

TOKEN = "correct horse/battery staple"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with running(state, rate=36_000.0, token=TOKEN) as one:
        yield one


def test_the_token_is_asked_for_and_exchanged(daemon: Daemon, open_window: Open) -> None:
    shown = open_window(daemon)
    shown.expected = (UNAUTHORISED,)
    asked: list[str] = []
    shown.page.on("request", lambda request: asked.append(request.url))
    shown.open()
    field = shown.page.get_by_label("Token")
    expect(field).to_have_attribute("type", "password")
    expect(shown.connection).to_have_text("Signed out")
    field.fill("guess")
    shown.button("Sign in").click()
    expect(shown.page.locator("#sign-in-problem")).to_contain_text("token, found another")
    field.fill(TOKEN)
    field.press("Enter")
    shown.until_live()
    shown.until_messages(shown.messages())
    shown.page.reload()
    shown.until_live()
    assert not [url for url in [*asked, shown.page.url] if TOKEN in url or quote(TOKEN, safe="") in url]
    cookies = shown.page.context.cookies()
    assert [(one["httpOnly"], one["sameSite"], TOKEN in one["value"]) for one in cookies] == [(True, "Strict", False)]
    assert shown.page.evaluate("[document.cookie, ...Object.values({...localStorage, ...sessionStorage})]") == [""]
