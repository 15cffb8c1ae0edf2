"""A set of features as a whole: its schema, its warm-up, and the lines that keep its state, one a symbol.

The state is one float64 vector, so that a snapshot is its bytes and a restored line goes on with the same bits.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.market import Bar
from finantrade.domain.units import Millis
from finantrade.features.compile import Announce, Program, Update, compiled, warn
from finantrade.features.composition import COUNT, Composition, compose
from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.description import Description, descriptions
from finantrade.features.graph import in_order, warmups

Floats = NDArray[np.float64]
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


class FeatureSet:
    """Features in the order asked for, over bars of ``timeframe`` ms; compiled when first started.

    ``schema_id`` (32 hex digits) changes with any declaration, kernel text or order. ``warmup`` is the number of bars
    after which every value is there, given data without holes. Raises FeatureError for sets that cannot work;
    ``announce`` hears when the kernel could not be cached.
    """

    def __init__(self, features: Sequence[Feature], timeframe: Millis, announce: Announce = warn) -> None:
        self.features = tuple(features)
        self.names = tuple(feature.name for feature in features)
        if len(set(self.names)) != len(self.names):
            raise FeatureError(f"expected every feature once, found {', '.join(self.names)}")
        self.timeframe = timeframe
        self._warmups = warmups(in_order(features), timeframe)
        self.warmup = max((self._warmups[name] for name in self.names), default=1)
        self.composition: Composition = compose(self.features, timeframe)
        self.schema_id = self.composition.digest
        self._announce = announce

    @cached_property
    def program(self) -> Program:
        """The compiled program; the first use in a process takes seconds, or a moment where it is cached."""
        return compiled(self.composition, self._announce)

    def start(self) -> FeatureLine:
        """Return a fresh line of state, for one symbol."""
        return FeatureLine(self)

    def batch(self, candles: Columns) -> Floats:
        """Return the rows of all candles, shape (n, k): to the bit what a fresh line's updates give."""
        return self.start().extend(candles)

    def describe(self) -> tuple[Description, ...]:
        """Return every feature of the set as it is told to people."""
        return descriptions(self.features, self.timeframe)


class FeatureLine:
    """The features of one symbol, bar by bar or block by block, in any mixture.

    ``update(bar)`` takes the next closed bar and returns its row, in the order of the set's names.
    """

    __slots__ = (
        "_address",
        "_ahead",
        "_composition",
        "_program",
        "_state",
        "_step",
        "_vector",
        "_warmup",
        "schema_id",
        "update",
        "warm",
    )

    def __init__(self, features: FeatureSet) -> None:
        self._composition = features.composition
        self._program = features.program
        self._warmup = features.warmup
        self.schema_id = features.schema_id
        memory = bytearray(8 * self._composition.size)
        self._vector: Floats = np.frombuffer(memory)
        self._address: int = self._vector.ctypes.data
        self._state = memoryview(memory).cast("d")
        row = struct.Struct(f"8x{self._composition.outputs}d").unpack_from
        self._step: Update = self._program.bind(self._program.step, self._address, row, memory)
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

    def extend(self, candles: Columns) -> Floats:
        """Take a block of closed candles and return their rows, shape (n, k)."""
        self._settle()
        return self._batch(candles)

    def foreknows(self, open_time: Millis) -> bool:
        """Whether the next row that was looked ahead at is that of the bar that opens then."""
        return self._ahead is not None and self._ahead.comes_next(open_time)

    def look_ahead(self, candles: Columns) -> None:
        """Compute the rows of a block before its bars come.

        ``update`` hands them out as long as just these bars come, and ``pass_over`` skips some. To everybody else the
        line is where the last bar left it: rows are the same to the bit however they are computed (L3).
        """
        self._settle()
        opening = self._vector.copy()
        self._ahead = Ahead(candles, self._batch(candles), opening)
        self.update = self._hand_out

    def upcoming(self) -> Floats:
        """Return the rows that are left of the block that was looked ahead at, shape (n, k)."""
        assert self._ahead is not None
        return self._ahead.rows[self._ahead.taken :]

    def pass_over(self, bars: int) -> None:
        """Take the next ``bars`` of the block that was looked ahead at, without their rows."""
        assert self._ahead is not None
        self._ahead.taken += bars

    def reset(self) -> None:
        """Forget everything: back to warm-up."""
        self._forget()
        self._vector[:] = 0.0
        self._vector[list(self._composition.missing)] = np.nan

    def snapshot(self) -> bytes:
        """Return the state as bytes, NaN made canonical."""
        self._settle()
        vector = np.where(np.isnan(self._vector), np.nan, self._vector).astype("<f8")
        return SNAPSHOT.pack(FORMAT, bytes.fromhex(self._composition.digest)) + vector.tobytes()

    def restore(self, state: bytes, /) -> None:
        """Go on from a snapshot of the same schema. Raises SnapshotMismatch for any other, the state then unchanged."""
        expected = SNAPSHOT.size + 8 * self._composition.size
        if len(state) < SNAPSHOT.size or state[:4] != FORMAT:
            raise SnapshotMismatch(f"expected a feature snapshot of format {FORMAT!r}, found {state[:4]!r}")
        schema = SNAPSHOT.unpack_from(state)[1].hex()
        if schema != self._composition.digest:
            raise SnapshotMismatch(f"expected a snapshot of feature schema {self._composition.digest}, found {schema}")
        if len(state) != expected:
            raise SnapshotMismatch(f"expected a feature snapshot of {expected} bytes, found {len(state)}")
        self._forget()
        self._vector[:] = np.frombuffer(state, "<f8", offset=SNAPSHOT.size)

    @property
    def _seen(self) -> float:
        ahead = self._ahead
        return self._state[COUNT] if ahead is None else float(ahead.opening[COUNT]) + ahead.taken

    def _batch(self, candles: Columns) -> Floats:
        rows = np.empty((len(candles), self._composition.outputs))
        self._program.batch(self._address, rows, *(_column(candles, name) for name in self._composition.columns))
        return rows

    def _hand_out(self, bar: Bar) -> tuple[float, ...]:
        ahead = self._ahead
        assert ahead is not None
        if not ahead.comes_next(bar.open_time):
            self._settle()
            return self._step(bar)
        ahead.taken += 1
        return ahead.row(ahead.memory, (ahead.taken - 1) * ahead.row_bytes)

    def _settle(self) -> None:
        """Leave the block that was looked ahead at: bring the state to the last bar that was taken of it."""
        ahead = self._ahead
        self._forget()
        if ahead is not None and ahead.taken < len(ahead.times):
            self._vector[:] = ahead.opening
            self._batch(ahead.candles.slice(0, ahead.taken))

    def _forget(self) -> None:
        self._ahead = None
        self.update = self._step
        self.warm = False


class Ahead:
    """A block whose rows are known before its bars come; ``opening`` is the state before it."""

    __slots__ = ("candles", "memory", "opening", "row", "row_bytes", "rows", "taken", "times")

    def __init__(self, candles: Columns, rows: Floats, opening: Floats) -> None:
        self.candles = candles
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


def _column(candles: Columns, name: str) -> NDArray[np.generic]:
    kind = np.int64 if name == "open_time" else np.float64
    return np.ascontiguousarray(getattr(candles, name), dtype=kind)
