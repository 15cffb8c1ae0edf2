"""One strategy at work on one symbol: what it holds there, what it said last, how far ahead it was asked to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from finantrade.domain.account import Position, StrategyFaulted
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Signal
from finantrade.domain.units import Millis
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch
from finantrade.strategies.faults import fault
from finantrade.strategies.protocol import Foreseeing, Strategy

Ahead = Callable[[str, Stretch], tuple[int, Floats]]
"""Gives for a symbol how many rows of a stretch are not ready yet, and the values of all rows known from there on."""


class Standing:
    """What a strategy has on one symbol. ``faulted`` once it has been switched off there."""

    __slots__ = ("faulted", "last", "name", "position", "wish")

    def __init__(self, name: str, symbol: str) -> None:
        self.name = name
        self.position = Position(name, symbol, ZERO, ZERO, ZERO)
        self.last: Signal | None = None
        # The object that was last looked at: strategies that keep their wish and give it again cost one comparison.
        self.wish: Signal | None = None
        self.faulted = False

    def forget(self) -> None:
        """Let the next wish be said, whatever the last one was."""
        self.last = self.wish = None

    def said(self, signal: Signal | None) -> Sequence[Signal]:
        """Return the wish with the strategy's name if it is a new one."""
        if signal is None or signal == self.last:
            return ()
        self.last = signal
        return (msgspec.structs.replace(signal, strategy=self.name),)

    def switched_off(self, error: Exception, raised_in: str) -> tuple[StrategyFaulted, Signal]:
        """Ask nothing more here, and return what is said of it; ``raised_in`` is the file that asked the strategy."""
        self.faulted = True
        self.forget()
        return fault(self.name, self.position.symbol, error, raised_in)


class Seat(Standing):
    """A strategy that decides row by row."""

    __slots__ = ("_at", "_times", "foresight", "strategy")

    def __init__(self, name: str, symbol: str, strategy: Strategy) -> None:
        super().__init__(name, symbol)
        self.strategy = strategy
        self.foresight = strategy if isinstance(strategy, Foreseeing) else None
        self._times: Sequence[Millis] | None = None
        self._at = 0

    def indifferent(self, stretch: Stretch, ahead: Ahead) -> int:
        """Return on how many of the rows that come next it will not be asked, or say nothing new."""
        if self.foresight is None:
            return 0
        if not self.comes_next(stretch.first_close):
            unready, values = ahead(self.position.symbol, stretch)
            if unready:
                return unready
            self.foresight.foresee(values)
            self._times, self._at = stretch.closes_on, 0
        return self.foresight.indifferent(self._at, self.position, self.wish)

    def pass_over(self, rows: int) -> None:
        """Let the strategy remember the next rows without being asked."""
        assert self.foresight is not None
        self.foresight.pass_over(rows, self.position)
        self._at += rows

    def comes_next(self, close_time: Millis) -> bool:
        """Whether the row of this close is the next one foreseen."""
        times = self._times
        return times is not None and self._at < len(times) and times[self._at] == close_time

    def came(self, close_time: Millis) -> None:
        """Take note of a row that the strategy is about to be shown; if it is not the foreseen one, none is."""
        if self._times is not None:
            if self.comes_next(close_time):
                self._at += 1
            else:
                self.look_no_further()

    def look_no_further(self) -> None:
        """Take back what was foreseen."""
        if self.foresight is not None and self._times is not None:
            self.foresight.look_no_further()
        self._times = None
