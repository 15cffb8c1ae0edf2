"""What enters the lane of all that the wires bring, and in which order.

1. Bars go through the tape of their symbol, which lets each out once, then openings to their places behind the closes.
2. Before a bar enters, what waits of its symbol's running figures does; each liquidation enters as it comes.
3. Prices inside a bar enter between its opening and its close.
4. The newest forming candle of each symbol is kept for whoever shows it. It never enters: nothing decides on it.

It reads no clock: every call is told the venue's time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from finantrade.config import TriggerPrices
from finantrade.domain.context import FundingEstimate, Liquidation, MarkPrice
from finantrade.domain.market import Bar, BarArrived, BarForming, Quote, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.market.openings import Openings
from finantrade.market.running import Running
from finantrade.market.tape import Span, Tape
from finantrade.market.triggers import Triggers

Taking = Callable[[Any, Millis], Iterator[Message]]


class Entrance:
    """Joins the tapes of some symbols. ``beside`` are the kinds of facts beside bars that are let in.

    ``kind`` says which prices inside a bar ``triggers`` takes. Bars that enter more than ``late_ms`` after their close
    are counted, those that are back-filled apart.
    """

    def __init__(
        self,
        tapes: Mapping[str, Tape],
        openings: Openings,
        triggers: Triggers,
        kind: TriggerPrices,
        beside: Collection[type[Message]],
        late_ms: Millis,
    ) -> None:
        self.glimpses: dict[str, Bar] = {}
        self.forming = 0
        self.late = 0
        self.running = Running()
        self.triggers = triggers
        self._tapes = tapes
        self._openings = openings
        self._late_ms = late_ms
        self._forming_triggers = kind is TriggerPrices.FORMING
        self._liquidated: dict[str, Liquidation] = {}
        context: dict[type[Message], Taking] = {
            MarkPrice: self._figure,
            FundingEstimate: self._figure,
            Liquidation: self._liquidation,
        }
        prices: dict[TriggerPrices, dict[type[Message], Taking]] = {
            TriggerPrices.TRADES: {TradePrice: self._trade},
            TriggerPrices.BOOK: {Quote: self._quote},
        }
        self._takes: dict[type[Message], Taking] = {
            BarArrived: self._closed,
            BarForming: self._form,
            **{fact: taking for fact, taking in context.items() if fact in beside},
            **prices.get(kind, {}),
        }

    def take(self, fact: Message, now: Millis) -> Iterator[Message]:
        """Take what came, and yield what enters now."""
        taking = self._takes.get(type(fact))
        return iter(()) if taking is None else taking(fact, now)

    def filled(self, symbol: str, bars: Sequence[Bar], span: Span, now: Millis) -> Iterator[Message]:
        """Take what was fetched, and yield what enters now."""
        return self._in_place(self._tapes[symbol].filled(bars, span, now), now)

    def tick(self, now: Millis) -> Iterator[Message]:
        """Let time pass, and yield what enters now."""
        for symbol, tape in self._tapes.items():
            yield from self._in_place(tape.tick(now), now)
            yield from self._price(symbol, now)

    def _closed(self, fact: BarArrived, now: Millis) -> Iterator[Message]:
        tape = self._tapes.get(fact.bar.symbol)
        if tape is not None:
            yield from self._in_place(tape.closed(fact.bar, now), now)

    def _form(self, fact: BarForming, now: Millis) -> Iterator[Message]:
        bar = fact.bar
        tape = self._tapes.get(bar.symbol)
        if tape is None:
            return
        self.forming += 1
        self.glimpses[bar.symbol] = bar
        yield from self._in_place(tape.opened(bar.open_time, bar.open, bar.close, now), now)
        if self._forming_triggers:
            self.triggers.take(bar.symbol, fact.time, bar.close, now, bar.open_time)
            yield from self._price(bar.symbol, now)

    def _trade(self, fact: TradePrice, now: Millis) -> Iterator[Message]:
        if fact.symbol in self._tapes:
            self.triggers.take(fact.symbol, fact.time, fact.price, now)
            yield from self._price(fact.symbol, now)

    def _quote(self, fact: Quote, now: Millis) -> Iterator[Message]:
        # The spot market's quotes say no time: they are as old as their way here.
        if fact.symbol in self._tapes and fact.bid and fact.ask:
            self.triggers.take(fact.symbol, fact.time or now, (fact.bid + fact.ask) / 2, now)
            yield from self._price(fact.symbol, now)

    def _figure(self, fact: MarkPrice | FundingEstimate, now: Millis) -> Iterator[Message]:
        return self.running.take(fact) if fact.symbol in self._tapes else iter(())

    def _liquidation(self, fact: Liquidation, now: Millis) -> Iterator[Message]:
        if fact.symbol in self._tapes and self._liquidated.get(fact.symbol) != fact:
            self._liquidated[fact.symbol] = fact
            yield fact

    def _price(self, symbol: str, now: Millis) -> Iterator[Message]:
        price = self.triggers.due(symbol, now)
        if price is not None:
            yield price

    def _in_place(self, given: Iterable[Message], now: Millis) -> Iterator[Message]:
        for one in given:
            for message in self._openings.take(one, now):
                yield from self._enter(message, now)
        for message in self._openings.tick(now):
            yield from self._enter(message, now)

    def _enter(self, message: Message, now: Millis) -> Iterator[Message]:
        if isinstance(message, BarArrived):
            bar = message.bar
            yield from self.running.before_bar(bar.symbol)
            self.late += not bar.backfilled and now - bar.close_time > self._late_ms
        self.triggers.passed(message)
        yield message
