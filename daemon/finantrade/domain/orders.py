"""From a strategy's wish to what execution says of it. Prices, quantities and fees are Decimal."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

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


class Liquidity(StrEnum):
    MAKER = "maker"
    TAKER = "taker"


class Signal(Message, frozen=True, gc=False):
    """A strategy's wish: ``target`` exposure in [-1, 1] of the risk-sized position, with optional price levels.

    A target is idempotent: saying it again changes nothing. ``strategy`` is filled in by the strategist.
    """

    symbol: str
    target: float
    stop: float | None = None
    take_profit: float | None = None
    reason: str = ""
    strategy: str = ""


class Order(Message, frozen=True, gc=False):
    """A market order that risk has approved: all that paper execution accepts.

    ``stop`` and ``take_profit`` are the protection that starts to work when an entry has filled.
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


class Amend(Message, frozen=True, gc=False):
    """New protection, approved by risk, for what is held and on its way on ``side``; ``None`` takes a level away."""

    strategy: str
    symbol: str
    side: Side
    stop: Decimal | None
    take_profit: Decimal | None


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
