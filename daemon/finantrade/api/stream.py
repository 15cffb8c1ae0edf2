"""The websocket: a snapshot, then every update, until somebody goes.

A page only listens. Whatever it sends is not expected, and ends the connection: a page of ours never does.

====== ======================================================================
code   why the daemon closes
====== ======================================================================
1001   it is going down
1008   the page sent something
1013   as many pages as there may be are attached
4008   the page fell behind: it comes back and begins with a snapshot
====== ======================================================================
"""

from __future__ import annotations

import anyio
import structlog
from quart import websocket

from finantrade.api.broadcast import Broadcast, Full, Listener
from finantrade.edges.events import Event

GOING_DOWN = 1001
UNEXPECTED = 1008
TRY_LATER = 1013
BEHIND = 4008
LAST_WORD_S = 1.0
"""How long a page that may not be reading is given to hear why it is let go."""


log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.api")


async def stream(broadcast: Broadcast) -> None:
    """Serve one page."""
    try:
        listener, snapshot = broadcast.join()
    except Full as full:
        return await _close(TRY_LATER, str(full))
    page = _Page(listener)
    try:
        with listener.scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(page.hear)
                await page.tell(snapshot)
                tasks.cancel_scope.cancel()
    finally:
        broadcast.leave(listener)
    if page.spoke:
        return await _let_go(UNEXPECTED, "expected nothing from a page, found a message")
    if listener.behind:
        return await _let_go(BEHIND, "fell behind: begin again with a snapshot")
    return await _close(GOING_DOWN, "the daemon is going down")


class _Page:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.spoke = False

    async def tell(self, snapshot: str) -> None:
        await websocket.send(snapshot)
        try:
            while True:
                await websocket.send(await self._listener.frames.receive())
        except anyio.EndOfStream:
            return

    async def hear(self) -> None:
        await websocket.receive()
        self.spoke = True
        self._listener.scope.cancel()


async def _let_go(code: int, reason: str) -> None:
    log.info(Event.PAGE_LET_GO, client=websocket.remote_addr, reason=reason)
    await _close(code, reason)


async def _close(code: int, reason: str) -> None:
    with anyio.move_on_after(LAST_WORD_S):
        await websocket.accept()  # pyright: ignore[reportUnknownMemberType]
        await websocket.close(code, reason)
