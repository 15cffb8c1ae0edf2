"""The incremental feature updater: one line of state a symbol, one row a closed bar.

A gap of more than ``reset_after_bars`` bars resets the line to warm-up, and its rows say so by ``ready`` being false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from finantrade.domain.market import Bar, FeatureRow, FeedGap
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.features.feature_set import FeatureLine, FeatureSet
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch


class FeaturesActor:
    """Keeps the features of every symbol up to date."""

    name: ClassVar[str] = "features"

    def __init__(self, sets: Mapping[str, FeatureSet], reset_after_bars: int) -> None:
        self._lines: dict[str, FeatureLine] = {symbol: features.start() for symbol, features in sets.items()}
        self._reset_after_bars = reset_after_bars

    def warm_up(self, symbol: str, bars: Iterable[Bar]) -> None:
        """Start a symbol's line anew on bars from before the first input."""
        line = self._lines[symbol]
        line.reset()
        for bar in bars:
            line.update(bar)

    def look_ahead(self, stretch: Stretch) -> None:
        """Compute the rows of these bars before they come."""
        for symbol in stretch.symbols:
            if symbol in self._lines:
                self._looking_ahead(symbol, stretch)

    def ahead(self, symbol: str, stretch: Stretch) -> tuple[int, Floats]:
        """Return how many of the next rows will not be ready, and the values of all to the end of the segment."""
        line = self._looking_ahead(symbol, stretch)
        return line.unready, line.upcoming()

    def pass_over(self, stretch: Stretch) -> None:
        """Take the rows as seen."""
        for symbol in stretch.symbols:
            if symbol in self._lines:
                self._looking_ahead(symbol, stretch).pass_over(stretch.rows)

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {Bar: self.on_bar, FeedGap: self.on_gap}

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        symbol = bar.symbol
        line = self._lines.get(symbol)
        if line is None:
            return NOTHING
        values = line.update(bar)
        return (FeatureRow(symbol, bar.close_time, line.schema_id, values, line.warm or line.ready, bar.backfilled),)

    def on_gap(self, gap: FeedGap, now: Millis) -> Sequence[Message]:
        if gap.bars > self._reset_after_bars and gap.symbol in self._lines:
            self._lines[gap.symbol].reset()
        return NOTHING

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode({symbol: line.snapshot() for symbol, line in self._lines.items()})

    def restore(self, state: bytes, /) -> None:
        for symbol, data in msgspec.msgpack.decode(state, type=dict[str, bytes]).items():
            self._lines[symbol].restore(data)

    def _looking_ahead(self, symbol: str, stretch: Stretch) -> FeatureLine:
        line = self._lines[symbol]
        if not line.foreknows(stretch.first_open):
            line.look_ahead(stretch.rest(symbol))
        return line
