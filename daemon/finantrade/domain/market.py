"""Facts of the market and of the wires that bring them. Prices and quantities are floats, as the venue sends them."""

from __future__ import annotations

from math import nan

from finantrade.domain.message import Message
from finantrade.domain.units import Millis


class BarOpened(Message, frozen=True, gc=False):
    """The first price of a new bar: what market orders of the bar before fill at."""

    symbol: str
    open_time: Millis
    open: float


class TradePrice(Message, frozen=True, gc=False):
    """A finer price inside a bar, where a feed subscribes to any."""

    symbol: str
    time: Millis
    price: float


class Quote(Message, frozen=True, gc=False):
    """The best bid and ask, with what is offered there in base units; only the latest of each symbol is of use."""

    symbol: str
    time: Millis
    bid: float
    bid_qty: float
    ask: float
    ask_qty: float


class Bar(Message, frozen=True, gc=False):
    """A closed candle, keyed by ``open_time``; ``close_time`` is its last millisecond (the venue's convention).

    ``volume`` and ``taker_buy_volume`` are in base units, the quote ones in quote units; NaN where the source has none.
    """

    symbol: str
    open_time: Millis
    close_time: Millis
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_volume: float = nan
    trades: float = nan
    taker_buy_volume: float = nan
    taker_buy_quote_volume: float = nan
    backfilled: bool = False
    late: bool = False


class BarArrived(Message, frozen=True, gc=False):
    """A closed candle as a feed delivers it, before the boundary barrier has released it."""

    bar: Bar


class BarForming(Message, frozen=True, gc=False):
    """How the present candle stood at ``time``: for display only, nothing decides on it, and it never becomes a close.

    Only the venue's flag makes a bar a closed one; whoever follows several intervals tells them apart by its times.
    """

    time: Millis
    bar: Bar


class BarRevised(Message, frozen=True, gc=False):
    """A later, differing value of a bar that has been acted on: recorded, never acted on."""

    bar: Bar


class BoundaryComplete(Message, frozen=True, gc=False):
    """All closes of one instant are in, or its deadline has passed; ``missing`` in symbol order."""

    close_time: Millis
    missing: tuple[str, ...] = ()


class FeedGap(Message, frozen=True, gc=False):
    """Bars with open times from ``start`` to ``end`` (inclusive) never came."""

    symbol: str
    start: Millis
    end: Millis
    bars: int


class FeedStale(Message, frozen=True, gc=False):
    """Nothing has come for ``symbol`` since ``since``: entries are refused until it is restored."""

    symbol: str
    since: Millis


class FeedRestored(Message, frozen=True, gc=False):
    """``symbol`` delivers again, and what was missed has been back-filled or declared a gap."""

    symbol: str


class FeedEnded(Message, frozen=True, gc=False):
    """The recorded data is at its end; nothing more will come from ``source``."""

    source: str


class ClockStepped(Message, frozen=True, gc=False):
    """The wall clock moved by ``by_ms`` against the monotonic one; zero says that it is resolved."""

    by_ms: int


class Heartbeat(Message, frozen=True, gc=False):
    """Time passes though nothing happens: lets alarms come due on a silent wire."""


class FeatureRow(Message, frozen=True, gc=False):
    """Feature values of one symbol at one close, in the order of the schema; NaN where not ready.

    ``ready`` says that the warm-up has passed, ``missing`` which groups of features lack a series beside the bars.
    """

    symbol: str
    close_time: Millis
    schema_id: str
    values: tuple[float, ...]
    ready: bool
    backfilled: bool = False
    missing: tuple[str, ...] = ()
