"""What is held of a conviction between -1 and 1: entered when it is strong, kept until it is weak.

1. From flat, a conviction of at least ``enter_from`` is long; where shorts are allowed, one of at most its negative
   short. A position is kept until the conviction, counted its way, is below ``leave_below``. Without a conviction (NaN)
   nothing changes.
2. The stop is set ``stop_atr`` average true ranges from the close of the entry, and kept. An entry whose stop would not
   be above zero is not made.
3. After a position was closed from outside, the wish is flat until the conviction has been below ``leave_below`` once,
   or is strong the other way.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.money import sign
from finantrade.domain.orders import Signal
from finantrade.strategies.foresight import Occasions


class Limits(NamedTuple):
    """When something is entered and left, with which stop, and what the wishes are called."""

    enter_from: float
    leave_below: float
    stop_atr: float | None
    allow_short: bool
    reasons: tuple[str, str, str]
    """Of short, flat and long."""


class StanceState(msgspec.Struct):
    """What is remembered between rows."""

    signal: Signal | None = None
    side: int = 0
    held: bool = False
    barred: int = 0


class Stance:
    """The wish for one symbol, from row to row."""

    __slots__ = ("_limits", "_state", "_symbol")

    def __init__(self, symbol: str, limits: Limits) -> None:
        self._symbol = symbol
        self._limits = limits
        self._state = StanceState()

    def decide(self, conviction: float, position: Position, close: float, atr: float) -> Signal | None:
        """Return the wish after a row; ``atr`` matters where there is a stop."""
        state, limits = self._state, self._limits
        self._notice(position)
        if conviction * state.barred < limits.leave_below:
            state.barred = 0
        if state.side and conviction * state.side < limits.leave_below:
            self._say(0, None, limits.reasons[1])
        wanted = self._wanted(conviction)
        if not state.side and wanted and wanted != state.barred:
            stop = None if limits.stop_atr is None else close - wanted * limits.stop_atr * atr
            if stop is None or stop > 0:
                self._say(wanted, stop, limits.reasons[wanted + 1])
        return state.signal

    def settled(self, position: Position, wish: Signal | None) -> bool:
        """Whether, as long as the conviction stays on its side of the limits, it says nothing but ``wish``."""
        state = self._state
        return wish is state.signal and (not state.side or (state.held and sign(position.qty) == state.side))

    def occasions(self, convictions: NDArray[np.float64]) -> dict[tuple[int, int], Occasions]:
        """Return the rows on which it may act, by the side that is held and the side that is barred."""
        limits = self._limits
        weak = {side: convictions * side < limits.leave_below for side in (1, -1)}
        strong = {1: convictions >= limits.enter_from, -1: convictions <= -limits.enter_from}
        if not limits.allow_short:
            strong[-1] = np.zeros(len(convictions), dtype=np.bool_)
        free = {(0, 0): strong[1] | strong[-1]}
        held = {(side, 0): weak[side] for side in (1, -1)}
        barred = {(0, side): weak[side] | strong[-side] for side in (1, -1)}
        return {key: Occasions(rows) for key, rows in {**free, **held, **barred}.items()}

    @property
    def place(self) -> tuple[int, int]:
        """The side that is held, and the side that is barred."""
        return self._state.side, self._state.barred

    def snapshot(self) -> StanceState:
        """Return all that is remembered."""
        return self._state

    def restore(self, state: StanceState) -> None:
        """Take back what ``snapshot`` gave."""
        self._state = state

    def _notice(self, position: Position) -> None:
        state = self._state
        holds = state.side != 0 and sign(position.qty) == state.side
        if state.held and not holds:
            state.barred = state.side
            self._say(0, None, "closed")
        state.held = holds

    def _wanted(self, conviction: float) -> int:
        if conviction >= self._limits.enter_from:
            return 1
        return -1 if self._limits.allow_short and conviction <= -self._limits.enter_from else 0

    def _say(self, side: int, stop: float | None, reason: str) -> None:
        state = self._state
        state.signal, state.side, state.held = Signal(self._symbol, float(side), stop, reason=reason), side, False
        if side:
            state.barred = 0
