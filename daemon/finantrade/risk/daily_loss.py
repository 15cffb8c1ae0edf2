"""The daily loss limit, on equity, by the UTC day of event times.

The day opens with the last equity of the day before. Once the equity falls to ``(1 - limit)`` of that, entries are
blocked until the first mark of a later day. A mark of an earlier day that comes late never turns the day back.
"""

from __future__ import annotations

from enum import Enum, auto

import msgspec

from finantrade.domain.account import Equity
from finantrade.domain.units import day_of


class Verdict(Enum):
    CALM = auto()
    BREACHED = auto()
    NEW_DAY = auto()


class DailyLoss(msgspec.Struct):
    """State of the rule; ``limit`` is a share of the day's opening equity, None switches it off."""

    limit: float | None
    equity: float
    day: int = -1
    opened: float = 0.0
    blocked: bool = False

    @property
    def loss(self) -> float:
        """The day's loss so far as a share of its opening equity; below zero a gain."""
        return 1.0 - self.equity / self.opened if self.opened > 0 else 0.0

    def mark(self, mark: Equity) -> Verdict:
        """Take a new equity mark; NEW_DAY is said only when it lifts a block, BREACHED only when it makes one."""
        lifted = self._turn(day_of(mark.time))
        self.equity = mark.equity
        if self.limit is None or self.blocked or self.loss < self.limit:
            return Verdict.NEW_DAY if lifted else Verdict.CALM
        self.blocked = True
        return Verdict.BREACHED

    def _turn(self, day: int) -> bool:
        if day <= self.day:
            return False
        self.day, self.opened = day, self.equity
        lifted, self.blocked = self.blocked, False
        return lifted
