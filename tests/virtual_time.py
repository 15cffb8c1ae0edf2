"""An event loop whose time is not the wall's: where everybody waits, it jumps to when the first of them is due.

What runs on it takes no longer than its work, and comes out the same every time. It has no use for sockets and threads,
which it would not wait for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time begins at 0, in seconds."""

    def __init__(self) -> None:
        self._passed = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._passed

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            raise RuntimeError("everybody waits, and for nothing that will ever come")
        self._loop.jump(timeout)
        return []


def run(what: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Run a coroutine function to its end in virtual time."""
    return anyio.run(what, *arguments, backend="asyncio", backend_options={"loop_factory": VirtualLoop})


def now() -> float:
    """Return the running loop's time, in seconds."""
    return asyncio.get_running_loop().time()
