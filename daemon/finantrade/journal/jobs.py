"""What waits for the journal's thread, and how neighbours are merged into one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from finantrade.domain.message import Decision, Input

GROUP_ROWS = 4_096
"""The most that one transaction takes; a single batch that is larger goes alone."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A batch to be recorded."""

    inputs: Sequence[Input]
    decisions: Sequence[Decision]
    future: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class Call:
    """Anything else to be done on the thread, in its turn and alone; after the ``last`` one the thread ends."""

    function: Callable[[], Any]
    future: asyncio.Future[Any]
    last: bool = False


Job = Commit | Call


def groups(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Yield the jobs in their order, neighbouring commits together."""
    group: list[Job] = []
    rows = 0
    for job in jobs:
        size = max(1, len(job.inputs) + len(job.decisions)) if isinstance(job, Commit) else GROUP_ROWS
        if group and rows + size > GROUP_ROWS:
            yield group
            group, rows = [], 0
        group.append(job)
        rows += size
    yield group


def tell(future: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    """Give a caller its answer, unless it has been cancelled meanwhile."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
