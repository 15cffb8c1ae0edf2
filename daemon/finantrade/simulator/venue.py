"""The exchange as a function of time: what each stream tells at a moment, without sockets, state or order of asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from finantrade.domain.context import FEAR_AND_GREED, Sentiment
from finantrade.domain.units import DAY, MINUTE, SECOND, Millis
from finantrade.market.candles import Candles
from finantrade.simulator.beside import Beside, Rows
from finantrade.simulator.figures import Figures
from finantrade.simulator.invented import sentiment
from finantrade.simulator.recording import Recording
from finantrade.wire.events import (
    AggTradeEvent,
    Event,
    agg_trade_event,
    book_ticker_event,
    force_order_event,
    mark_price_event,
)
from finantrade.wire.klines import kline_event
from finantrade.wire.subscriptions import Stream, StreamKind

Told = Event | tuple[Event, ...]
"""One event, or several at once in the streams of all symbols."""

INVENTED = Beside()
WALL_PAUSE_MS = 250
"""Forming candles come about this often by the wall, as they do from the exchange, however fast its time runs."""


class Venue:
    """The symbols of an exchange, all of one recorded timeframe. ``step_ms`` is the time between two updates.

    What is not ``beside`` the candles is invented.
    """

    def __init__(self, candles: Sequence[Candles], seed: int, step_ms: Millis, beside: Beside = INVENTED) -> None:
        self.beside = beside
        self._seed = seed
        self._mood = None if beside.mood is None else Rows(beside.mood)
        self.step_ms = step_ms
        self.timeframe = candles[0].timeframe
        self.recordings: Mapping[str, Recording] = {one.symbol: Recording(one, seed) for one in candles}
        self.figures = {
            symbol: Figures(recording, seed, beside.series.get(symbol, {}))
            for symbol, recording in self.recordings.items()
        }

    @property
    def first(self) -> Millis:
        """The first recorded moment."""
        return min(recording.first for recording in self.recordings.values())

    @property
    def end(self) -> Millis:
        """The moment at which the last bar closes."""
        return max(recording.end for recording in self.recordings.values())

    def serves(self, stream: Stream) -> bool:
        """Whether there is such a stream."""
        if stream.symbol and stream.symbol not in self.recordings:
            return False
        return stream.kind is not StreamKind.KLINE or self.recordings[stream.symbol].serves(stream.interval)

    def told(self, stream: Stream, now: Millis) -> Iterator[Told]:
        """Yield what a stream tells at a moment that is a multiple of ``step_ms``."""
        match stream.kind:
            case StreamKind.KLINE:
                yield from self._klines(stream, now)
            case StreamKind.MARK_PRICE if not stream.symbol:
                yield tuple(event for symbol in self.recordings if (event := self._of(stream.kind, symbol, now)))
            case StreamKind.FORCE_ORDER:
                for symbol in self._symbols(stream):
                    for one in self.figures[symbol].liquidations(now - self.step_ms, now):
                        yield force_order_event(now, one)
            case _:
                for symbol in self._symbols(stream):
                    event = self._of(stream.kind, symbol, now)
                    if event is not None:
                        yield event

    def moods(self, first: Millis, now: Millis) -> Iterator[Sentiment]:
        """Yield the mood of each day from ``first`` on, as far as it is known ``now``."""
        if self._mood is None:
            yield from (sentiment(self._seed, day) for day in range(first // DAY * DAY, now + 1, DAY))
            return
        for day in self._mood.stamps("value", DAY, first, now, now):
            value = self._mood.at("value", day)
            if value is not None:
                yield Sentiment(FEAR_AND_GREED, day, value)

    def _symbols(self, stream: Stream) -> list[str]:
        return [stream.symbol] if stream.symbol else list(self.recordings)

    def _klines(self, stream: Stream, now: Millis) -> Iterator[Event]:
        recording, interval = self.recordings[stream.symbol], stream.interval
        whole = recording.closed(interval, now - interval) if now % interval == 0 else None
        forming = recording.forming(interval, now)
        if whole is not None:
            yield kline_event(now, whole, closed=True)
        if forming is not None:
            yield kline_event(now, forming, closed=False)

    def _of(self, kind: StreamKind, symbol: str, now: Millis) -> Event | None:
        figures = self.figures[symbol]
        match kind:
            case StreamKind.MARK_PRICE:
                mark = figures.mark(now)
                return mark and mark_price_event(mark, figures.estimate(now))
            case StreamKind.BOOK_TICKER:
                quote = figures.quote(now)
                return quote and book_ticker_event(quote, update=now)
            case StreamKind.AGG_TRADE:
                return self.trade(symbol, now)
            case StreamKind.KLINE | StreamKind.FORCE_ORDER:
                return None

    def trade(self, symbol: str, now: Millis) -> AggTradeEvent | None:
        """Return the trade of this moment, None in a hole of the recording."""
        figures = self.figures[symbol]
        trade = figures.trade(now)
        return trade and agg_trade_event(trade, qty=figures.traded_qty(now), trade_id=now // SECOND)


def step_for(rate: float, timeframe: Millis) -> Millis:
    """Return the time between two updates at a rate: seconds that divide the bar, about four updates a second."""
    least = max(SECOND, int(WALL_PAUSE_MS * rate))
    divisors = [step for step in range(SECOND, MINUTE + 1, SECOND) if timeframe % step == 0]
    divisors += [step for step in range(2 * MINUTE, timeframe + 1, MINUTE) if timeframe % step == 0]
    return next((step for step in divisors if step >= least), timeframe)
