"""What is known beside bars, as inputs of features: each column with its fact, its source, and how old it may be.

At the close of a bar a column has the newest figure, by event time, that was *known* by then. Nothing is carried on
without end: a figure whose event lies further back than ``max_age``, and than two bars, is missing.

Columns that sum liquidations have what was known within the bar. Nobody says "nothing happened": a bar without any is
zero where the stream is known to be alive, that is, where it spoke in an earlier bar, not longer than ``max_age`` ago;
else it is missing. So the first bar in which it speaks, which was heard in part only, is missing as well.

The source of a series is part of what a feature is: a sampled stream is not the total of somebody who adds up venues.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan, nan

from finantrade.config import Context
from finantrade.domain.context import (
    FEAR_AND_GREED,
    Crowd,
    FundingEstimate,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.features.declaration import CONTEXT, Column, Feature
from finantrade.features.graph import in_order

MOOD = FEAR_AND_GREED
"""Who measured the mood, of those that facts of it may name."""
SETTLED = "funding rates as the venue settles them"
INTEREST = "open interest as the venue counts it each 5 minutes"
CROWDS = "accounts and positions as the venue counts them each 5 minutes"
MARKS = "mark price and index as the venue computes them"
FORCED = "forced orders as the venue streams them, at most one a symbol and second: a lower bound"
INDEX_OF_MOOD = "Fear & Greed index of alternative.me, once a day"


@dataclass(frozen=True, slots=True)
class Series:
    """A column: the ``field`` of a fact, of those whose ``told_of`` field is ``detail`` where there are several.

    It is told only ``along`` with another field, where one is named that may be missing.
    """

    context: Context
    fact: type[Message]
    field: str
    source: str
    max_age: Millis
    told_of: str = ""
    detail: str = ""
    along: str = ""

    @property
    def summed(self) -> bool:
        """Whether it is what happened within the bar."""
        return self.fact is Liquidation

    def is_told_by(self, fact: Message) -> bool:
        """Whether a fact of the right type is of this series."""
        return not self.told_of or getattr(fact, self.told_of) == self.detail

    def figure(self, fact: Message) -> float:
        """Return what a fact of this series says, NaN where it does not; sums have no figure of their own."""
        value: float | None = getattr(fact, self.field)
        if value is None or (self.along and isnan(getattr(fact, self.along))):
            return nan
        return float(value)


def _settled(field: str) -> Series:
    return Series(Context.FUNDING, FundingRate, field, SETTLED, 9 * HOUR)


def _interest(field: str, along: str = "") -> Series:
    return Series(Context.OPEN_INTEREST, OpenInterest, field, INTEREST, 2 * HOUR, along=along)


def _marks(field: str) -> Series:
    return Series(Context.MARK_PRICE, MarkPrice, field, MARKS, 30 * MINUTE)


def _crowd(crowd: Crowd) -> Series:
    return Series(Context.RATIOS, LongShortRatio, "ratio", CROWDS, 2 * HOUR, "crowd", crowd)


def _forced(side: Side) -> Series:
    return Series(Context.LIQUIDATIONS, Liquidation, side, FORCED, DAY, "side", side)


def _mood(field: str) -> Series:
    return Series(Context.SENTIMENT, Sentiment, field, INDEX_OF_MOOD, 2 * DAY, "source", MOOD)


SERIES: Mapping[Column, Series] = {
    Column.FUNDING_RATE: _settled("rate"),
    Column.FUNDING_TIME: _settled("time"),
    Column.FUNDING_INTERVAL: _settled("interval_ms"),
    Column.FUNDING_ESTIMATE: Series(
        Context.FUNDING, FundingEstimate, "rate", "running estimate in the venue's stream of mark prices", 30 * MINUTE
    ),
    Column.MARK: _marks("mark"),
    Column.INDEX: _marks("index"),
    Column.PREMIUM: Series(Context.PREMIUM, Premium, "value", "premium index as the venue computes it", 30 * MINUTE),
    Column.OPEN_INTEREST: _interest("qty"),
    Column.OPEN_INTEREST_TIME: _interest("time", along="qty"),
    Column.OPEN_INTEREST_VALUE: _interest("value"),
    Column.ALL_ACCOUNTS: _crowd(Crowd.ALL_ACCOUNTS),
    Column.TOP_ACCOUNTS: _crowd(Crowd.TOP_ACCOUNTS),
    Column.TOP_POSITIONS: _crowd(Crowd.TOP_POSITIONS),
    Column.TAKER_RATIO: Series(
        Context.RATIOS, TakerRatio, "ratio", "what takers bought by what they sold, as the venue counts it", 2 * HOUR
    ),
    Column.LIQUIDATED_LONGS: _forced(Side.SELL),
    Column.LIQUIDATED_SHORTS: _forced(Side.BUY),
    Column.MOOD: _mood("value"),
    Column.MOOD_TIME: _mood("time"),
}


def columns_beside(features: Iterable[Feature]) -> tuple[Column, ...]:
    """Return the columns of context that features rest on, in the order of ``CONTEXT``."""
    used = {one for node in in_order(features) for one in node.inputs if isinstance(one, Column)}
    return tuple(column for column in CONTEXT if column in used)


def context_of(features: Iterable[Feature]) -> tuple[Context, ...]:
    """Return what a session has to take in for these features, by the names of ``feed.context``."""
    return tuple(dict.fromkeys(SERIES[column].context for column in columns_beside(features)))


def untold(features: Iterable[Feature], taken: Collection[Context]) -> Iterator[str]:
    """Yield in words what features rest on that is not among what a session takes in, each series once."""
    said = set(taken)
    for feature in features:
        for context in context_of((feature,)):
            if context not in said:
                said.add(context)
                listed = ", ".join(taken) or "nothing"
                yield f"{feature.name} rests on {context.value}: expected that in feed.context, found {listed}"


def age_limit(column: Column, timeframe: Millis) -> Millis:
    """Return how old a figure may be at the close of a bar of this length."""
    return max(SERIES[column].max_age, 2 * timeframe)
