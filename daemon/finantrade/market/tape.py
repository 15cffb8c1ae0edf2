"""What one symbol's wire brings, put into the order in which the lane is to get it.

A wire repeats itself, skips, falls silent and comes back. The tape lets every bar out once, in order of time:

1. A bar that follows the newest leaves at once, its opening before it. One from before it is a repetition, or a
   revision where it differs.
2. A bar, or an opening, that leaves a hole behind it waits, and so does everything after the wire was lost. ``wanted``
   says what has to be fetched, as soon as the close of a bar is ``flag_ms`` past and nobody has told of it.
3. What was fetched is let out, and what the venue does not have either becomes a ``FeedGap``. Then comes what waited.
4. A bar that leaves within ``grace_ms`` of its close is told as it happened: who fetches fast enough leaves no trace of
   the trouble. Once that is past the symbol is told to be stale, its bars to be back-filled, and the symbol to be
   restored when nothing is missing.
5. An opening that old, which was missed, is no price that anyone sees now, and no order may fill at it: the newest
   price of the forming bar is told instead, as a price inside it.

It reads no clock: every call is told the venue's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from finantrade.domain.market import (
    Bar,
    BarArrived,
    BarOpened,
    BarRevised,
    FeedGap,
    FeedRestored,
    FeedStale,
    TradePrice,
)
from finantrade.domain.message import Message
from finantrade.domain.units import Millis

RECENT = 16
"""How many bars back a differing value is told apart from a repetition."""
WAITING = 64
"""How many bars may wait behind a hole; further ones are fetched like everything else."""
FETCHED = 10_000
"""How many bars are wanted at a time: however long nobody was here, they have room in memory."""


class Span(NamedTuple):
    """Bars to be fetched, by the open times of the first and the last."""

    start: Millis
    end: Millis


class Opening(NamedTuple):
    """The first price of a bar that is not over yet, and the last one with the time at which it was heard."""

    open_time: Millis
    price: float
    last: float
    heard: Millis


class Tape:
    """Follows one symbol from the bar after ``newest`` on, which is the open time of the last one that is there.

    ``grace_ms`` is how old a bar may be that is still told as it happened, ``patience_ms`` how old one that the venue
    does not have yet.
    """

    def __init__(
        self, symbol: str, timeframe: Millis, newest: Millis, *, flag_ms: Millis, grace_ms: Millis, patience_ms: Millis
    ) -> None:
        self.symbol = symbol
        self.repeated = 0
        self.stale = False
        self._timeframe = timeframe
        self._next = newest + timeframe
        self._flag_ms = flag_ms
        self._grace_ms = grace_ms
        self._patience_ms = patience_ms
        self._heard = newest + timeframe - 1
        self._lost_at: Millis | None = None
        self._whole_since: Millis = newest
        self._opened = newest
        self._opening: Opening | None = None
        self._waiting: dict[Millis, Bar] = {}
        self._recent: dict[Millis, Bar] = {}

    def lost(self, now: Millis) -> None:
        """Take it that anything may have been missed: the wire was cut, or has been silent for too long."""
        if self._lost_at is None:
            self._lost_at = now

    def opened(self, open_time: Millis, price: float, last: float, now: Millis) -> list[Message]:
        """Take the first and the last price of a forming bar, as every frame of it tells them."""
        self._heard = now
        if open_time <= self._opened or (self._opening and open_time < self._opening.open_time):
            return []
        self._opening = Opening(open_time, price, last, now)
        return list(self._go_on(now))

    def closed(self, bar: Bar, now: Millis) -> list[Message]:
        """Take a bar that the venue has flagged as closed."""
        self._heard = now
        if bar.open_time < self._next:
            return list(self._again(bar))
        if len(self._waiting) < WAITING:
            self._waiting.setdefault(bar.open_time, bar)
        return list(self._go_on(now))

    def wanted(self, now: Millis) -> Span | None:
        """Return what is to be fetched, and nothing where all is in order.

        After the wire was lost that may be a span without bars (``end`` before ``start``): it is answered all the same.
        """
        overdue = now >= self._next + self._timeframe + self._flag_ms
        last = min(self._last_closed(now), self._next + (FETCHED - 1) * self._timeframe)
        return Span(self._next, last) if overdue or self._lost_at is not None else None

    def filled(self, bars: Iterable[Bar], asked: Span, now: Millis) -> list[Message]:
        """Take what was fetched for a span; of what is not there, it is too young to be missing what may yet come."""
        fetched = {bar.open_time: bar for bar in bars if asked.start <= bar.open_time <= asked.end}
        settled = max(fetched, default=-1)
        end = min(asked.end, max(settled, self._last_closed(now - self._patience_ms)))
        out = list(self._span(fetched, end, now))
        # Where no bar had closed meanwhile there is none to wait for, however young the last one is.
        if end == asked.end or asked.end < asked.start:
            self._lost_at, self._whole_since = None, now
        return [*out, *self._go_on(now)]

    def tick(self, now: Millis) -> list[Message]:
        """Let time pass: tell that the symbol is stale once something has been missing for too long."""
        if self.wanted(now) is None or now - self._missing_since(now) < self._grace_ms:
            return []
        return list(self._go_stale())

    def _missing_since(self, now: Millis) -> Millis:
        closed = self._next + self._timeframe
        since = closed if closed <= now else now
        return since if self._lost_at is None else min(since, self._lost_at)

    def _last_closed(self, now: Millis) -> Millis:
        return now // self._timeframe * self._timeframe - self._timeframe

    def _span(self, fetched: dict[Millis, Bar], end: Millis, now: Millis) -> Iterator[Message]:
        hole: list[Millis] = []
        while self._next <= end:
            bar = fetched.get(self._next) or self._waiting.get(self._next)
            if bar is None:
                hole.append(self._next)
                self._next += self._timeframe
                continue
            yield from self._gap(hole)
            hole = []
            yield from self._let_out(bar, now)
        yield from self._gap(hole)

    def _gap(self, hole: Sequence[Millis]) -> Iterator[Message]:
        if hole:
            yield from self._go_stale()
            yield FeedGap(self.symbol, hole[0], hole[-1], len(hole))

    def _go_on(self, now: Millis) -> Iterator[Message]:
        """Let out what waits and has nothing missing before it."""
        self._waiting = {time: bar for time, bar in self._waiting.items() if time >= self._next}
        if self._lost_at is not None:
            return
        while bar := self._waiting.get(self._next):
            yield from self._let_out(bar, now)
        if self._opening and self._opening.open_time < self._next:
            self._opening = None
        in_order = not self._waiting and (self._opening is None or self._opening.open_time == self._next)
        if in_order and self.stale and now < self._next + self._timeframe + self._flag_ms:
            self.stale, self._whole_since = False, now
            yield FeedRestored(self.symbol)
        if in_order and self._opening and (first := self._first_price(self._opening, now)):
            self._opened = self._next
            self._opening = None
            yield first

    def _first_price(self, opening: Opening, now: Millis) -> BarOpened | TradePrice | None:
        if self._whole_since <= opening.open_time or now - opening.open_time <= self._grace_ms:
            return BarOpened(self.symbol, opening.open_time, opening.price)
        # What was heard before the wire was lost is not the price of now either: the next frame brings it.
        if now - opening.heard > self._flag_ms:
            return None
        return TradePrice(self.symbol, min(now, opening.open_time + self._timeframe - 1), opening.last)

    def _let_out(self, bar: Bar, now: Millis) -> Iterator[Message]:
        self._waiting.pop(bar.open_time, None)
        if not self.stale and now - bar.close_time > self._grace_ms:
            yield from self._go_stale()
        if not self.stale and self._opened < bar.open_time:
            self._opened = bar.open_time
            yield BarOpened(self.symbol, bar.open_time, bar.open)
        told = msgspec.structs.replace(bar, backfilled=self.stale)
        self._recent[bar.open_time] = told
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
        self._next = bar.open_time + self._timeframe
        yield BarArrived(told)

    def _go_stale(self) -> Iterator[Message]:
        if not self.stale:
            self.stale = True
            yield FeedStale(self.symbol, min(self._heard, self._next + self._timeframe - 1))

    def _again(self, bar: Bar) -> Iterator[Message]:
        before = self._recent.get(bar.open_time)
        if before is None or msgspec.structs.replace(bar, backfilled=before.backfilled) == before:
            self.repeated += 1
            return
        self._recent[bar.open_time] = msgspec.structs.replace(bar, backfilled=before.backfilled)
        yield BarRevised(bar)
