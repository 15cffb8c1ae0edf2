"""What was refused, in the log: enough to see who tries what, never a flood.

Left out is what every page does on its way in (an address that is not there, no token yet) and what a poller hears
while the daemon is unwell.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from quart import has_request_context, request, websocket

from finantrade.api.answers import Code, Problem
from finantrade.edges.events import Event

LINES = 20
PER_S = 60.0
"""More than ``LINES`` in so many seconds are only counted."""
QUIET = frozenset(
    {
        Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED, Code.NOT_SIGNED_IN, Code.INTERNAL, Code.QUARANTINED, Code.STOPPING,
        Code.JOURNAL_UNWRITABLE, Code.RECOVERING,
    }
)  # fmt: skip
METHOD_LENGTH, PATH_LENGTH = 20, 200

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.api")


class Refusals:
    """Logs refused requests and websockets within a bound."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = float("-inf")
        self._lines = 0
        self._left_out = 0

    def note(self, problem: Problem) -> None:
        """Say that what is being answered now was refused."""
        if problem.code in QUIET:
            return
        if self._clock() - self._since >= PER_S:
            self._since, self._lines = self._clock(), 0
        if self._lines == LINES:
            self._left_out += 1
            return
        self._lines += 1
        left_out, self._left_out = self._left_out, 0
        asked = request if has_request_context() else websocket
        log.warning(
            Event.REQUEST_REFUSED,
            method=request.method[:METHOD_LENGTH] if has_request_context() else "websocket",
            path=asked.path[:PATH_LENGTH],
            client=asked.remote_addr,
            code=problem.code.value,
            error=problem.message,
            left_out=left_out,
        )
