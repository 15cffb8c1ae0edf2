"""What the API says, as types: the OpenAPI document and the page's own types are made from these.

Times are milliseconds UTC, prices and amounts plain numbers; what the lane said keeps its exact text. Series come as
columns of equal length, which is a third of the bytes of rows and what a chart wants.
"""

from __future__ import annotations

import msgspec

from finantrade.domain import account, commands, market, orders
from finantrade.domain.units import Millis
from finantrade.runtime.status import Status

Told = (
    orders.Signal
    | orders.Order
    | orders.Amend
    | orders.Cancel
    | orders.Refusal
    | orders.Fill
    | orders.Rejection
    | orders.Cancelled
    | orders.Expired
    | orders.Liquidated
    | account.FundingPaid
    | account.StateChanged
    | account.EntriesBlocked
    | account.EntriesAllowed
    | account.StrategyFaulted
    | commands.Pause
    | commands.Resume
    | commands.Flatten
    | commands.Stop
    | commands.ClosePosition
    | commands.InputSkipped
    | market.FeedGap
    | market.FeedStale
    | market.FeedRestored
    | market.FeedEnded
    | market.ClockStepped
    | market.BarRevised
)
"""What the decision log shows: what was decided, what the operator asked for, and what happened to the wires."""


class SymbolMeta(msgspec.Struct, frozen=True):
    """``decimals`` of a price by its tick, ``lot_decimals`` of a quantity by its lot."""

    symbol: str
    strategy: str | None
    decimals: int
    lot_decimals: int


class Meta(msgspec.Struct, frozen=True):
    """What does not change while the daemon runs. ``page`` names the page that belongs to this daemon."""

    software: str
    page: str
    name: str
    session: str
    timeframe: str
    timeframe_ms: Millis
    quote: str
    symbols: tuple[SymbolMeta, ...]
    data: str
    synthetic_data: bool
    rate: float


class Bars(msgspec.Struct, frozen=True):
    """Closed bars of one symbol, oldest first."""

    open_time: list[Millis]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]


class Forming(msgspec.Struct, frozen=True):
    """How the candle that is not over yet stands: for display alone, and gone with the next word about it."""

    symbol: str
    open_time: Millis
    open: float
    high: float
    low: float
    close: float
    volume: float


class EquityCurve(msgspec.Struct, frozen=True):
    """The last mark of each close, oldest first."""

    time: list[Millis]
    equity: list[float]


class FillRow(msgspec.Struct, frozen=True):
    """An execution: ``seq`` is its input in the journal, amounts in base and quote units."""

    seq: int
    id: str
    order_id: str
    strategy: str
    symbol: str
    side: orders.Side
    qty: float
    price: float
    fee: float
    role: orders.Role
    liquidity: orders.Liquidity
    reason: str
    time: Millis
    backfilled: bool


class DecisionRow(msgspec.Struct, frozen=True):
    """One line of the decision log; ``place`` numbers what one input caused."""

    seq: int
    place: int
    at: Millis
    said: Told


class Snapshot(msgspec.Struct, frozen=True, tag_field="frame", tag="snapshot"):
    """Everything that a page shows, after which it only needs updates; ``n`` of the last update that is in it."""

    api_version: int
    n: int
    meta: Meta
    status: Status
    bars: dict[str, Bars]
    equity: EquityCurve
    fills: list[FillRow]
    decisions: list[DecisionRow]
    forming: list[Forming]


class Update(msgspec.Struct, frozen=True, tag_field="frame", tag="update"):
    """What has been added since update ``n - 1``, and the status as it is now.

    ``forming`` is no part of that: it has the candles that look otherwise than they were last said to.
    """

    n: int
    status: Status
    bars: dict[str, Bars]
    equity: EquityCurve
    fills: list[FillRow]
    decisions: list[DecisionRow]
    forming: list[Forming]


class Goodbye(msgspec.Struct, frozen=True, tag_field="frame", tag="goodbye"):
    """The daemon is going down."""

    reason: str


Frame = Snapshot | Update | Goodbye
