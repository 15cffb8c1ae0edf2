"""The journal's speed, ``synchronous=FULL``: batches as fast as they go, and one message a commit at 1 000 a second.

Beside each figure stands the time of one flush of this disk, which is what a commit can at best take.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.data import CACHE

from finantrade.domain.market import Bar, BarArrived
from finantrade.domain.message import Input
from finantrade.journal.fingerprint import current_fingerprint
from finantrade.journal.records import SegmentHeader
from finantrade.journal.store import Journal
from finantrade.journal.writer import JournalWriter

HEAD = bytes(16)
STEP_MS = 900_000
BATCH = 20
PACE_S = 0.001
COMPRESSED = 20_000
"""Messages in the segment that is compressed meanwhile."""


def one_input(seq: int) -> Input:
    """Return a bar with twelve columns, as a feed would bring it."""
    price = 40_000.0 + seq % 1_000 / 7
    open_time = seq * STEP_MS
    bar = Bar("BTCUSDT", open_time, open_time + STEP_MS - 1, price, price * 1.01, price * 0.99, price, 12.5, 5e5, 800.0)
    return Input(seq, open_time, BarArrived(bar))


async def started(directory: Path) -> JournalWriter:
    """Return a writer on a new journal with one segment."""
    writer = JournalWriter(Journal.open(directory))
    await rotate(writer)
    return writer


async def rotate(writer: JournalWriter) -> None:
    """Begin the next segment."""
    header = SegmentHeader.of(
        software="bench",
        config="{}",
        schema_ids=(),
        model_hashes=(),
        fingerprint=current_fingerprint(),
        previous_head=HEAD,
    )
    await writer.begin_segment(header, b"", writer.tail.seq, HEAD)


async def bulk(directory: Path, messages: int) -> tuple[float, list[float]]:
    """Commit batches of ``BATCH``, as many at once as there is room for; return messages per second and waits."""
    writer = await started(directory)
    inputs = [one_input(seq) for seq in range(1, messages + 1)]
    waits: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(timed(writer, inputs[at : at + BATCH], waits) for at in range(0, messages, BATCH)))
    rate = messages / (time.perf_counter() - begun)
    await writer.close()
    return rate, waits


async def paced(directory: Path, messages: int, *, compressing: bool) -> list[float]:
    """Commit one message each ``PACE_S``; return the waits. Optionally with a closed segment to compress meanwhile."""
    writer = await started(directory)
    first = COMPRESSED + 1 if compressing else 1
    if compressing:
        await writer.commit([one_input(seq) for seq in range(1, first)], ())
        await rotate(writer)
    waits: list[float] = []
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for nth in range(messages):
            tasks.create_task(timed(writer, [one_input(first + nth)], waits))
            await asyncio.sleep(max(0.0, begun + (nth + 1) * PACE_S - time.perf_counter()))
    await writer.close()
    return waits


async def timed(writer: JournalWriter, inputs: Sequence[Input], waits: list[float]) -> None:
    """Commit, and note how long it took."""
    begun = time.perf_counter()
    await writer.commit(inputs, ())
    waits.append(time.perf_counter() - begun)


def flush_ms(directory: Path) -> float:
    """Return the median time of writing and flushing one page."""
    times: list[float] = []
    handle = os.open(directory / "page", os.O_RDWR | os.O_CREAT)
    for nth in range(200):
        begun = time.perf_counter()
        os.pwrite(handle, bytes(4096), nth % 16 * 4096)
        os.fsync(handle)
        times.append(time.perf_counter() - begun)
    os.close(handle)
    return sorted(times)[len(times) // 2] * 1e3


def quantiles(waits: list[float]) -> dict[str, float]:
    """Return median, 99th percentile and maximum in milliseconds."""
    ordered = sorted(waits)
    shares = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    return {name: ordered[int(share * (len(ordered) - 1))] * 1e3 for name, share in shares.items()}


def main() -> None:
    """Measure ``bulk``, ``paced`` or ``compressing`` with a number of messages."""
    how, messages = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        directory = Path(name)
        said = {"flush_ms": flush_ms(directory)}
        if how == "bulk":
            said["messages_per_s"], waits = asyncio.run(bulk(directory / "journal", messages))
        else:
            waits = asyncio.run(paced(directory / "journal", messages, compressing=how == "compressing"))
        print(json.dumps(said | quantiles(waits)))


if __name__ == "__main__":
    main()
