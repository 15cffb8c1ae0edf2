"""Rows of one series as columns: what loaders make, checks judge, the store keeps and resampling folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from finantrade.domain.units import Millis
from finantrade.market.candles import Candles, Floats, Times
from finantrade.market.series import RECEIVED, SERIES, Kind, available_at

NO_TIME: Millis = -(2**62)
"""Stands for a time that cannot be read: outside of all that the checks accept."""

Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A series: ``interval`` is 0 where it has none; ``values`` has every column of its kind, NaN where unknown."""

    kind: Kind
    symbol: str
    interval: Millis
    time: Times
    values: Mapping[str, Floats]

    @classmethod
    def of(cls, kind: Kind, symbol: str, interval: Millis, time: ArrayLike, columns: Mapping[str, ArrayLike]) -> Table:
        """Lay out columns by name; optional ones may be absent. Raises ValueError on a wrong name or length."""
        times = np.ascontiguousarray(time, dtype=np.int64)
        about = SERIES[kind]
        _check_names(kind, columns)
        values = {name: _column(name, len(times), columns) for name in about.names}
        return cls(kind, symbol, interval, times, values)

    @classmethod
    def of_candles(cls, candles: Candles) -> Table:
        """Return candles as the rows of a series."""
        return cls(Kind.CANDLES, candles.symbol, candles.timeframe, candles.open_time, candles.columns())

    def candles(self) -> Candles:
        """Return the rows of a series of candles as such."""
        return Candles.of(self.symbol, self.interval, self.time, self.values)

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: Rows) -> Table:
        """Return some rows: a mask, their numbers, or a slice."""
        return replace(self, time=self.time[rows], values={name: column[rows] for name, column in self.values.items()})

    def between(self, start: Millis, end: Millis) -> Table:
        """Return the rows from ``start`` to ``end`` (exclusive) of ascending times."""
        first, last = np.searchsorted(self.time, (start, end))
        return self.take(slice(int(first), int(last)))

    def available(self, lag_ms: Millis | None = None) -> Times:
        """Return when each row could be known: when it was received, or as declared where that was not recorded.

        ``lag_ms`` is that of values which are told later than the rest of their kind.
        """
        declared = available_at(self.kind, self.interval, self.time, lag_ms)
        received = self.values.get(RECEIVED)
        if received is None:
            return declared
        return np.where(np.isnan(received), declared, np.nan_to_num(received)).astype(np.int64)

    def row(self, row: int) -> dict[str, float]:
        """Return the known values of one row."""
        cells = {name: float(column[row]) for name, column in self.values.items()}
        return {name: value for name, value in cells.items() if not np.isnan(value)}


def joined(first: Table, second: Table) -> Table:
    """Return the rows of both, one after the other."""
    values = {name: np.concatenate((column, second.values[name])) for name, column in first.values.items()}
    return replace(first, time=np.concatenate((first.time, second.time)), values=values)


def _check_names(kind: Kind, columns: Mapping[str, ArrayLike]) -> None:
    about = SERIES[kind]
    missing = [name for name in about.required if name not in columns]
    unknown = [name for name in columns if name not in about.names]
    if missing or unknown:
        found = ", ".join([*(f"no {name}" for name in missing), *unknown])
        raise ValueError(f"expected for {kind} the columns {', '.join(about.names)}, found {found}")


def _column(name: str, rows: int, columns: Mapping[str, ArrayLike]) -> Floats:
    if name not in columns:
        return np.full(rows, np.nan)
    column = np.ascontiguousarray(columns[name], dtype=np.float64)
    if column.shape != (rows,):
        raise ValueError(f"expected {rows} rows in column {name} as in the times, found {column.shape}")
    return column
