"""What a replay leaves behind, kept small: decisions as they were said, equity as two columns of numbers."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from finantrade.domain.account import Equity
from finantrade.domain.codec import DECISIONS
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.engine.engine import Listener


class Record:
    """Listens to a core. Equity marks of one instant overwrite each other: the last one counts."""

    def __init__(self) -> None:
        self.decisions: list[tuple[Millis, Message]] = []
        self.times: array[int] = array("q")
        self.equity: array[float] = array("d")
        self._last: Millis = -1

    def listeners(self) -> Mapping[type[Message], Listener]:
        """Return what hears each kind of message, for the engine."""
        return {**dict.fromkeys(DECISIONS, self.on_decision), Equity: self.on_equity}

    def on_decision(self, message: Message, at: Millis) -> None:
        self.decisions.append((at, message))

    def on_equity(self, mark: Equity, at: Millis) -> None:
        time = mark.time
        if time == self._last:
            self.equity[-1] = mark.equity
        else:
            self._last = time
            self.times.append(time)
            self.equity.append(mark.equity)

    def on_stretch(self, times: array[Millis], marks: array[float]) -> None:
        """Take the marks of closes at ``times``, all later than what came before, passed over together."""
        self._last = times[-1]
        self.times.extend(times)
        self.equity.extend(marks)
