"""Prices that are suspicious: far from their neighbours and back at once. They are shown, never removed.

1. The scale of a bar is the median absolute return of the ``BLOCK`` bars around it: half of them would have to be wrong
   before the scale is.
2. A close is a spike where its return is beyond ``LIMIT`` scales and the next close is back within a quarter of it.
3. A wick is one where it reaches beyond ``WICK`` scales from the body of its bar.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finantrade.market.candles import Floats
from finantrade.market.table import Table

BLOCK = 1_024
EVERY = 4
"""Of a whole block every fourth return is looked at: the median of 256 is as good."""
LIMIT = 30.0
WICK = 100.0
LEAST = 1e-4
"""The scale of a market that hardly moves."""


def spikes(table: Table) -> NDArray[np.intp]:
    """Return the rows of suspicious candles, in order."""
    if len(table) < 3:
        return np.empty(0, dtype=np.intp)
    close = table.values["close"]
    # From the smallest number there is to any price is further than numbers go: infinitely far is far enough.
    with np.errstate(over="ignore"):
        moves = np.abs(close[1:] / close[:-1] - 1.0)
        scales = _scales(moves)
        return np.union1d(_reverted(close, moves, scales), _wicked(table, scales))


def _scales(moves: Floats) -> Floats:
    whole = len(moves) // BLOCK * BLOCK
    medians = np.median(moves[:whole].reshape(-1, BLOCK)[:, ::EVERY], axis=1) if whole else np.empty(0)
    if whole < len(moves):
        medians = np.append(medians, np.median(moves[-min(BLOCK, len(moves)) :]))
    return np.maximum(medians, LEAST)


# Few rows are beyond the smallest scale of all; only those are compared with their own.
def _reverted(close: Floats, moves: Floats, scales: Floats) -> NDArray[np.intp]:
    far = np.flatnonzero(moves[:-1] > LIMIT * scales.min()) + 1
    far = far[moves[far - 1] > LIMIT * scales[(far - 1) // BLOCK]]
    returned = np.abs(close[far + 1] / close[far - 1] - 1.0) < moves[far - 1] / 4.0
    return far[returned]


def _wicked(table: Table, scales: Floats) -> NDArray[np.intp]:
    opened, high, low, close = (table.values[name] for name in ("open", "high", "low", "close"))
    far = np.flatnonzero(high > low * (1.0 + WICK * scales.min()))
    reach = 1.0 + WICK * scales[np.minimum(far // BLOCK, len(scales) - 1)]
    above = high[far] > np.maximum(opened[far], close[far]) * reach
    below = low[far] * reach < np.minimum(opened[far], close[far])
    return far[above | below]
