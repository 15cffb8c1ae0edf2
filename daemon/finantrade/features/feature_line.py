"""The features of one symbol: their state, brought on bar by bar or block by block, ahead of time where that helps.

The state is one float64 vector, so that a snapshot is its bytes and a restored line goes on with the same bits. A line
whose features rest on more than bars hears facts beside them (``standing``); what stands of these follows the vector.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import isnan
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.features.compile import Program, Update
from finantrade.features.composition import COUNT, Composition
from finantrade.features.history import Aligned, History, nothing
from finantrade.features.standing import Standing, StandingState

Floats = NDArray[np.float64]
Groups = tuple[str, ...]
SNAPSHOT = struct.Struct("<4s16s")
FORMAT = b"FLN2"


class Columns(Protocol):
    """What `batch` reads: contiguous columns of one symbol, by the names of `Column` (float64), and ``open_time``."""

    @property
    def open_time(self) -> NDArray[np.int64]: ...
    def __len__(self) -> int: ...
    def slice(self, start: int, stop: int, /) -> Columns: ...


class SnapshotMismatch(ValueError):
    """A snapshot of another format, schema or length; nothing has been restored."""


class FeatureLine:
    """The features of one symbol, bar by bar or block by block, in any mixture.

    ``update(bar)`` takes the next closed bar and returns its row, in the order of the set's names. ``missing`` are the
    groups that lack a series at that bar: some or all of their features have no value. ``groups`` are those that go
    without each column of context.
    """

    __slots__ = (
        *(
            "_address",
            "_ahead",
            "_beside",
            "_composition",
            "_groups",
            "_memory",
            "_pack",
            "_program",
            "_standing",
            "_state",
        ),
        *("_step", "_timeframe", "_vector", "_warmup", "missing", "schema_id", "update", "warm"),
    )

    def __init__(
        self, composition: Composition, program: Program, timeframe: Millis, warmup: int, groups: Sequence[Groups]
    ) -> None:
        self._composition = composition
        self._program = program
        self._timeframe = timeframe
        self._warmup = warmup
        self._groups = groups
        self.schema_id = composition.digest
        self._memory = bytearray(8 * composition.size)
        self._vector: Floats = np.frombuffer(self._memory)
        self._address: int = self._vector.ctypes.data
        self._state = memoryview(self._memory).cast("d")
        row = struct.Struct(f"8x{composition.outputs}d").unpack_from
        self._step: Update = program.bind(program.step, self._address, row, self._memory)
        self._beside = composition.beside
        self._pack = struct.Struct(f"{len(self._beside)}d").pack_into
        self._standing = Standing(self._beside, self._timeframe) if self._beside else None
        self.missing: Groups = ()
        self.update = self._step
        self._ahead: Ahead | None = None
        self.warm = False
        """Once true, ``ready`` is: it spares whoever asks at every bar the way there."""
        self.reset()

    @property
    def ready(self) -> bool:
        """Whether the warm-up has passed since the start or the last reset."""
        self.warm = self.warm or self._seen >= self._warmup
        return self.warm

    @property
    def unready(self) -> int:
        """How many of the next rows will not be ready."""
        return max(self._warmup - 1 - int(self._seen), 0)

    def hear(self, fact: Message, known: Millis) -> None:
        """Take a fact of this symbol or of the whole market, known at that time, before the bars that have it."""
        if self._standing is not None:
            self._standing.hear(fact, known)

    def extend(self, candles: Columns, history: History | None = None) -> Floats:
        """Take a block of closed candles and return their rows, shape (n, k).

        ``history`` has all facts that this line would have heard by the end of the block, from its beginning on.
        Raises ValueError without it where any was heard.
        """
        self._settle()
        aligned = self._aligned(candles, history)
        rows = self._batch(candles, aligned)
        if aligned is not None and len(candles):
            self._leap(aligned, len(candles) - 1)
        return rows

    def foreknows(self, open_time: Millis) -> bool:
        """Whether the next row that was looked ahead at is that of the bar that opens then."""
        return self._ahead is not None and self._ahead.comes_next(open_time)

    def look_ahead(self, candles: Columns, history: History | None = None) -> None:
        """Compute the rows of a block before its bars come, and before it hears the facts beside them.

        ``update`` hands them out as long as just these bars come, and ``pass_over`` skips some, with all facts up to
        their closes. To everybody else the line is where the last bar left it: rows are the same to the bit however
        they are computed (L3). Raises as ``extend`` does.
        """
        self._settle()
        aligned, opening = self._aligned(candles, history), self._vector.copy()
        self._ahead = Ahead(candles, aligned, self._batch(candles, aligned), opening)
        self.update = self._hand_out

    def upcoming(self) -> Floats:
        """Return the rows that are left of the block that was looked ahead at, shape (n, k)."""
        assert self._ahead is not None
        return self._ahead.rows[self._ahead.taken :]

    def pass_over(self, bars: int) -> None:
        """Take the next ``bars`` of the block that was looked ahead at, without their rows."""
        ahead = self._ahead
        assert ahead is not None
        ahead.taken += bars
        if ahead.aligned is not None and bars:
            self._leap(ahead.aligned, ahead.taken - 1)

    def reset(self) -> None:
        """Go back to warm-up. What stands beside the bars goes on standing: it is no window over them."""
        self._forget()
        self._vector[:] = 0.0
        self._vector[list(self._composition.missing)] = np.nan
        if self._standing is not None:
            self._standing.changed = True

    def snapshot(self) -> bytes:
        """Return the state as bytes, NaN made canonical."""
        self._settle()
        vector = np.where(np.isnan(self._vector), np.nan, self._vector).astype("<f8")
        state = SNAPSHOT.pack(FORMAT, bytes.fromhex(self._composition.digest)) + vector.tobytes()
        return state if self._standing is None else state + msgspec.msgpack.encode(self._standing.state())

    def restore(self, state: bytes, /) -> None:
        """Go on from a snapshot of the same schema. Raises SnapshotMismatch for any other, the state then unchanged."""
        vector, standing = _parted(state, self._composition)
        self._forget()
        self._vector[:] = vector
        if self._standing is not None and standing is not None:
            self._standing.restore(standing)

    @property
    def _seen(self) -> float:
        ahead = self._ahead
        return self._state[COUNT] if ahead is None else float(ahead.opening[COUNT]) + ahead.taken

    def _aligned(self, candles: Columns, history: History | None) -> Aligned | None:
        if self._standing is None:
            return None
        if history is None and self._standing.heard:
            raise ValueError("expected the history of the facts that were heard, found none")
        return (history or nothing(self._beside)).beside(candles.open_time, self._timeframe)

    def _batch(self, candles: Columns, aligned: Aligned | None) -> Floats:
        rows = np.empty((len(candles), self._composition.outputs))
        columns = (_column(candles, name) for name in self._composition.columns)
        self._program.batch(self._address, rows, *columns, *(() if aligned is None else aligned.values))
        return rows

    def _step_beside(self, bar: Bar) -> tuple[float, ...]:
        standing = self._stand(bar)
        if standing.changed:
            standing.changed = False
            self._pack(self._memory, 8 * self._composition.beside_at, *standing.values)
        return self._step(bar)

    def _stand(self, bar: Bar) -> Standing:
        standing = self._standing
        assert standing is not None
        standing.close(bar.close_time, backfilled=bar.backfilled)
        if standing.turned:
            standing.turned = False
            lost = [groups for groups, value in zip(self._groups, standing.values, strict=True) if isnan(value)]
            self.missing = tuple(dict.fromkeys(group for groups in lost for group in groups))
        return standing

    def _leap(self, aligned: Aligned, row: int) -> None:
        assert self._standing is not None
        self._standing.leap(*aligned.standing(row))

    def _hand_out(self, bar: Bar) -> tuple[float, ...]:
        ahead = self._ahead
        assert ahead is not None
        if not ahead.comes_next(bar.open_time):
            self._settle()
            return self.update(bar)
        if self._standing is not None:
            self._stand(bar)
        ahead.taken += 1
        return ahead.row(ahead.memory, (ahead.taken - 1) * ahead.row_bytes)

    def _settle(self) -> None:
        """Leave the block that was looked ahead at: bring the state to the last bar that was taken of it."""
        ahead = self._ahead
        self._forget()
        if ahead is not None and ahead.taken < len(ahead.times):
            self._vector[:] = ahead.opening
            aligned = None if ahead.aligned is None else ahead.aligned.slice(0, ahead.taken)
            self._batch(ahead.candles.slice(0, ahead.taken), aligned)

    def _forget(self) -> None:
        self._ahead = None
        self.update = self._step if self._standing is None else self._step_beside
        self.warm = False


class Ahead:
    """A block whose rows are known before its bars come; ``opening`` is the state before it."""

    __slots__ = ("aligned", "candles", "memory", "opening", "row", "row_bytes", "rows", "taken", "times")

    def __init__(self, candles: Columns, aligned: Aligned | None, rows: Floats, opening: Floats) -> None:
        self.candles = candles
        self.aligned = aligned
        self.opening = opening
        self.taken = 0
        self.times: list[Millis] = candles.open_time.tolist()
        self.rows = rows
        self.memory = rows.data
        self.row = struct.Struct(f"{rows.shape[1]}d").unpack_from
        self.row_bytes = rows.shape[1] * 8

    def comes_next(self, open_time: Millis) -> bool:
        """Whether the bar that opens then is the next one of the block."""
        return self.taken < len(self.times) and self.times[self.taken] == open_time


def _parted(state: bytes, composition: Composition) -> tuple[Floats, StandingState | None]:
    """Return vector and standing of a snapshot. Raises SnapshotMismatch."""
    ends = SNAPSHOT.size + 8 * composition.size
    if len(state) < SNAPSHOT.size or state[:4] != FORMAT:
        raise SnapshotMismatch(f"expected a feature snapshot of format {FORMAT!r}, found {state[:4]!r}")
    schema = SNAPSHOT.unpack_from(state)[1].hex()
    if schema != composition.digest:
        raise SnapshotMismatch(f"expected a snapshot of feature schema {composition.digest}, found {schema}")
    if len(state) < ends or (len(state) > ends and not composition.beside):
        raise SnapshotMismatch(f"expected a feature snapshot of {ends} bytes, found {len(state)}")
    vector = np.frombuffer(state[:ends], "<f8", offset=SNAPSHOT.size)
    try:
        standing = msgspec.msgpack.decode(state[ends:], type=StandingState) if composition.beside else None
    except msgspec.DecodeError as error:
        raise SnapshotMismatch(f"expected what stands beside the bars after {ends} bytes, found {error}") from None
    return vector, standing


def _column(candles: Columns, name: str) -> NDArray[np.generic]:
    kind = np.int64 if name == "open_time" else np.float64
    return np.ascontiguousarray(getattr(candles, name), dtype=kind)
