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
LIMIT = 30.0
WICK = 100.0
LEAST = 1e-4
"""The scale of a market that hardly moves."""


def spikes(table: Table) -> NDArray[np.intp]:
    """Return the rows of suspicious candles, in order."""
    if len(table) < 3:
        return np.empty(0, dtype=np.intp)
    close = table.values["close"]
    moves = np.abs(close[1:] / close[:-1] - 1.0)
    scale = _scale(moves)
    return np.flatnonzero(_reverted(close, moves, scale) | _wicked(table, scale))


def _scale(moves: Floats) -> Floats:
    rows = len(moves) + 1
    whole = len(moves) // BLOCK * BLOCK
    medians = np.median(moves[:whole].reshape(-1, BLOCK), axis=1) if whole else np.empty(0)
    if whole < len(moves):
        medians = np.append(medians, np.median(moves[-min(BLOCK, len(moves)) :]))
    return np.maximum(np.repeat(medians, BLOCK), LEAST)[np.minimum(np.arange(rows), len(moves) - 1)]


def _reverted(close: Floats, moves: Floats, scale: Floats) -> NDArray[np.bool_]:
    found = np.zeros(len(close), dtype=np.bool_)
    far = np.flatnonzero(moves[:-1] > LIMIT * scale[1:-1]) + 1
    returned = np.abs(close[far + 1] / close[far - 1] - 1.0) < moves[far - 1] / 4.0
    found[far[returned]] = True
    return found


def _wicked(table: Table, scale: Floats) -> NDArray[np.bool_]:
    opened, close = table.values["open"], table.values["close"]
    above = table.values["high"] > np.maximum(opened, close) * (1.0 + WICK * scale)
    below = table.values["low"] * (1.0 + WICK * scale) < np.minimum(opened, close)
    return above | below
