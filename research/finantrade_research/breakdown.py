"""Closed trades by pair and by reason of exit, and refusals by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from finantrade.domain.orders import Refusal
from finantrade.runtime.trades import Trade

TOTAL = "TOTAL"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The closed trades that have ``name`` in common. ``profit_share`` is of the initial balance."""

    name: str
    trades: int
    wins: int
    profit_abs: float
    profit_share: float
    average_share: float
    average_duration_ms: float
    fees: float


def by_pair(trades: Iterable[Trade], initial: float) -> list[Group]:
    """Return one group a pair by name, and the total."""
    closed = [trade for trade in trades if not trade.is_open]
    return [*_groups(closed, lambda trade: trade.pair, initial), *_total(closed, initial)]


def by_exit(trades: Iterable[Trade], initial: float) -> list[Group]:
    """Return one group for each reason of exit, the most frequent first."""
    closed = [trade for trade in trades if not trade.is_open]
    return sorted(_groups(closed, lambda trade: trade.exit_reason, initial), key=lambda group: -group.trades)


def by_rule(refusals: Iterable[Refusal]) -> dict[str, int]:
    """Return how often each rule refused, the most frequent first."""
    return dict(Counter(refusal.rule for refusal in refusals).most_common())


def _groups(closed: list[Trade], key: Callable[[Trade], str], initial: float) -> list[Group]:
    names = sorted({key(trade) for trade in closed})
    return [_group(name, [trade for trade in closed if key(trade) == name], initial) for name in names]


def _total(closed: list[Trade], initial: float) -> list[Group]:
    return [_group(TOTAL, closed, initial)] if closed else []


def _group(name: str, trades: list[Trade], initial: float) -> Group:
    profits = [float(trade.profit_abs) for trade in trades]
    shares = [profit / float(trade.open_value) for profit, trade in zip(profits, trades, strict=True)]
    durations = [trade.close_time - trade.open_time for trade in trades if trade.close_time is not None]
    return Group(
        name=name,
        trades=len(trades),
        wins=sum(profit > 0 for profit in profits),
        profit_abs=sum(profits),
        profit_share=sum(profits) / initial,
        average_share=sum(shares) / len(shares),
        average_duration_ms=sum(durations) / len(durations),
        fees=sum(float(trade.fees) for trade in trades),
    )
