"""The rows of a set over the candles of a symbol, block by block, as the lane would have said them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from finantrade.features.feature_set import FeatureSet, Floats
from finantrade.features.history import History
from finantrade.market.candles import Candles, Times
from finantrade.market.timeline import NO_CONTEXT, Timeline

BLOCK = 20_000
"""Rows of a block: what bounds the memory, however many bars there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows of a symbol that follow on each other: ``values`` has the shape (n, k)."""

    symbol: str
    close_time: Times
    ready: NDArray[np.bool_]
    values: Floats


def blocks(
    features: FeatureSet, candles: Candles, reset_after_bars: int, context: Timeline = NO_CONTEXT
) -> Iterator[Block]:
    """Yield the rows of all candles; a hole of more than ``reset_after_bars`` bars goes back to warm-up.

    ``context`` is what is known beside them.
    """
    line, history = features.start(), History.of(context, candles.symbol, features.composition.beside)
    holes = np.flatnonzero(np.diff(candles.open_time) > (reset_after_bars + 1) * candles.timeframe) + 1
    resets = frozenset(holes.tolist())
    edges = sorted(resets | {*range(0, len(candles), BLOCK), len(candles)})
    for start, stop in pairwise(edges):
        if start in resets:
            line.reset()
        block, unready = candles.slice(start, stop), line.unready
        ready = np.arange(stop - start) >= unready
        yield Block(candles.symbol, block.open_time + candles.timeframe - 1, ready, line.extend(block, history))
