"""Small journals for tests: every input numbered, every third one decided on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

from finantrade.domain.account import StateChanged, TradingState
from finantrade.domain.codec import encode
from finantrade.domain.commands import Pause
from finantrade.domain.market import Bar, BarArrived, Heartbeat
from finantrade.domain.message import Decision, Input, Message
from finantrade.domain.units import MINUTE
from finantrade.journal.fingerprint import Fingerprint
from finantrade.journal.records import SegmentHeader
from finantrade.journal.store import Journal

GENESIS = bytes(16)
FILE = "journal.sqlite"
PLATFORM = Fingerprint(
    machine="x86_64",
    system="Linux",
    python="CPython 3.11.7",
    numpy="2.4.6",
    numba="0.68.1",
    llvmlite="0.46.0",
    libc="glibc 2.36",
    cpu="znver3",
    cpu_features=("avx", "avx2", "fma"),
)
DECIDED_EACH = 3


def header(previous_head: bytes = GENESIS, config: str = '{"name":"test"}') -> SegmentHeader:
    """Return a segment's header."""
    return SegmentHeader.of(
        software="0.1.0",
        config=config,
        schema_ids=("schema",),
        model_hashes=(),
        fingerprint=PLATFORM,
        previous_head=previous_head,
    )


def message(seq: int) -> Message:
    """Return a bar with NaN in it, each tenth time a heartbeat, once a command."""
    if seq == 5:
        return Pause()
    if seq % 10 == 0:
        return Heartbeat()
    price = 100.0 + seq / 7
    open_time = seq * MINUTE
    return BarArrived(Bar("BTCUSDT", open_time, open_time + MINUTE - 1, price, price + 1, price - 1, price, 3.5))


def inputs(first: int, last: int) -> list[Input]:
    """Return the inputs with these numbers, a minute apart."""
    return [Input(seq, seq * MINUTE, message(seq)) for seq in range(first, last + 1)]


def links(first_seq: int, last_seq: int, n: int = 0, head: bytes = GENESIS) -> list[Decision]:
    """Return the decisions made at these inputs, following the ``n``-th with its head."""
    made: list[Decision] = []
    for seq in range(first_seq, last_seq + 1):
        if seq % DECIDED_EACH == 0:
            payload = encode(StateChanged(TradingState.ACTIVE, TradingState.PAUSED, f"input {seq}"))
            head = blake2b(head + payload, digest_size=16).digest()
            n += 1
            made.append(Decision(n, seq, payload, head))
    return made


def extend(journal: Journal, count: int) -> None:
    """Append so many inputs in one batch, with their decisions."""
    tail = journal.tail
    last = tail.seq + count
    journal.append(inputs(tail.seq + 1, last), links(tail.seq + 1, last, tail.decisions, tail.head))


def rotate(journal: Journal) -> int:
    """Begin the next segment at the end."""
    tail = journal.tail
    head = tail.head or GENESIS
    return journal.begin_segment(header(head), f"state {tail.seq}".encode(), tail.seq, head)


def filled(directory: Path, sizes: Sequence[int] = (20,)) -> Journal:
    """Return a new journal with segments of so many inputs."""
    journal = Journal.open(directory)
    for size in sizes:
        rotate(journal)
        extend(journal, size)
    return journal


def rows(found: Iterable[Input]) -> list[tuple[int, int, bytes]]:
    """Make inputs comparable: NaN differs from itself, its bytes do not."""
    return [(one.seq, one.at, encode(one.message)) for one in found]
