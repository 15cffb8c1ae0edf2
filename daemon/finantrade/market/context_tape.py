"""One series beside the candles that is asked for again and again: what is to be asked, and what of the answer is new.

1. Figures of fixed periods are asked for ``delay_ms`` after each stamp, settlements after each time that an estimate
   has named, everything once at the beginning. What is not there yet is asked for again after a pause that grows.
2. Of an answer only what is newer than the newest is new, in order of time: nothing is told twice, also not after a
   restart, since the newest that was told is in the journal.
3. Venues keep these figures for ``REACH``, some of them no longer. What lies further back when we come to ask for it,
   and any stamp that is missing before a newer one, is a hole: it is noted, never filled.

It reads no clock: every call is told the venue's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from finantrade.config import Context
from finantrade.domain.context import FundingRate, LongShortRatio, OpenInterest, Premium, Sentiment, TakerRatio
from finantrade.domain.message import Message
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.market.tape import Span

REACH = 30 * DAY - HOUR
"""How far back is asked, an hour less than a venue keeps: asking takes time, and its edge moves."""
PERIOD = 5 * MINUTE
FIRST_PAUSE_MS = 10 * SECOND


class Polled(StrEnum):
    """Series that no stream tells."""

    FUNDING = "funding"
    OPEN_INTEREST = "open_interest"
    ALL_ACCOUNTS = "all_accounts"
    TOP_ACCOUNTS = "top_accounts"
    TOP_POSITIONS = "top_positions"
    TAKERS = "takers"
    PREMIUM = "premium"
    SENTIMENT = "sentiment"


POLLED: Mapping[Context, tuple[Polled, ...]] = {
    Context.FUNDING: (Polled.FUNDING,),
    Context.OPEN_INTEREST: (Polled.OPEN_INTEREST,),
    Context.RATIOS: (Polled.ALL_ACCOUNTS, Polled.TOP_ACCOUNTS, Polled.TOP_POSITIONS, Polled.TAKERS),
    Context.PREMIUM: (Polled.PREMIUM,),
    Context.SENTIMENT: (Polled.SENTIMENT,),
}
STATISTICS = frozenset({Polled.OPEN_INTEREST, *POLLED[Context.RATIOS]})
"""Those that a venue counts each ``PERIOD``, and limits apart from all else."""
Fact = FundingRate | OpenInterest | LongShortRatio | TakerRatio | Premium | Sentiment


class Key(NamedTuple):
    """Names a series; one of the whole market has no symbol."""

    series: Polled
    symbol: str


class Rhythm(NamedTuple):
    """A stamp each ``step_ms``, to be had ``delay_ms`` later; ``lacks`` newer ones are not to be counted on."""

    step_ms: Millis
    delay_ms: Millis
    lacks: int = 0


_SERIES: Mapping[type[Message], Polled] = {
    FundingRate: Polled.FUNDING,
    OpenInterest: Polled.OPEN_INTEREST,
    TakerRatio: Polled.TAKERS,
    Premium: Polled.PREMIUM,
}


def key_of(fact: Fact) -> Key:
    """Return the series of a fact."""
    match fact:
        case Sentiment():
            return Key(Polled.SENTIMENT, "")
        case LongShortRatio(symbol=symbol, crowd=crowd):
            return Key(Polled(crowd.value), symbol)
        case _:
            return Key(_SERIES[type(fact)], fact.symbol)


def keys_of(context: Iterable[Context], symbols: Iterable[str]) -> Iterator[Key]:
    """Yield the series that are asked for where this context is taken in."""
    named = list(symbols)
    for one in context:
        for series in POLLED.get(one, ()):
            yield from [Key(series, "")] if series is Polled.SENTIMENT else [Key(series, symbol) for symbol in named]


class ContextTape:
    """Follows one series after ``newest``, the time of its last fact that was told, or the begin of what is wanted."""

    def __init__(self, key: Key, newest: Millis, timeframe: Millis) -> None:
        self.key = key
        self.newest = newest
        self.holes: list[Span] = []
        """What is lost, the last stamp before and the first one after it left out; whoever reports them clears them."""
        self._rhythm = _rhythm(key.series, timeframe)
        self._period: Millis | None = None
        self._settled: Millis = -1
        self._settles: Millis = -1
        self._pause: Millis = FIRST_PAUSE_MS
        self._quiet_until: Millis = 0

    def settles(self, at: Millis) -> None:
        """Take the time of the next settlement, as an estimate names it."""
        if at > self._settles:
            self._settled, self._settles = self._settles, at

    def wanted(self, now: Millis) -> Span | None:
        """Return the span of time to be asked for, None where nothing new can be there."""
        if now < self._quiet_until or not (self._period != self._present(now) or self.newest < self._expected(now)):
            return None
        reach = now - REACH
        if self.newest < reach - 1:
            self.holes.append(Span(self.newest + 1, reach - 1))
            self.newest = reach - 1
        return Span(self.newest + 1, now)

    def filled(self, facts: Iterable[Fact]) -> list[Fact]:
        """Take what an answer brought, and return what of it is new, in order of time."""
        new: list[Fact] = []
        for fact in sorted(facts, key=lambda fact: fact.time):
            if fact.time <= self.newest:
                continue
            step = self._rhythm.step_ms if self._rhythm else 0
            if step and fact.time - self.newest > step:
                self.holes.append(Span(self.newest + 1, fact.time - 1))
            self.newest = fact.time
            new.append(fact)
        return new

    def asked(self, now: Millis, *, answered: bool) -> Millis:
        """Take it that all of a span was asked for at ``now``; return the pause before it may be asked for again."""
        if answered:
            self._period = self._present(now)
        if answered and self.newest >= self._expected(now):
            self._pause, self._quiet_until = FIRST_PAUSE_MS, 0
            return 0
        pause = self._pause
        self._quiet_until = now + pause
        self._pause = min(pause * 2, max(PERIOD, (self._rhythm.step_ms if self._rhythm else HOUR) // 24))
        return pause

    def _present(self, now: Millis) -> Millis:
        return (now - self._rhythm.delay_ms) // self._rhythm.step_ms if self._rhythm else 0

    def _expected(self, now: Millis) -> Millis:
        if self._rhythm is None:
            return self._settles if now >= self._settles + SETTLED_AFTER_MS else self._settled
        return (self._present(now) - self._rhythm.lacks) * self._rhythm.step_ms


SETTLED_AFTER_MS = 10 * SECOND
"""How long after a settlement its rate is to be had."""


def _rhythm(series: Polled, timeframe: Millis) -> Rhythm | None:
    match series:
        case Polled.FUNDING:
            return None
        case Polled.PREMIUM:
            return Rhythm(timeframe, 5 * SECOND)
        case Polled.SENTIMENT:
            return Rhythm(DAY, 5 * MINUTE)
        case Polled.TAKERS:
            # Whether its stamp is the begin of the period or its end is left open.
            return Rhythm(PERIOD, 15 * SECOND, lacks=1)
        case _:
            return Rhythm(PERIOD, 15 * SECOND)
