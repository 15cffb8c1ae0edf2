"""The page without a mouse: what can be done can be done with keys, and a question holds the focus until answered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import Open
from tests.browser.daemon import Daemon
from tests.browser.window import Window

STEPS = 60
DARK, LIGHT = "rgb(9, 11, 15)", "rgb(243, 244, 247)"
IN_DIALOG = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"


@pytest.fixture
def shown(lively: Daemon, open_window: Open) -> Window:
    one = open_window(lively)
    one.open()
    one.until_live()
    return one


def reach(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press a key until the focus is where it is wanted, and seen to be there."""
    for _ in range(STEPS):
        page.keyboard.press(key)
        if target.evaluate("one => one === document.activeElement"):
            assert target.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
            return
    focused = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"expected {target} within {STEPS} presses of {key}, found {focused}")


def test_trading_is_paused_and_resumed_with_keys(shown: Window) -> None:
    reach(shown.page, shown.button("Pause"))
    shown.page.keyboard.press("Enter")
    expect(shown.condition).to_contain_text("Trading is paused.")
    shown.until_live()
    expect(shown.button("Resume")).to_be_focused()
    shown.page.keyboard.press("Space")
    expect(shown.condition).to_contain_text("Running.")
    shown.until_live()
    expect(shown.button("Pause")).to_be_focused()


@pytest.mark.parametrize("name", ["Flatten…", "Stop…"])
def test_a_question_holds_the_focus_and_gives_it_back(shown: Window, name: str) -> None:
    dialog = shown.page.get_by_role("dialog")
    opener = shown.button(name)
    for leave in ("Escape", "Enter"):
        opener.focus()
        shown.page.keyboard.press("Enter")
        expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
        for key in ("Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
            shown.page.keyboard.press(key)
            assert shown.page.evaluate(IN_DIALOG), f"{key} leads out of the dialog"
        dialog.get_by_role("button", name="Cancel").focus()
        shown.page.keyboard.press(leave)
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()


def test_every_tab_is_reached_with_keys_and_the_stream_stays_open(shown: Window) -> None:
    sockets: list[str] = []
    shown.page.on("websocket", lambda socket: sockets.append(socket.url))
    for title in ("Single", "Portfolio", "Strategy Lab", "ML Lab", "Live"):
        link = shown.page.get_by_role("navigation", name="Main").get_by_role("link", name=title, exact=True)
        reach(shown.page, link)
        shown.page.keyboard.press("Enter")
        expect(link).to_have_attribute("aria-current", "page")
        expect(shown.connection).to_have_text("Connected")
    shown.until_live()
    assert (shown.documents, sockets) == (1, [])


def test_the_first_key_leads_to_the_content(shown: Window) -> None:
    shown.page.keyboard.press("Tab")
    expect(shown.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    shown.page.keyboard.press("Enter")
    expect(shown.page.locator("#main")).to_be_focused()


def test_the_theme_is_switched_and_kept(shown: Window) -> None:
    body, switch = shown.page.locator("body"), shown.page.get_by_role("button", name="Theme:")
    for theme, ground in (("dark", DARK), ("light", LIGHT)):
        switch.press("Enter")
        expect(shown.page.get_by_role("button", name=f"Theme: {theme}.")).to_be_focused()
        expect(body).to_have_css("background-color", ground)
    shown.page.reload()
    shown.until_live()
    expect(body).to_have_css("background-color", LIGHT)
    switch.press("Enter")
    for scheme, ground in (("dark", DARK), ("light", LIGHT)):
        shown.page.emulate_media(color_scheme=scheme)
        expect(body).to_have_css("background-color", ground)
