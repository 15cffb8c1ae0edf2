"""Candles as single bars, as a feed brings them."""

from __future__ import annotations

from finantrade.domain.market import Bar
from finantrade.market.candles import Candles


def bars_of(candles: Candles) -> list[Bar]:
    """Return every row as a closed bar."""
    times = candles.open_time.tolist()
    columns = (column.tolist() for column in candles.columns().values())
    last = candles.timeframe - 1
    return [Bar(candles.symbol, time, time + last, *values) for time, *values in zip(times, *columns, strict=True)]
