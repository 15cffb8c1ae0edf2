"""Facts of the market beside its candles: funding, mark price, open interest, liquidations, who holds what, sentiment.

Each carries its *event time* ``time``. It becomes *available* when it is received; where no receipt was recorded (an
archive, the history that a venue gives), that is ``LAG_MS`` of its kind after ``time``: figures which a venue computes
over a period are published some time after the end of it. A replay stamps ``Input.at`` with the available time, so
that nothing is known before it could have been.
"""

from __future__ import annotations

from enum import StrEnum
from math import nan
from typing import ClassVar

from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import HOUR, MINUTE, Millis

FEAR_AND_GREED = "fear_greed"
"""The source of the mood that features read, and the symbol under which it is stored."""


class FundingRate(Message, frozen=True, gc=False):
    """What was settled at ``time``: a share of the notional at the mark price, paid by longs where it is above zero.

    ``interval_ms`` is the time since the settlement before, None where that is not known; ``mark_price`` is NaN where
    the venue did not give it. ``time`` is the round moment of settlement: venues stamp it with some milliseconds more.
    """

    LAG_MS: ClassVar[Millis] = 0

    symbol: str
    time: Millis
    rate: float
    interval_ms: Millis | None = None
    mark_price: float = nan


class FundingEstimate(Message, frozen=True, gc=False):
    """What would be settled at ``settles_at`` if it were now: a running figure, which nobody pays."""

    LAG_MS: ClassVar[Millis] = 0

    symbol: str
    time: Millis
    rate: float
    settles_at: Millis


class MarkPrice(Message, frozen=True, gc=False):
    """What liquidation and funding go by, and the index of spot prices behind it (NaN where it is not given)."""

    LAG_MS: ClassVar[Millis] = 0

    symbol: str
    time: Millis
    mark: float
    index: float = nan


class Premium(Message, frozen=True, gc=False):
    """The premium index at ``time``, the end of its candle: perpetual over index, as a share; may be negative."""

    LAG_MS: ClassVar[Millis] = 0

    symbol: str
    time: Millis
    value: float


class OpenInterest(Message, frozen=True, gc=False):
    """Open contracts in base units, and their value in quote units; NaN where one of them is not given."""

    LAG_MS: ClassVar[Millis] = 5 * MINUTE

    symbol: str
    time: Millis
    qty: float
    value: float = nan


class Liquidation(Message, frozen=True, gc=False):
    """A position closed by force: ``side`` is that of the order, so a long that is liquidated sells.

    A venue's stream tells of at most one a symbol and second: sums of these are lower bounds.
    """

    LAG_MS: ClassVar[Millis] = 0

    symbol: str
    time: Millis
    side: Side
    price: float
    qty: float


class Crowd(StrEnum):
    """Whose longs and shorts are counted."""

    ALL_ACCOUNTS = "all_accounts"
    TOP_ACCOUNTS = "top_accounts"
    TOP_POSITIONS = "top_positions"


class LongShortRatio(Message, frozen=True, gc=False):
    """Longs by shorts of a crowd, counted over the period that ended at ``time``."""

    LAG_MS: ClassVar[Millis] = 5 * MINUTE

    symbol: str
    time: Millis
    crowd: Crowd
    ratio: float


class TakerRatio(Message, frozen=True, gc=False):
    """What takers bought by what they sold in the period stamped ``time``; both in base units (NaN where not given).

    Whether that is its begin or its end the venue leaves open: the lag covers both for the shortest period, 5 minutes.
    """

    LAG_MS: ClassVar[Millis] = 10 * MINUTE

    symbol: str
    time: Millis
    ratio: float
    bought: float = nan
    sold: float = nan


class Sentiment(Message, frozen=True, gc=False):
    """A figure of the mood of the whole market: Fear & Greed runs from 0, fear, to 100, greed."""

    LAG_MS: ClassVar[Millis] = HOUR

    source: str
    time: Millis
    value: float
