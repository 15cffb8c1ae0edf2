"""What the futures REST endpoints tell beside candles: funding, mark price, open interest, longs, shorts and takers."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Annotated, Literal

import msgspec

from finantrade.domain.context import (
    Crowd,
    FundingEstimate,
    FundingRate,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    TakerRatio,
)
from finantrade.domain.units import HOUR, MINUTE, Millis
from finantrade.wire.payloads import Amount, Number, Payload, Price, Reader, Time

CROWDS: Mapping[str, Crowd] = {
    "globalLongShortAccountRatio": Crowd.ALL_ACCOUNTS,
    "topLongShortAccountRatio": Crowd.TOP_ACCOUNTS,
    "topLongShortPositionRatio": Crowd.TOP_POSITIONS,
}
"""Whom each endpoint below ``/futures/data`` counts."""

Hours = Annotated[int, msgspec.Meta(ge=1, le=24)]

INTERVALS = frozenset({HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR})
"""Times between settlements that there are; a longer one is a hole in what we have."""


class PremiumIndex(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``premiumIndex``: mark, index and running funding rate of a symbol."""

    symbol: str
    mark_price: Price
    index_price: Price
    estimated_settle_price: Amount = 0.0
    last_funding_rate: Number | Literal[""]
    interest_rate: Number | Literal[""] = ""
    next_funding_time: Time
    time: Time

    def facts(self) -> tuple[MarkPrice] | tuple[MarkPrice, FundingEstimate]:
        mark = MarkPrice(self.symbol, self.time, self.mark_price, self.index_price)
        if self.last_funding_rate == "":
            return (mark,)
        return mark, FundingEstimate(self.symbol, self.time, self.last_funding_rate, self.next_funding_time)


class Settlement(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``fundingRate``: one settlement. The mark price is missing, or empty, in old ones."""

    symbol: str
    funding_rate: Number
    funding_time: Time
    mark_price: Price | Literal[""] = ""


class FundingTerms(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``fundingInfo``: the symbols whose interval or bounds are not the usual 8 h; they change."""

    symbol: str
    adjusted_funding_rate_cap: Number
    adjusted_funding_rate_floor: Number
    funding_interval_hours: Hours


class PresentInterest(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``openInterest``: as it is now."""

    symbol: str
    open_interest: Amount
    time: Time


class PastInterest(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """``openInterestHist``: as it was at the end of each period, back to about 30 days."""

    symbol: str
    sum_open_interest: Amount
    sum_open_interest_value: Amount
    timestamp: Time


class Ratio(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """One period of the three ratios of longs to shorts."""

    symbol: str
    long_account: Amount
    long_short_ratio: Amount
    short_account: Amount
    timestamp: Time


class Takers(Payload, frozen=True, gc=False, kw_only=True, rename="camel"):
    """One period of ``takerlongshortRatio``, which does not say of which symbol it is."""

    buy_sell_ratio: Amount
    sell_vol: Amount
    buy_vol: Amount
    timestamp: Time


_premium_index = Reader[PremiumIndex | tuple[PremiumIndex, ...]](
    PremiumIndex | tuple[PremiumIndex, ...], "mark and index prices"
)
_settlements = Reader[tuple[Settlement, ...]](tuple[Settlement, ...], "funding rates")
_terms = Reader[tuple[FundingTerms, ...]](tuple[FundingTerms, ...], "terms of funding")
_present = Reader[PresentInterest](PresentInterest, "open interest")
_past = Reader[tuple[PastInterest, ...]](tuple[PastInterest, ...], "past open interest")
_ratios = Reader[tuple[Ratio, ...]](tuple[Ratio, ...], "ratios of longs to shorts")
_takers = Reader[tuple[Takers, ...]](tuple[Takers, ...], "ratios of takers")


def marks_of(payload: object) -> tuple[MarkPrice | FundingEstimate, ...]:
    """Return what ``premiumIndex`` answered, for one symbol or all. Raises WireError."""
    found = _premium_index.read(payload)
    return tuple(fact for one in (found if isinstance(found, tuple) else (found,)) for fact in one.facts())


def funding_of(payload: object) -> tuple[FundingRate, ...]:
    """Return the settlements that ``fundingRate`` answered, each with its interval where the one before it is there.

    Stamps are rounded to the minute: they carry some milliseconds of when the settlement was written down. Raises
    WireError.
    """
    before: dict[str, Millis] = {}
    facts: list[FundingRate] = []
    for row in sorted(_settlements.read(payload), key=lambda row: row.funding_time):
        time = (row.funding_time + MINUTE // 2) // MINUTE * MINUTE
        since = time - before.get(row.symbol, time)
        mark = nan if row.mark_price == "" else row.mark_price
        facts.append(FundingRate(row.symbol, time, row.funding_rate, since if since in INTERVALS else None, mark))
        before[row.symbol] = time
    return tuple(facts)


def funding_intervals_of(payload: object) -> dict[str, Millis]:
    """Return the interval of each symbol that ``fundingInfo`` names. Raises WireError."""
    return {terms.symbol: terms.funding_interval_hours * HOUR for terms in _terms.read(payload)}


def open_interest_of(payload: object) -> OpenInterest:
    """Return what ``openInterest`` answered. Raises WireError."""
    found = _present.read(payload)
    return OpenInterest(found.symbol, found.time, found.open_interest)


def past_interest_of(payload: object) -> tuple[OpenInterest, ...]:
    """Return what ``openInterestHist`` answered. Raises WireError."""
    return tuple(
        OpenInterest(row.symbol, row.timestamp, row.sum_open_interest, row.sum_open_interest_value)
        for row in _past.read(payload)
    )


def ratios_of(payload: object, crowd: Crowd) -> tuple[LongShortRatio, ...]:
    """Return what an endpoint of ``CROWDS`` answered. Raises WireError."""
    return tuple(
        LongShortRatio(row.symbol, row.timestamp, crowd, row.long_short_ratio) for row in _ratios.read(payload)
    )


def takers_of(payload: object, symbol: str) -> tuple[TakerRatio, ...]:
    """Return what ``takerlongshortRatio`` answered for a symbol. Raises WireError."""
    return tuple(
        TakerRatio(symbol, row.timestamp, row.buy_sell_ratio, row.buy_vol, row.sell_vol)
        for row in _takers.read(payload)
    )
