"""The exchange as a function of time: what each stream tells at a moment, without sockets, state or order of asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.market.candles import Candles
from finantrade.simulator.invented import Invented
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

WALL_PAUSE_MS = 250
"""Forming candles come about this often by the wall, as they do from the exchange, however fast its time runs."""


class Venue:
    """The symbols of an exchange, all of one recorded timeframe. ``step_ms`` is the time between two updates."""

    def __init__(self, candles: Sequence[Candles], seed: int, step_ms: Millis) -> None:
        self.seed = seed
        self.step_ms = step_ms
        self.timeframe = candles[0].timeframe
        self.recordings: Mapping[str, Recording] = {one.symbol: Recording(one, seed) for one in candles}
        self.invented = {symbol: Invented(recording, seed) for symbol, recording in self.recordings.items()}

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
            case _:
                for symbol in [stream.symbol] if stream.symbol else list(self.recordings):
                    event = self._of(stream.kind, symbol, now)
                    if event is not None:
                        yield event

    def _klines(self, stream: Stream, now: Millis) -> Iterator[Event]:
        recording, interval = self.recordings[stream.symbol], stream.interval
        whole = recording.closed(interval, now - interval) if now % interval == 0 else None
        forming = recording.forming(interval, now)
        if whole is not None:
            yield kline_event(now, whole, closed=True)
        if forming is not None:
            yield kline_event(now, forming, closed=False)

    def _of(self, kind: StreamKind, symbol: str, now: Millis) -> Event | None:
        invented = self.invented[symbol]
        match kind:
            case StreamKind.MARK_PRICE:
                mark = invented.mark(now)
                return mark and mark_price_event(mark, invented.estimate(now))
            case StreamKind.FORCE_ORDER:
                liquidation = invented.liquidation(now)
                return liquidation and force_order_event(now, liquidation)
            case StreamKind.BOOK_TICKER:
                quote = invented.quote(now)
                return quote and book_ticker_event(quote, update=now)
            case StreamKind.AGG_TRADE:
                return self.trade(symbol, now)
            case StreamKind.KLINE:
                return None

    def trade(self, symbol: str, now: Millis) -> AggTradeEvent | None:
        """Return the trade of this moment, None in a hole of the recording."""
        invented = self.invented[symbol]
        trade = invented.trade(now)
        return trade and agg_trade_event(trade, qty=invented.traded_qty(now), trade_id=now // SECOND)


def step_for(rate: float, timeframe: Millis) -> Millis:
    """Return the time between two updates at a rate: seconds that divide the bar, about four updates a second."""
    least = max(SECOND, int(WALL_PAUSE_MS * rate))
    divisors = [step for step in range(SECOND, MINUTE + 1, SECOND) if timeframe % step == 0]
    divisors += [step for step in range(2 * MINUTE, timeframe + 1, MINUTE) if timeframe % step == 0]
    return next((step for step in divisors if step >= least), timeframe)
