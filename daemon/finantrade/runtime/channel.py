"""Named, bounded channels between the edges and the lane, with counters and a stated overflow policy (L7)."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

import anyio
import msgspec
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

T = TypeVar("T")


class Overflow(StrEnum):
    """What happens to the sender of one message too many."""

    BLOCK = "block"
    """It waits: nothing is lost, and the pressure is felt at the source."""
    DROP_NEWEST = "drop_newest"
    """The message is dropped and counted: for readers that may miss something, and say so."""


class ChannelStats(msgspec.Struct, frozen=True):
    """Counters of one channel, for `finantrade graph` and the metrics."""

    name: str
    capacity: int
    overflow: Overflow
    depth: int
    peak: int
    sent: int
    dropped: int


class Channel(Generic[T]):
    """An anyio memory stream with a name."""

    def __init__(self, name: str, capacity: int, overflow: Overflow) -> None:
        self.name = name
        self._capacity = capacity
        self._overflow = overflow
        streams: tuple[MemoryObjectSendStream[T], MemoryObjectReceiveStream[T]] = anyio.create_memory_object_stream(
            capacity
        )
        self._sender, self._receiver = streams
        self._sent = self._dropped = self._peak = 0

    async def send(self, item: T) -> None:
        """Put an item in by the channel's policy. Raises anyio.ClosedResourceError once the channel is closed."""
        try:
            self._sender.send_nowait(item)
        except anyio.WouldBlock:
            if self._overflow is Overflow.DROP_NEWEST:
                self._dropped += 1
                return
            await self._sender.send(item)
        self._count()

    def offer(self, item: T) -> bool:
        """Put an item in without waiting; False (and counted) where it is full or nobody listens any more."""
        try:
            self._sender.send_nowait(item)
        except (anyio.WouldBlock, anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._dropped += 1
            return False
        self._count()
        return True

    async def receive(self) -> T:
        """Wait for the next item. Raises anyio.EndOfStream once closed and empty."""
        try:
            return await self._receiver.receive()
        except anyio.EndOfStream:
            self._receiver.close()
            raise

    async def receive_batch(self, limit: int) -> list[T]:
        """Wait for one item and take what else is already there, up to ``limit``. Raises anyio.EndOfStream."""
        batch = [await self.receive()]
        batch += self._waiting(limit - 1)
        return batch

    def close(self) -> None:
        """Take nothing more; what is in it can still be received."""
        self._sender.close()

    def drain(self) -> list[T]:
        """Close both ends and return what nobody will receive any more."""
        self._sender.close()
        left = self._waiting(self._capacity)
        self._receiver.close()
        return left

    def _waiting(self, limit: int) -> list[T]:
        items: list[T] = []
        try:
            while len(items) < limit:
                items.append(self._receiver.receive_nowait())
        except (anyio.WouldBlock, anyio.EndOfStream, anyio.ClosedResourceError):
            pass
        return items

    @property
    def depth(self) -> int:
        """Items waiting."""
        return self._receiver.statistics().current_buffer_used

    def stats(self) -> ChannelStats:
        """Return the counters."""
        return ChannelStats(
            self.name, self._capacity, self._overflow, self.depth, self._peak, self._sent, self._dropped
        )

    def _count(self) -> None:
        self._sent += 1
        self._peak = max(self._peak, self._sender.statistics().current_buffer_used)
