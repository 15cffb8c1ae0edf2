"""The log as a program reads it: JSON lines, taken from where a service would take them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
import structlog

from finantrade.edges.logging import LogMode, configure


class Logged:
    """What was logged; ``lines`` may be read once the ``recorded`` block has been left."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def of(self, *events: str) -> list[dict[str, Any]]:
        """Return the facts of some events, without what every line has."""
        return [
            {key: value for key, value in line.items() if key != "ts"} for line in self.lines if line["event"] in events
        ]


@contextmanager
def recorded(level: int = logging.INFO) -> Iterator[Logged]:
    """Record what is logged inside the block."""
    logged = Logged()
    with written(LogMode.JSON, level) as out:
        yield logged
    logged.lines = [orjson.loads(line) for line in out.getvalue().splitlines()]


@contextmanager
def written(mode: LogMode, level: int = logging.INFO) -> Iterator[io.StringIO]:
    """Collect the text of what is logged inside the block; it is whole once the block has been left."""
    out, root = io.StringIO(), logging.getLogger()
    handlers, before = root.handlers, root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout" if mode is LogMode.JSON else "sys.stderr", out)
        stream = configure(mode, level)
    try:
        yield out
    finally:
        stream.close()
        root.handlers = handlers
        root.setLevel(before)
        structlog.reset_defaults()
