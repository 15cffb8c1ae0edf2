"""The trading state as a transition table: (state, command) → state. What is not in the table is refused."""

from __future__ import annotations

from finantrade.domain.account import TradingState
from finantrade.domain.commands import Flatten, Pause, Resume, Stop
from finantrade.domain.message import Message

TRANSITIONS: dict[tuple[TradingState, type[Message]], TradingState] = {
    (TradingState.ACTIVE, Pause): TradingState.PAUSED,
    (TradingState.ACTIVE, Resume): TradingState.ACTIVE,
    (TradingState.ACTIVE, Flatten): TradingState.PAUSED,
    (TradingState.ACTIVE, Stop): TradingState.STOPPED,
    (TradingState.PAUSED, Pause): TradingState.PAUSED,
    (TradingState.PAUSED, Resume): TradingState.ACTIVE,
    (TradingState.PAUSED, Flatten): TradingState.PAUSED,
    (TradingState.PAUSED, Stop): TradingState.STOPPED,
    (TradingState.STOPPED, Resume): TradingState.ACTIVE,
    (TradingState.STOPPED, Flatten): TradingState.STOPPED,
    (TradingState.STOPPED, Stop): TradingState.STOPPED,
}


def after(state: TradingState, command: type[Message]) -> TradingState | None:
    """Return the state after ``command``, or None where it has no place (pausing what is stopped)."""
    return TRANSITIONS.get((state, command))
