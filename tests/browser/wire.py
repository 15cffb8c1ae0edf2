"""Stands between the page and the daemon, and can lose, change or make up what the daemon says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

Frame = dict[str, Any]
Change = Callable[[Frame], Frame | None]


class Wire:
    """The page's stream. ``change`` is given every frame of the daemon; what it returns goes on, None goes nowhere."""

    def __init__(self, page: Page) -> None:
        self.change: Change = unchanged
        self.given: list[Frame] = []
        """What the page was given, but for the bars and the like of its past."""
        self.cut = False
        self._route: WebSocketRoute | None = None
        page.route_web_socket("**/api/live/stream", self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        self._route = route
        if self.cut:
            route.close(code=1001)
            return
        server = route.connect_to_server()
        server.on_message(lambda text: self._pass(route, text))

    def _pass(self, route: WebSocketRoute, text: str | bytes) -> None:
        if route is not self._route:
            return
        frame = self.change(json.loads(text))
        if frame is not None:
            self.given.append({name: frame.get(name) for name in ("frame", "n", "status")})
            route.send(json.dumps(frame))

    @property
    def snapshots(self) -> int:
        """How often the page has been given a snapshot."""
        return sum(frame["frame"] == "snapshot" for frame in self.given)

    def say(self, text: str) -> None:
        """Give the page something that the daemon never said."""
        assert self._route is not None
        self._route.send(text)

    def sever(self) -> None:
        """End the connection, and let none come again."""
        self.cut = True
        if self._route is not None:
            self._route.close(code=1001)


def unchanged(frame: Frame) -> Frame:
    return frame
