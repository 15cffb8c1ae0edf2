"""Finds the next row on which something is true, over and over, in columns that are known ahead."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray


class Occasions:
    """The rows of a block on which a condition is true."""

    __slots__ = ("_count", "_rows")

    def __init__(self, condition: NDArray[np.bool_]) -> None:
        self._count = len(condition)
        self._rows: list[int] = np.flatnonzero(condition).tolist()

    def wait(self, at: int) -> int:
        """Return how many rows from ``at`` on come before the next of them, or before the end of the block."""
        next_one = bisect_left(self._rows, at)
        return (self._rows[next_one] if next_one < len(self._rows) else self._count) - at
