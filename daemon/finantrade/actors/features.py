"""The incremental feature updater: one line of state a symbol, one row a closed bar.

A gap of more than ``reset_after_bars`` bars resets the line to warm-up, and its rows say so by ``ready`` being false.

Facts beside the bars stand in the lines of their symbol from the first close on by which they were known. What was told
``latency_ms`` late, as everything of a recorded feed is, was known as much earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, ClassVar

import msgspec

from finantrade.domain.codec import CONTEXT_FACTS
from finantrade.domain.context import Sentiment
from finantrade.domain.market import Bar, FeatureRow, FeedGap
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.features.feature_line import FeatureLine
from finantrade.features.feature_set import FeatureSet
from finantrade.features.history import History, histories
from finantrade.features.standing import counts_from
from finantrade.market.candles import Floats
from finantrade.market.fact_order import Fact
from finantrade.market.stretch import Stretch
from finantrade.market.timeline import Timeline


class FeaturesActor:
    """Keeps the features of every symbol up to date."""

    name: ClassVar[str] = "features"

    def __init__(self, sets: Mapping[str, FeatureSet], reset_after_bars: int, latency_ms: Millis = 0) -> None:
        self._lines: dict[str, FeatureLine] = {symbol: features.start() for symbol, features in sets.items()}
        self._columns = {symbol: features.composition.beside for symbol, features in sets.items()}
        self._reset_after_bars = reset_after_bars
        self._latency_ms = latency_ms
        self._histories: Mapping[str, History] = {}

    def warm_up(self, symbol: str, bars: Iterable[Bar], facts: Iterable[Fact] = ()) -> None:
        """Start a symbol's line anew on bars from before the first input, and facts beside them by when known."""
        line = self._lines[symbol]
        line.reset()
        told = sorted(((counts_from(fact, known), known, fact) for known, fact in facts), key=itemgetter(0))
        upcoming = 0
        for bar in bars:
            while upcoming < len(told) and told[upcoming][0] <= bar.close_time:
                line.hear(told[upcoming][2], told[upcoming][1])
                upcoming += 1
            line.update(bar)
        for _, known, fact in told[upcoming:]:
            line.hear(fact, known)

    def foretell(self, context: Timeline) -> None:
        """Take it that these facts will be told, no others, from the beginning on: rows ahead rest on them."""
        self._histories = histories(context, self._columns)

    def look_ahead(self, stretch: Stretch) -> None:
        """Compute the rows of these bars before they come."""
        for symbol in stretch.symbols:
            if symbol in self._lines:
                self._looking_ahead(symbol, stretch)

    def indifferent(self, stretch: Stretch) -> int:
        """Return how many rows may be passed over: none while facts go by a symbol that has no bars."""
        present = all(symbol in stretch.members for symbol, columns in self._columns.items() if columns)
        return stretch.rows if present else 0

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
        return {Bar: self.on_bar, FeedGap: self.on_gap, **dict.fromkeys(CONTEXT_FACTS, self.on_fact)}

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        symbol = bar.symbol
        line = self._lines.get(symbol)
        if line is None:
            return NOTHING
        values, ready = line.update(bar), line.warm or line.ready
        return (FeatureRow(symbol, bar.close_time, line.schema_id, values, ready, bar.backfilled, line.missing),)

    def on_fact(self, fact: Any, now: Millis) -> Sequence[Message]:
        known = now - self._latency_ms
        if isinstance(fact, Sentiment):
            for line in self._lines.values():
                line.hear(fact, known)
        elif fact.symbol in self._lines:
            self._lines[fact.symbol].hear(fact, known)
        return NOTHING

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
            line.look_ahead(stretch.rest(symbol), self._histories.get(symbol))
        return line
