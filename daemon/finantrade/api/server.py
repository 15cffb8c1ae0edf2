"""Serving with Hypercorn: the port is taken before the daemon does anything, and let go of within seconds.

1. ``bind`` takes and listens on the port, so that a busy one is found before any work begins.
2. ``serve`` gives that socket to Hypercorn, in a task of its own: a task that Hypercorn has returned to keeps a
   pending cancellation on Python 3.11.
3. Once ``stopping`` is set Hypercorn lets idle connections go and waits for the others. A client that never reads
   would be waited for without end, and cancelling Hypercorn there leaves its connections open behind it (0.18). So
   the socket remembers whom it let in, and after ``GRACE_S`` the connections that are left are shut down below
   Hypercorn: it finds them broken and ends by itself.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import anyio
import structlog
from hypercorn.asyncio import serve as hypercorn_serve  # pyright: ignore[reportUnknownVariableType]
from hypercorn.config import Config, Sockets
from quart import Quart

from finantrade.edges.events import Event

BACKLOG = 128
GRACE_S = 1.0
CUT_OFF_S = 2.0
SEND_BUFFER = 128 * 1024
"""What the kernel keeps for a client that does not read (Linux doubles it); of itself it would keep megabytes."""

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.api")


class PortBusy(Exception):
    """Another process listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"expected port {port} of {host} to be free, found another process listening there; "
            "choose another with `--port N` or `api.port` in the configuration (0 takes any free one)"
        )
        self.host = host
        self.port = port


class Listener(socket.socket):
    """A listening socket that can shut down every connection it has accepted."""

    def __init__(self, family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._accepted: WeakSet[socket.socket] = WeakSet()

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._accepted.add(connection)
        return connection, address

    def cut_off(self) -> int:
        """Shut down the connections that are still open; return how many there were."""
        still = [connection for connection in self._accepted if connection.fileno() != -1]
        for connection in still:
            with suppress(OSError):  # the other side was faster
                connection.shutdown(socket.SHUT_RDWR)
        return len(still)


def bind(host: str, port: int) -> Listener:
    """Listen on ``host`` and ``port`` (0: any free one). Raises PortBusy, or OSError where the host is not ours."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = Listener(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(host, port) from None
        raise
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address for a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(app: Quart, listener: Listener, *, ready: Callable[[str], None], stopping: anyio.Event) -> None:
    """Serve ``app`` on what ``bind`` gave until ``stopping``, and close it; ``ready`` is told the address."""
    trigger = anyio.Event()
    server = asyncio.create_task(hypercorn_serve(app, _Settings(listener), shutdown_trigger=trigger.wait))
    asked = asyncio.create_task(stopping.wait())
    try:
        ready(url_of(listener))
        await asyncio.wait({server, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        trigger.set()
        with anyio.CancelScope(shield=True):
            await _end(server, listener)
    if not server.cancelled():
        server.result()


class _Settings(Config):
    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self.errorlog = logging.getLogger("hypercorn.error")
        self.graceful_timeout = GRACE_S + CUT_OFF_S
        self.include_server_header = False
        self.websocket_ping_interval = None
        self._listener = listener

    def create_sockets(self) -> Sockets:
        return Sockets([], [self._listener], [])


async def _end(server: asyncio.Task[None], listener: Listener) -> None:
    await asyncio.wait({server}, timeout=GRACE_S)
    if not server.done():
        log.warning(Event.SERVER_CUT_OFF, connections=listener.cut_off(), after_s=GRACE_S)
        await asyncio.wait({server}, timeout=CUT_OFF_S)
    if not server.done():
        server.cancel()
        await asyncio.wait({server}, timeout=CUT_OFF_S)
