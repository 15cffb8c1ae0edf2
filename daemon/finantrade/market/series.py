"""Every kind of series there is: its columns with their units, what a row's time means, and what its values may be.

One registry, ``SERIES``, that loaders, checks, store, resampling and coverage are driven by. A row is known by its time
(and, where many things happen in one millisecond, by the columns in ``ties``). What it says becomes *available* later:
at the end of the period where the time is the beginning of one, plus a lag, which is declared with the fact that a row
is told as (``available_at``); where it was recorded when a row was received (the column ``RECEIVED``), then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from finantrade.domain.context import (
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
)
from finantrade.domain.units import MINUTE, Millis
from finantrade.market.candles import Times


class Kind(StrEnum):
    """Names a series in the store, on the command line and in reports."""

    CANDLES = "candles"
    MARK = "mark"
    INDEX = "index"
    PREMIUM = "premium"
    FUNDING = "funding"
    OPEN_INTEREST = "open_interest"
    RATIOS = "ratios"
    TAKER_FLOW = "taker_flow"
    LIQUIDATIONS = "liquidations"
    LIQUIDATION_EVENTS = "liquidation_events"
    BASIS = "basis"
    SENTIMENT = "sentiment"
    TRADES = "trades"


class Unit(StrEnum):
    PRICE = "quote per base"
    BASE = "base units"
    QUOTE = "quote units"
    COUNT = "count"
    SHARE = "share of one"
    RATIO = "ratio"
    HOURS = "hours"
    PERCENT = "0 to 100"
    SIDE = "1 for longs, -1 for shorts"
    MS = "ms since 1970"
    FLAG = "0 or 1"


class Check(StrEnum):
    """What a value has to be, in words that complete "expected NAME to be"."""

    POSITIVE = "finite and above zero"
    NOT_NEGATIVE = "finite and not negative"
    FINITE = "finite"
    PERCENT = "from 0 to 100"
    SIDE = "1 or -1"
    FLAG = "0 or 1"


RECEIVED = "received"
"""When all of a row was received, where that was recorded. Of rows that differ in nothing else the earliest stands."""


class Fold(StrEnum):
    """How the values of a longer period come from those inside it."""

    FIRST = "first"
    HIGHEST = "highest"
    LOWEST = "lowest"
    LAST = "last"
    SUM = "sum"


class Stamp(StrEnum):
    """What the time of a row is."""

    PERIOD = "the beginning of its period"
    INSTANT = "the instant that it describes"


class Grid(StrEnum):
    """Where rows are expected."""

    REGULAR = "one each interval"
    SETTLEMENTS = "at whole hours, 1 to 8 apart"
    NONE = "whenever something happens"


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a row. NaN is allowed where it is ``optional``: the source does not say."""

    name: str
    unit: Unit
    check: Check
    fold: Fold = Fold.LAST
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """What is true of all series of a kind. Stamps are rounded to ``rounding_ms`` where sources let them jitter."""

    kind: Kind
    title: str
    columns: tuple[Column, ...]
    stamp: Stamp
    grid: Grid
    lag_ms: Millis = 0
    rounding_ms: Millis = 0
    ties: tuple[str, ...] = ()
    ohlc: bool = False
    spikes: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the value columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns without which there is no row."""
        return tuple(column.name for column in self.columns if not column.optional)


def available_at(kind: Kind, interval: Millis, times: Times, lag_ms: Millis | None = None) -> Times:
    """Return when rows with these times could be known, by declaration: the end of their period, plus the lag.

    The lag is that of their kind, unless another is given.
    """
    about = SERIES[kind]
    lag = about.lag_ms if lag_ms is None else lag_ms
    return times + (lag + (interval if about.stamp is Stamp.PERIOD else 0))


def _prices(check: Check, unit: Unit = Unit.PRICE) -> tuple[Column, ...]:
    folds = {"open": Fold.FIRST, "high": Fold.HIGHEST, "low": Fold.LOWEST, "close": Fold.LAST}
    return tuple(Column(name, unit, check, fold) for name, fold in folds.items())


def _summed(name: str, unit: Unit, *, optional: bool = False) -> Column:
    return Column(name, unit, Check.NOT_NEGATIVE, Fold.SUM, optional)


def _received() -> Column:
    return Column(RECEIVED, Unit.MS, Check.NOT_NEGATIVE, optional=True)


def _amount(name: str, unit: Unit) -> Column:
    return Column(name, unit, Check.NOT_NEGATIVE, optional=True)


_KINDS = (
    SeriesKind(
        Kind.CANDLES,
        "candles of trades",
        (
            *_prices(Check.POSITIVE),
            _summed("volume", Unit.BASE),
            _summed("quote_volume", Unit.QUOTE, optional=True),
            _summed("trades", Unit.COUNT, optional=True),
            _summed("taker_buy_volume", Unit.BASE, optional=True),
            _summed("taker_buy_quote_volume", Unit.QUOTE, optional=True),
        ),
        Stamp.PERIOD,
        Grid.REGULAR,
        ohlc=True,
        spikes=True,
    ),
    SeriesKind(
        Kind.MARK,
        "candles of the mark price",
        _prices(Check.POSITIVE),
        Stamp.PERIOD,
        Grid.REGULAR,
        lag_ms=MarkPrice.LAG_MS,
        ohlc=True,
    ),
    SeriesKind(
        Kind.INDEX, "candles of the index price", _prices(Check.POSITIVE), Stamp.PERIOD, Grid.REGULAR, ohlc=True
    ),
    SeriesKind(
        Kind.PREMIUM,
        "candles of the premium of a perpetual over its index; may be negative",
        _prices(Check.FINITE, Unit.SHARE),
        Stamp.PERIOD,
        Grid.REGULAR,
        lag_ms=Premium.LAG_MS,
        ohlc=True,
    ),
    SeriesKind(
        Kind.FUNDING,
        "settled funding rates; may be negative",
        (
            Column("rate", Unit.SHARE, Check.FINITE),
            Column("interval_h", Unit.HOURS, Check.POSITIVE, optional=True),
            Column("mark_price", Unit.PRICE, Check.POSITIVE, optional=True),
            _received(),
        ),
        Stamp.INSTANT,
        Grid.SETTLEMENTS,
        lag_ms=FundingRate.LAG_MS,
        rounding_ms=MINUTE,
    ),
    SeriesKind(
        Kind.OPEN_INTEREST,
        "open interest",
        (_amount("amount", Unit.BASE), _amount("value", Unit.QUOTE), _received()),
        Stamp.INSTANT,
        Grid.REGULAR,
        lag_ms=OpenInterest.LAG_MS,
        rounding_ms=MINUTE,
    ),
    SeriesKind(
        Kind.RATIOS,
        "long to short ratios of accounts and positions, taker buys to sells",
        (
            *(_amount(name, Unit.RATIO) for name in ("top_accounts", "top_positions", "accounts", "taker")),
            _received(),
        ),
        Stamp.INSTANT,
        Grid.REGULAR,
        lag_ms=LongShortRatio.LAG_MS,
        rounding_ms=MINUTE,
    ),
    SeriesKind(
        Kind.TAKER_FLOW,
        "what takers bought and sold",
        (_summed("buy", Unit.QUOTE), _summed("sell", Unit.QUOTE)),
        Stamp.PERIOD,
        Grid.REGULAR,
    ),
    SeriesKind(
        Kind.LIQUIDATIONS,
        "liquidated longs and shorts by period",
        (_summed("longs", Unit.QUOTE), _summed("shorts", Unit.QUOTE)),
        Stamp.PERIOD,
        Grid.REGULAR,
    ),
    SeriesKind(
        Kind.LIQUIDATION_EVENTS,
        "single liquidations; from forceOrder at most one a symbol a second, so sums are lower bounds",
        (
            Column("side", Unit.SIDE, Check.SIDE),
            Column("price", Unit.PRICE, Check.POSITIVE),
            Column("quantity", Unit.BASE, Check.POSITIVE),
            _received(),
        ),
        Stamp.INSTANT,
        Grid.NONE,
        lag_ms=Liquidation.LAG_MS,
        ties=("side", "price", "quantity"),
    ),
    SeriesKind(
        Kind.BASIS,
        "premium of a dated or perpetual contract over spot; may be negative",
        (
            Column("open", Unit.SHARE, Check.FINITE, Fold.FIRST, optional=True),
            Column("close", Unit.SHARE, Check.FINITE),
        ),
        Stamp.PERIOD,
        Grid.REGULAR,
    ),
    SeriesKind(
        Kind.SENTIMENT,
        "Fear & Greed index",
        (Column("value", Unit.PERCENT, Check.PERCENT), _received()),
        Stamp.INSTANT,
        Grid.REGULAR,
        lag_ms=Sentiment.LAG_MS,
    ),
    SeriesKind(
        Kind.TRADES,
        "single trades",
        (
            Column("price", Unit.PRICE, Check.POSITIVE),
            Column("quantity", Unit.BASE, Check.POSITIVE),
            Column("buyer_maker", Unit.FLAG, Check.FLAG),
            Column("id", Unit.COUNT, Check.NOT_NEGATIVE),
        ),
        Stamp.INSTANT,
        Grid.NONE,
        ties=("id",),
    ),
)
SERIES: Mapping[Kind, SeriesKind] = {about.kind: about for about in _KINDS}
