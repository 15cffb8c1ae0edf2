"""The daily loss limit, on equity, by the UTC day of event times.

The day opens with the last equity of the day before. Once the equity falls to ``(1 - limit)`` of that, entries are
blocked until the first mark of a later day. A mark of an earlier day that comes late never turns the day back: what
it gains or loses belongs to the day before, hence to what this day opened with.
"""

from __future__ import annotations

from enum import Enum, auto
from math import inf

import msgspec

from finantrade.domain.account import Equity
from finantrade.domain.units import DAY, Millis, day_of
from finantrade.market.candles import Floats


class Verdict(Enum):
    CALM = auto()
    BREACHED = auto()
    NEW_DAY = auto()


class DailyLoss(msgspec.Struct):
    """State of the rule; ``limit`` is a share of the day's opening equity, None switches it off.

    The day goes from ``since`` to ``until``; ``floor`` is the equity at or below which a breach is still to be told.
    """

    limit: float | None
    equity: float
    opened: float = 0.0
    since: Millis = 0
    until: Millis = 0
    floor: float = -inf
    blocked: bool = False

    @property
    def loss(self) -> float:
        """The day's loss so far as a share of its opening equity; below zero a gain."""
        return 1.0 - self.equity / self.opened if self.opened > 0 else 0.0

    def mark(self, mark: Equity) -> Verdict:
        """Take a new equity mark; NEW_DAY is said only when it lifts a block, BREACHED only when it makes one."""
        equity = mark.equity
        lifted = not self.since <= mark.time < self.until and self._turn(mark)
        self.equity = equity
        if equity <= self.floor:
            self.blocked, self.floor = True, -inf
            return Verdict.BREACHED
        return Verdict.NEW_DAY if lifted else Verdict.CALM

    def closes_left(self, first: Millis, timeframe: Millis) -> int:
        """Return how many closes, the first at ``first`` and one each ``timeframe``, still belong to this day."""
        return max(0, -((first - self.until) // timeframe)) if first >= self.since else 0

    def unbroken(self, lowest: Floats) -> int:
        """Return how many of these equities come before one that may be at or below the floor."""
        # A bound is a sum in another order: a hair above the floor may be at it.
        near = lowest - abs(self.floor) * 1e-9 <= self.floor
        first = int(near.argmax())
        return first if near[first] else len(lowest)

    def apply(self, limit: float | None) -> None:
        """Judge the rest of the day by this limit; a block that is in force stays."""
        self.limit = limit
        # Before the first mark there is no day yet.
        self.floor = -inf if limit is None or self.blocked or not self.until else self.opened * (1.0 - limit)

    def _turn(self, mark: Equity) -> bool:
        lifted = False
        if mark.time < self.since:
            self.opened += mark.equity - self.equity
        else:
            self.since = day_of(mark.time) * DAY
            self.until = self.since + DAY
            self.opened = self.equity
            lifted, self.blocked = self.blocked, False
        self.apply(self.limit)
        return lifted
