"""What the daemon says of itself: one frozen value for the API, the snapshot file, the page and the command line.

Numbers are floats for reading; the exact decimals are in the journal.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from finantrade.domain.account import Position, TradingState
from finantrade.domain.orders import Order
from finantrade.domain.units import Millis
from finantrade.market.coverage import CoverageSummary
from finantrade.runtime.channel import ChannelStats
from finantrade.wiring import Core


class Condition(StrEnum):
    """How the daemon itself is, whatever the account does."""

    RECOVERING = "recovering"
    RUNNING = "running"
    FEED_ENDED = "feed_ended"
    JOURNAL_UNWRITABLE = "journal_unwritable"
    QUARANTINED = "quarantined"
    STOPPING = "stopping"


class PositionStatus(msgspec.Struct, frozen=True):
    strategy: str
    symbol: str
    qty: float
    entry_price: float | None
    mark: float | None
    unrealised: float
    realised: float
    stop: float | None
    take_profit: float | None


class OrderStatus(msgspec.Struct, frozen=True):
    id: str
    strategy: str
    symbol: str
    side: str
    qty: float
    role: str
    reason: str


class FeedStatus(msgspec.Struct, frozen=True):
    """``last_close_time`` is the event time of the newest closed bar, ``age_s`` wall time since anything came."""

    symbol: str
    last_close_time: Millis | None
    last_price: float | None
    age_s: float | None
    stale: bool


class WiresStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the wires of a live venue are, counted since the start.

    ``conflated`` are frames of which only a newer one was kept, ``late_bars`` those that entered after the barrier's
    deadline. Weights are of the present minute, ``budget`` is what is used of it at most. ``clock_offset_ms`` is the
    venue's time less this machine's, None of a simulated one. ``context_holes`` are lost stretches of figures beside
    the candles.
    """

    connections: int
    expected_connections: int
    reconnects: int
    stale: tuple[str, ...]
    forming: int
    conflated: int
    repeated_bars: int
    late_bars: int
    weight_used: int
    weight_budget: int
    requests_waited: int
    waited_s: float
    clock_offset_ms: float | None
    context_facts: int
    context_failures: int
    context_holes: int


class SwitchedOff(msgspec.Struct, frozen=True):
    """A strategy that raised, and is not asked about this symbol any more."""

    strategy: str
    symbol: str


class AccountStatus(msgspec.Struct, frozen=True):
    quote: str
    equity: float
    cash: float
    initial: float
    realised: float
    fees: float
    day_loss: float
    day_loss_limit: float | None
    entries_blocked: bool


class LaneStatus(msgspec.Struct, frozen=True):
    """``head`` is the chain head; latencies from inbox to published, in milliseconds, over the last messages."""

    seq: int
    at: Millis
    decisions: int
    head: str
    p50_ms: float | None
    p99_ms: float | None
    longest_block_ms: float


class Poison(msgspec.Struct, frozen=True):
    """The input that raises whenever it is folded."""

    seq: int
    message: str
    traceback: str


class Keeping(msgspec.Struct, frozen=True):
    """What went into the local store since the start; ``seq`` is the last input of which all is there.

    ``revised`` rows differed from those of the same time, ``left_out`` were bad; ``trouble`` is why it does not go on.
    """

    store: str
    rows: int
    revised: int
    left_out: int
    seq: int
    age_s: float | None
    failures: int
    trouble: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """``coverage`` is None where nothing is known of it yet."""

    name: str
    session: str
    condition: Condition
    detail: str
    trading_state: TradingState
    requested: str | None
    account: AccountStatus
    positions: tuple[PositionStatus, ...]
    orders: tuple[OrderStatus, ...]
    feeds: tuple[FeedStatus, ...]
    lane: LaneStatus
    switched_off: tuple[SwitchedOff, ...]
    fills: int
    refusals: dict[str, int]
    recoveries: int
    uptime_s: float
    synthetic_data: bool
    coverage: CoverageSummary | None
    poison: Poison | None
    wires: WiresStatus | None
    keeping: Keeping | None
    channels: tuple[ChannelStats, ...]


def position_status(core: Core, position: Position, mark: float | None) -> PositionStatus:
    """Describe an open position with its protection, marked at the last close."""
    qty, cost = float(position.qty), float(position.cost)
    stop, take_profit = core.paper.protection.get((position.strategy, position.symbol), (None, None))
    return PositionStatus(
        strategy=position.strategy,
        symbol=position.symbol,
        qty=qty,
        entry_price=cost / qty,
        mark=mark,
        unrealised=qty * mark - cost if mark is not None else 0.0,
        realised=float(position.realised),
        stop=None if stop is None else float(stop),
        take_profit=None if take_profit is None else float(take_profit),
    )


def order_status(order: Order) -> OrderStatus:
    """Describe a working order."""
    return OrderStatus(
        order.id, order.strategy, order.symbol, order.side.value, float(order.qty), order.role.value, order.reason
    )


def account_status(core: Core, quote: str) -> AccountStatus:
    """Describe the wallet and the day."""
    balance, daily = core.ledger.balance, core.risk.daily
    return AccountStatus(
        quote=quote,
        equity=core.ledger.equity,
        cash=float(balance.cash),
        initial=float(balance.initial),
        realised=float(balance.realised),
        fees=float(balance.fees),
        day_loss=daily.loss,
        day_loss_limit=daily.limit,
        entries_blocked=daily.blocked,
    )
