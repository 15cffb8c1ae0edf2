"""A strategy that trades nothing but its vote: what it would hold if every wish of it were had at the close.

Its stop and take-profit are judged on closes. After one of them was hit its vote is nothing until it says another
target, as risk would have it wait.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO, exact
from finantrade.domain.orders import Signal
from finantrade.strategies.foresight import Occasions
from finantrade.strategies.protocol import Foreseeing, Strategy


class VoterState(msgspec.Struct):
    """What must survive a restart: the last wish, the vote that is left of it, and the strategy's own bytes."""

    wish: Signal | None
    vote: float
    strategy: bytes


class Voter:
    """Takes the closes and rows of an ensemble; ``columns`` are those of its features among them."""

    __slots__ = ("_closes", "_columns", "_foresight", "_position", "_strategy", "_symbol", "_wish", "vote", "weight")

    def __init__(self, symbol: str, strategy: Strategy, weight: float, columns: Sequence[int]) -> None:
        self._symbol = symbol
        self._strategy = strategy
        self._foresight = strategy if isinstance(strategy, Foreseeing) else None
        self._columns = tuple(columns)
        self._closes: NDArray[np.float64] = np.zeros(0)
        self._wish: Signal | None = None
        self.weight = weight
        self._hold(0.0)

    def see(self, row: FeatureRow, close: float) -> None:
        """Judge a row."""
        if self.vote and self._wish is not None and _hit(self._wish, self.vote, close):
            self._hold(0.0)
        values = tuple([row.values[index] for index in self._columns])
        own = FeatureRow(row.symbol, row.close_time, row.schema_id, values, row.ready, row.backfilled, row.missing)
        wish = self._strategy.on_row(own, self._position)
        if wish is None or wish is self._wish:
            return
        changed = self._wish is None or wish.target != self._wish.target
        self._wish = wish
        if changed:
            self._hold(wish.target)

    def foresee(self, rows: NDArray[np.float64], closes: NDArray[np.float64]) -> None:
        """Look at the rows that come next."""
        self._closes = closes
        if self._foresight is not None:
            self._foresight.foresee(np.ascontiguousarray(rows[:, self._columns]))

    def look_no_further(self) -> None:
        """Take that back."""
        if self._foresight is not None:
            self._foresight.look_no_further()

    def indifferent(self, at: int) -> int:
        """Return on how many foreseen rows from ``at`` on its vote stays as it is."""
        if self._foresight is None:
            return 0
        rows = self._foresight.indifferent(at, self._position, self._wish)
        wish = self._wish
        if not rows or wish is None or not self.vote:
            return rows
        return Occasions(_hits(wish, self.vote, self._closes[at : at + rows])).wait(0)

    def pass_over(self, rows: int) -> None:
        """Remember the next foreseen rows."""
        assert self._foresight is not None
        self._foresight.pass_over(rows, self._position)

    def snapshot(self) -> VoterState:
        """Return all that is remembered."""
        return VoterState(self._wish, self.vote, self._strategy.snapshot())

    def restore(self, state: VoterState) -> None:
        """Take back what ``snapshot`` gave."""
        self._wish = state.wish
        self._hold(state.vote)
        self._strategy.restore(state.strategy)

    def _hold(self, vote: float) -> None:
        self.vote = vote
        self._position = Position("", self._symbol, exact(vote), ZERO, ZERO)


def _hit(wish: Signal, vote: float, close: float) -> bool:
    low, high = _levels(wish, vote)
    return (low is not None and close <= low) or (high is not None and close >= high)


def _hits(wish: Signal, vote: float, closes: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = _levels(wish, vote)
    below = np.zeros(len(closes), dtype=np.bool_) if low is None else closes <= low
    return below if high is None else below | (closes >= high)


def _levels(wish: Signal, vote: float) -> tuple[float | None, float | None]:
    return (wish.stop, wish.take_profit) if vote > 0 else (wish.take_profit, wish.stop)
