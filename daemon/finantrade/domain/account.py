"""The account as the ledger states it, and the trading state as risk states it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from finantrade.domain.message import Message
from finantrade.domain.units import Millis


class Position(Message, frozen=True, gc=False):
    """A strategy's holding in one symbol. ``qty`` is signed; ``cost`` is its signed cost basis in quote units."""

    strategy: str
    symbol: str
    qty: Decimal
    cost: Decimal
    realised: Decimal

    @property
    def entry_price(self) -> Decimal | None:
        """Average price for display only: derived from the cost basis, never the other way round."""
        return self.cost / self.qty if self.qty else None


class Balance(Message, frozen=True, gc=False):
    """The wallet: ``cash`` = ``initial`` + ``realised`` - ``fees`` + ``funding``, exact, in quote units."""

    initial: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    cash: Decimal


class FundingPaid(Message, frozen=True, gc=False):
    """What a position of ``qty`` received at the settlement of ``time`` in quote units; below zero it paid.

    ``price`` is the mark price of the settlement, or the last close where ``assumed``. A settlement that was told
    before a fill from before its time is made up for by another payment, on the quantity of that fill.
    """

    strategy: str
    symbol: str
    time: Millis
    rate: Decimal
    price: Decimal
    qty: Decimal
    amount: Decimal
    assumed: bool = False


class Equity(Message, frozen=True, gc=False):
    """Cash plus unrealised profit at the last closes, a derived mark (float), at an event time."""

    time: Millis
    equity: float
    unrealised: float


class TradingState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


class StateChanged(Message, frozen=True, gc=False):
    """The trading state moved by ``cause``."""

    previous: TradingState
    state: TradingState
    cause: str


class EntriesBlocked(Message, frozen=True, gc=False):
    """A protective rule closed the door for new entries until its condition has passed."""

    rule: str
    measured: float
    limit: float


class EntriesAllowed(Message, frozen=True, gc=False):
    """The rule's condition has passed."""

    rule: str


class StrategyFaulted(Message, frozen=True, gc=False):
    """A strategy raised: it is switched off for this symbol, its target flat; the rest goes on.

    ``where`` is file and line in the strategy's own code, blank where what it returned was no signal.
    """

    strategy: str
    symbol: str
    error: str
    where: str = ""
