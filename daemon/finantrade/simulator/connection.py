"""One websocket: what it is subscribed to, and a bounded outbox. Who does not read is cut off when it is full."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property

import anyio
import msgspec
from aiohttp import WSMsgType, web

from finantrade.runtime.channel import Channel, Overflow
from finantrade.simulator.faults.fault import Frame
from finantrade.wire.errors import WireError
from finantrade.wire.events import BookTickerEvent
from finantrade.wire.frames import Reply, untagged, wrapped_bytes
from finantrade.wire.payloads import Refused, plain, write
from finantrade.wire.subscriptions import STREAMS_A_CONNECTION, Method, Request, Stream, request_of, stream_of

OUTBOX = 1_024
"""Frames that may wait for a client; one more and it is cut off."""
BATCH = 64
KERNEL_BUFFER = 64 * 1024
"""Bytes of sent frames that the system may hold for it besides."""
LONGEST_REQUEST = 64 * 1024

Serves = Callable[[Stream], bool]


class Counts(msgspec.Struct):
    """What has happened so far at an exchange."""

    requests: int = 0
    connections: int = 0
    frames: int = 0
    cut_off: int = 0
    """Clients that did not read."""


class Unserved(Exception):
    """Streams that there are not; the text names the first."""


class Text:
    """A frame as text, written once for all who get it."""

    def __init__(self, frame: Frame) -> None:
        self.stream = frame.stream.name
        self._frame = frame

    @cached_property
    def futures(self) -> bytes:
        """As the futures market sends it."""
        return write(self._frame.told) if self._frame.garbled is None else self._frame.garbled

    @property
    def spot(self) -> bytes:
        """As the spot market sends it."""
        told = self._frame.told
        if self._frame.garbled is None and isinstance(told, BookTickerEvent):
            return write(untagged(told))
        return self.futures


class Connection:
    """A websocket of a client, ``wrapped`` where frames carry the names of their streams."""

    def __init__(self, request: web.Request, serves: Serves, counts: Counts, *, wrapped: bool, spot: bool) -> None:
        self.streams: dict[str, Stream] = {}
        self._counts = counts
        self._is_cut = False
        self._request = request
        self._serves = serves
        self._wrapped = wrapped
        self._spot = spot
        self._outbox: Channel[bytes] = Channel("simulated stream", OUTBOX, Overflow.DROP_NEWEST)
        self._socket = web.WebSocketResponse(compress=False, max_msg_size=LONGEST_REQUEST, autoping=True)

    def subscribe(self, names: list[str]) -> None:
        """Add streams by name. Raises Unserved, with nothing added, where one is not there or they are too many."""
        try:
            found = {name: stream_of(name) for name in names}
        except WireError as error:
            raise Unserved(str(error)) from None
        for name, stream in found.items():
            if not self._serves(stream):
                raise Unserved(f"there is no stream {name}")
        if len(self.streams | found) > STREAMS_A_CONNECTION:
            raise Unserved(f"a connection has at most {STREAMS_A_CONNECTION} streams")
        self.streams |= found

    def tell(self, text: Text) -> None:
        """Send a frame if this connection has subscribed to its stream."""
        if text.stream in self.streams and not self._is_cut:
            body = text.spot if self._spot else text.futures
            self._offer(wrapped_bytes(text.stream, body) if self._wrapped else body)

    def cut(self) -> None:
        """Break the line as a lost network does, without a word of farewell."""
        self._is_cut = True
        self._outbox.close()
        if self._request.transport is not None:
            self._request.transport.abort()

    async def run(self) -> web.WebSocketResponse:
        """Serve the client until it or we end it."""
        self._bound_kernel()
        await self._socket.prepare(self._request)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._write)
            await self._read()
            self._outbox.close()
            tasks.cancel_scope.cancel()
        self._outbox.drain()
        return self._socket

    def _offer(self, frame: bytes) -> None:
        if not self._outbox.offer(frame):
            self._counts.cut_off += 1
            self.cut()

    def _bound_kernel(self) -> None:
        transport = self._request.transport
        held: socket.socket | None = transport and transport.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)

    async def _write(self) -> None:
        with suppress(anyio.EndOfStream, ConnectionError):
            while True:
                for frame in await self._outbox.receive_batch(BATCH):
                    await self._socket.send_frame(frame, WSMsgType.TEXT)
                    self._counts.frames += 1

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                self._offer(self._answer(message.data))

    def _answer(self, text: str) -> bytes:
        try:
            request = request_of(text)
            return write(Reply(result=self._carried_out(request), id=request.id))
        except (WireError, Unserved) as error:
            return write({"error": plain(Refused(code=2, msg=f"Invalid request: {error}")), "id": None})

    def _carried_out(self, request: Request) -> list[str] | None:
        names = list(request.params)
        match request.method:
            case Method.SUBSCRIBE:
                self.subscribe(names)
            case Method.UNSUBSCRIBE:
                for name in names:
                    self.streams.pop(name, None)
            case Method.LIST_SUBSCRIPTIONS:
                return list(self.streams)
        return None
