"""What has come since this daemon began to follow a venue, counted: its coverage, as far as that can be known live.

Bars are expected one after the other: what a ``FeedGap`` names is missing. How many facts of context there should be
nobody can say while they come, so they are counted, and no share is given. Where none has come for so long that one
must have been, the series is absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from finantrade.config import Config, Context
from finantrade.domain.market import BarArrived, FeedGap
from finantrade.domain.message import Message
from finantrade.domain.units import HOUR, MINUTE, Millis, timeframe_ms
from finantrade.market.context_facts import KIND_OF, KINDS, stored_for, symbol_of
from finantrade.market.coverage import CoverageSummary, SeriesShare, is_poor
from finantrade.market.interval import IRREGULAR
from finantrade.market.series import Kind

OVERDUE_MS: Mapping[Context, Millis] = {
    Context.FUNDING: 9 * HOUR,
    Context.MARK_PRICE: 15 * MINUTE,
    Context.PREMIUM: 9 * HOUR,
    Context.OPEN_INTEREST: 30 * MINUTE,
    Context.RATIOS: 30 * MINUTE,
    Context.SENTIMENT: 26 * HOUR,
}
"""How long bars may come without anything of a series; liquidations there may be none of."""


class Tally:
    """Counts bars, holes and facts of context; bounded by the symbols and kinds that there are."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._timeframe = timeframe_ms(config.timeframe)
        self._bars: Counter[str] = Counter()
        self._followed: Counter[str] = Counter()
        self._missing: Counter[str] = Counter()
        self._gaps: Counter[str] = Counter()
        self._context: Counter[tuple[Kind, str]] = Counter()

    def note(self, message: Message) -> None:
        """Count one input."""
        kind = type(message)
        if isinstance(message, BarArrived):
            self._bars[message.bar.symbol] += 1
            self._followed[message.bar.symbol] += not message.bar.backfilled
        elif isinstance(message, FeedGap):
            self._missing[message.symbol] += message.bars
            self._gaps[message.symbol] += 1
        elif kind in KIND_OF:
            self._context[KIND_OF[kind], symbol_of(message)] += 1

    def summary(self, *, synthetic: bool) -> CoverageSummary | None:
        """Return what has come so far, None before the first bar."""
        if not self._bars:
            return None
        series = (*self._candles(synthetic=synthetic), *self._beside(synthetic=synthetic))
        absent = tuple(self._absent())
        poor = bool(absent) or any(one.poor for one in series)
        return CoverageSummary(poor=poor, synthetic=synthetic, series=series, absent=absent)

    def _absent(self) -> Iterator[str]:
        symbols = self._config.symbols
        for name in dict.fromkeys(self._config.feed.context):
            overdue = OVERDUE_MS.get(name)
            late = [one for one in symbols if overdue and self._followed[one] * self._timeframe > overdue]
            wanted = stored_for(name, late) if late else ()
            yield from (called for called, kind, symbol in wanted if not self._context[kind, symbol])

    def _candles(self, *, synthetic: bool) -> Iterator[SeriesShare]:
        for symbol in self._config.symbols:
            present, missing = self._bars[symbol], self._missing[symbol]
            expected = present + missing
            share = present / expected if expected else None
            yield SeriesShare(
                kind=Kind.CANDLES,
                symbol=symbol,
                interval=self._config.timeframe,
                present=present,
                expected=expected,
                share=share,
                gaps=self._gaps[symbol],
                synthetic=synthetic,
                poor=is_poor(share),
            )

    def _beside(self, *, synthetic: bool) -> Iterator[SeriesShare]:
        asked = [name for name in dict.fromkeys(self._config.feed.context) if name is not Context.SENTIMENT]
        waited = [(KINDS[name], symbol) for name in asked for symbol in self._config.symbols]
        for kind, symbol in dict.fromkeys([*waited, *self._context]):
            yield SeriesShare(
                kind=kind,
                symbol=symbol,
                interval=IRREGULAR,
                present=self._context[kind, symbol],
                expected=None,
                share=None,
                gaps=0,
                synthetic=synthetic,
            )
