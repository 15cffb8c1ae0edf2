"""What the store knows of the past of a market's candles, as a session takes it in: verified, and never invented."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finantrade.domain.market import Bar
from finantrade.domain.units import Millis
from finantrade.market.bars import bars_of
from finantrade.market.candles import VALUES, BadBars, Candles
from finantrade.market.checks import check
from finantrade.market.interval import interval_text
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.reading import END_OF_TIME, read_verified


@dataclass(frozen=True, slots=True)
class StoredPast:
    """Candles of one length of a market, in the store at ``root``."""

    root: Path
    venue: str
    market: str
    timeframe: Millis

    def candles(self, symbol: str, start: Millis = 0, end: Millis = END_OF_TIME) -> Candles:
        """Return those that open from ``start`` to ``end`` (exclusive). Raises NotStored or StoreError."""
        place = Place(self.venue, self.market, Kind.CANDLES, symbol, interval_text(self.timeframe))
        manifest, table = read_verified(self.root, place, start, end)
        if manifest.synthetic:
            raise StoreError(f"{self.root / place.path}: expected recorded candles, found synthetic ones")
        try:
            return check(table.candles())
        except BadBars as error:
            raise StoreError(f"{self.root / place.path}: {error}") from None

    def leading(self, symbol: str, start: Millis, end: Millis) -> list[Bar]:
        """Return the bars from ``start`` on, up to the first that is not there, or not with all that a venue tells.

        Both times are inclusive. Nothing is no fault; raises StoreError where something is there that is broken.
        """
        first = -(-start // self.timeframe) * self.timeframe
        try:
            found = self.candles(symbol, first, end + 1)
        except NotStored:
            return []
        expected = first + np.arange(len(found), dtype=np.int64) * self.timeframe
        whole = found.open_time == expected
        for name in VALUES:
            whole &= ~np.isnan(found.column(name))
        return bars_of(found.slice(0, len(found) if whole.all() else int(np.argmin(whole))))
