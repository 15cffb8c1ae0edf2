"""A websocket over a real socket, a frame at a time: what a browser does, and what it never would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio
import orjson
from anyio.abc import SocketStream
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, RejectConnection, Request, TextMessage


class Refused(Exception):
    """The server did not take the connection."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Closed(Exception):
    """The server has closed, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Socket:
    """One open websocket."""

    def __init__(self, stream: SocketStream) -> None:
        self._stream = stream
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._frames: list[str] = []
        self._partial = ""

    async def open(self, host: str, path: str, headers: Mapping[str, str]) -> None:
        """Ask for the connection. Raises Refused."""
        extra = [(name.encode(), value.encode()) for name, value in headers.items() if name != "Host"]
        await self._stream.send(
            self._protocol.send(Request(host=headers.get("Host", host), target=path, extra_headers=extra))
        )
        accepted = False
        while not accepted:
            for event in await self._events():
                if isinstance(event, RejectConnection):
                    raise Refused(event.status_code)
                if isinstance(event, AcceptConnection):
                    accepted = True
                else:  # the first frame may come in the same packet
                    self._take(event)

    async def frame(self) -> dict[str, Any]:
        """Return the next frame. Raises Closed."""
        while not self._frames:
            for event in await self._events():
                self._take(event)
        return orjson.loads(self._frames.pop(0))

    async def say(self, data: str | bytes) -> None:
        """Send something."""
        await self._stream.send(self._protocol.send(TextMessage(data) if isinstance(data, str) else BytesMessage(data)))

    async def _events(self) -> list[Any]:
        try:
            self._protocol.receive_data(await self._stream.receive())
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            raise Closed(1006) from None
        return list(self._protocol.events())

    def _take(self, event: Any) -> None:
        if isinstance(event, TextMessage):
            self._partial += event.data
            if event.message_finished:
                self._frames.append(self._partial)
                self._partial = ""
        elif isinstance(event, CloseConnection):
            raise Closed(event.code)


@asynccontextmanager
async def connected(url: str, path: str = "/api/live/stream", **headers: str) -> AsyncIterator[Socket]:
    """Open a websocket. Raises Refused."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    async with await anyio.connect_tcp(parts.hostname, parts.port) as stream:
        socket = Socket(stream)
        await socket.open(parts.netloc, path, headers)
        yield socket
