"""From a strategy's wish to what execution says of it. Prices, quantities and fees are Decimal."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from finantrade.domain.message import Message
from finantrade.domain.units import Millis


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Role(StrEnum):
    """What a fill did for its position."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP = "stop"
    TAKE_PROFIT = "take_profit"
    LIQUIDATION = "liquidation"


FORCED = (Role.STOP, Role.TAKE_PROFIT, Role.LIQUIDATION)
"""What closes a position over its strategy's head."""


class Liquidity(StrEnum):
    MAKER = "maker"
    TAKER = "taker"


class TimeInForce(StrEnum):
    """How long an order works: until it is withdrawn, at one price and no longer, whole or not at all, until a time."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    GTD = "gtd"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """How a strategy wants to enter, where not at the market: at ``limit`` or better, or once ``trigger`` is reached.

    ``expires_after_ms`` belongs to GTD. ``post_only``: rather not at all than as a taker.
    """

    limit: float | None = None
    trigger: float | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_after_ms: Millis | None = None
    post_only: bool = False


class Trail(msgspec.Struct, frozen=True, gc=False):
    """A stop that follows the best price at ``distance``, once that is ``activation`` better than the entry."""

    distance: float
    activation: float = 0.0


class Signal(Message, frozen=True, gc=False):
    """A strategy's wish: ``target`` exposure in [-1, 1] of the risk-sized position, with optional price levels.

    ``entry`` says how to enter, where not at the market; ``trail`` moves the stop. A target is idempotent: saying it
    again changes nothing. ``strategy`` is filled in by the strategist.
    """

    symbol: str
    target: float
    stop: float | None = None
    take_profit: float | None = None
    reason: str = ""
    strategy: str = ""
    entry: Entry | UnsetType = UNSET
    trail: Trail | UnsetType = UNSET


class Terms(msgspec.Struct, frozen=True, gc=False):
    """What an order is beside a market order: an ``Entry`` on the instrument's ticks, with the time it expires at."""

    limit: Decimal | None = None
    trigger: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expires: Millis | None = None
    post_only: bool = False


class Trailing(msgspec.Struct, frozen=True, gc=False):
    """A ``Trail`` in exact quote units."""

    distance: Decimal
    activation: Decimal


class Order(Message, frozen=True, gc=False):
    """An order that risk has approved, at the market unless it has ``terms``: all that paper execution accepts.

    ``stop``, ``take_profit`` and ``trail`` are the protection that starts to work when an entry has filled.
    """

    id: str
    strategy: str
    symbol: str
    side: Side
    qty: Decimal
    role: Role
    reason: str
    stop: Decimal | None = None
    take_profit: Decimal | None = None
    terms: Terms | UnsetType = UNSET
    trail: Trailing | UnsetType = UNSET


class Amend(Message, frozen=True, gc=False):
    """New protection, approved by risk, for what is held and on its way on ``side``; ``None`` takes a level away."""

    strategy: str
    symbol: str
    side: Side
    stop: Decimal | None
    take_profit: Decimal | None
    trail: Trailing | UnsetType = UNSET


class Cancel(Message, frozen=True, gc=False):
    """Risk's wish that a working order be withdrawn."""

    order_id: str
    symbol: str
    reason: str


class Refusal(Message, frozen=True, gc=False):
    """Risk's no: which rule, what it measured and its limit, both in the rule's own unit."""

    strategy: str
    symbol: str
    rule: str
    measured: float
    limit: float
    reason: str = ""


class Fill(Message, frozen=True, gc=False):
    """An execution. ``time`` is the event time of the price, ``fee`` in quote units, above zero a cost."""

    id: str
    order_id: str
    strategy: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal
    fee: Decimal
    role: Role
    liquidity: Liquidity
    reason: str
    time: Millis
    backfilled: bool = False


class Liquidated(Message, frozen=True, gc=False):
    """The venue takes a position away: ``price`` has reached ``level``, and the fill of ``order_id`` follows.

    ``price`` is the mark price, or where ``assumed`` the last price, since no mark price came.
    """

    order_id: str
    strategy: str
    symbol: str
    qty: Decimal
    level: float
    price: float
    time: Millis
    assumed: bool


class Rejection(Message, frozen=True, gc=False):
    """Execution could not accept an order."""

    order_id: str
    strategy: str
    symbol: str
    reason: str


class Cancelled(Message, frozen=True, gc=False):
    """A working order was withdrawn before it filled."""

    order_id: str
    strategy: str
    symbol: str
    reason: str


class Expired(Message, frozen=True, gc=False):
    """The time of an order ran out before all of it had filled."""

    order_id: str
    strategy: str
    symbol: str
    reason: str
