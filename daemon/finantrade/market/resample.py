"""Longer periods from shorter ones, and bars from trades.

1. Rows are grouped by the grid point of the longer interval at or before them: UTC days, weeks from Monday.
2. Each column is folded as its kind says: first, highest, lowest, last or sum. What one row does not know, the sum does
   not know either.
3. A period is complete when all its rows are there. One with a hole is kept and marked: whoever trades on it has to
   know. The last one is closed by its last row, or by a row after it; until then it is forming, and not returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import Millis
from finantrade.market.candles import Floats, Times
from finantrade.market.interval import grid_start, interval_text
from finantrade.market.series import SERIES, Fold, Grid, Kind, Stamp
from finantrade.market.table import Table

Counts = NDArray[np.int64]


class BadResampling(ValueError):
    """A series that has no longer periods of the length that was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Closed periods; ``present`` of the ``expected`` rows of each are there. ``forming`` rows are of none yet."""

    table: Table
    present: Counts
    expected: int
    forming: int

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Which periods have all their rows."""
        return self.present == self.expected

    def whole(self) -> Table:
        """Return the complete periods alone: the others stay holes."""
        return self.table.take(self.complete)


def folded(table: Table, interval: Millis) -> Resampled:
    """Fold normalised rows into periods of a multiple of their interval. Raises BadResampling."""
    _check(table, interval)
    expected = interval // table.interval
    begins = grid_start(table.time, interval)
    starts = _starts(begins)
    present: Counts = np.diff(starts, append=len(table))
    closed = len(starts)
    if closed and int(table.time[-1]) + table.interval < int(begins[-1]) + interval:
        closed -= 1
    values = {
        column.name: _folded(table.values[column.name], starts, column.fold)[:closed]
        for column in SERIES[table.kind].columns
    }
    times = begins[starts][:closed]
    forming = int(present[closed:].sum())
    return Resampled(Table(table.kind, table.symbol, interval, times, values), present[:closed], expected, forming)


def bars_of(trades: Table, interval: Millis, until: Millis) -> Table:
    """Assemble candles from normalised trades, those that have closed by ``until``; where none traded there is no bar.

    The side that a trade took is the buyer's where the seller was the maker.
    """
    begins = grid_start(trades.time, interval)
    starts = _starts(begins)
    price, quantity = trades.values["price"], trades.values["quantity"]
    amounts = _amounts(price, quantity, trades.values["buyer_maker"])
    folds = {"open": Fold.FIRST, "high": Fold.HIGHEST, "low": Fold.LOWEST, "close": Fold.LAST}
    columns = {name: _folded(price, starts, fold) for name, fold in folds.items()}
    columns |= {name: _folded(amount, starts, Fold.SUM) for name, amount in amounts.items()}
    bars = Table.of(Kind.CANDLES, trades.symbol, interval, begins[starts], columns)
    return bars.between(0, until - interval + 1)


def _amounts(price: Floats, quantity: Floats, buyer_maker: Floats) -> Mapping[str, Floats]:
    taken = np.where(buyer_maker == 0, quantity, 0.0)
    return {
        "volume": quantity,
        "quote_volume": quantity * price,
        "trades": np.ones(len(price)),
        "taker_buy_volume": taken,
        "taker_buy_quote_volume": taken * price,
    }


def _check(table: Table, interval: Millis) -> None:
    about = SERIES[table.kind]
    if about.stamp is not Stamp.PERIOD or about.grid is not Grid.REGULAR:
        raise BadResampling(f"expected a series of periods, found {table.kind}: {about.title}")
    if interval <= table.interval or interval % table.interval:
        base = interval_text(table.interval)
        raise BadResampling(f"expected an interval of several times {base}, found {interval_text(interval)}")


def _starts(begins: Times) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(begins, prepend=begins[:1] - 1)) if len(begins) else np.empty(0, dtype=np.intp)


def _folded(values: Floats, starts: NDArray[np.intp], fold: Fold) -> Floats:
    if not len(starts):
        return np.empty(0)
    match fold:
        case Fold.FIRST:
            return values[starts]
        case Fold.LAST:
            return values[np.append(starts[1:], len(values)) - 1]
        case Fold.HIGHEST:
            return np.maximum.reduceat(values, starts)
        case Fold.LOWEST:
            return np.minimum.reduceat(values, starts)
        case Fold.SUM:
            return np.add.reduceat(values, starts)
