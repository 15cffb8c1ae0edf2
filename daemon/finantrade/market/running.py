"""Running figures, told every few seconds: of each the newest, at most one a minute of the venue's time.

What waits is let out before its symbol's bar enters the lane, so that a close is judged with the newest figures.
"""

from __future__ import annotations

from collections.abc import Iterator

from finantrade.domain.context import FundingEstimate, MarkPrice
from finantrade.domain.units import MINUTE, Millis

Figure = MarkPrice | FundingEstimate
KINDS: tuple[type[Figure], ...] = (MarkPrice, FundingEstimate)
"""In this order two figures of one time are told."""


class Running:
    """Conflates figures by symbol and kind. A figure that is no newer than the last one is dropped."""

    def __init__(self, every_ms: Millis = MINUTE) -> None:
        self.conflated = 0
        self._every_ms = every_ms
        self._told: dict[tuple[str, type[Figure]], Millis] = {}
        self._waiting: dict[tuple[str, type[Figure]], Figure] = {}

    def take(self, figure: Figure) -> Iterator[Figure]:
        """Take a figure, and yield it if it may enter now."""
        key = figure.symbol, type(figure)
        told, waiting = self._told.get(key), self._waiting.get(key)
        newest = told if waiting is None else waiting.time
        if newest is not None and figure.time <= newest:
            self.conflated += 1
            return
        self.conflated += waiting is not None
        if told is None or figure.time - told >= self._every_ms:
            yield self._let_out(figure)
        else:
            self._waiting[key] = figure

    def before_bar(self, symbol: str) -> Iterator[Figure]:
        """Yield what waits of a symbol: its bar enters next."""
        for kind in KINDS:
            figure = self._waiting.get((symbol, kind))
            if figure is not None:
                yield self._let_out(figure)

    def _let_out(self, figure: Figure) -> Figure:
        key = figure.symbol, type(figure)
        self._told[key] = figure.time
        self._waiting.pop(key, None)
        return figure
