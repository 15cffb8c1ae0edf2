"""Waiting for something outside the page to come true; what is in the page is waited for by the browser's driver."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
EVERY_S = 0.02


def eventually(read: Callable[[], T], passes: Callable[[T], bool], what: str, *, within_s: float = 30.0) -> T:
    """Return the first value that passes; what was found last is told where none does in time."""
    deadline = time.monotonic() + within_s
    while not passes(value := read()):
        if time.monotonic() > deadline:
            raise AssertionError(f"expected within {within_s:g} s that {what}, found {value!r}")
        time.sleep(EVERY_S)
    return value
