"""What a replay leaves behind, kept small: decisions as they were said, equity as two columns of numbers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from finantrade.domain.account import Equity
from finantrade.domain.codec import DECISIONS
from finantrade.domain.message import Message
from finantrade.domain.units import Millis

RECORDED: tuple[type[Message], ...] = (*DECISIONS, Equity)


class Record:
    """A listener of the replay runner. Equity marks of one instant overwrite each other: the last one counts."""

    def __init__(self) -> None:
        self.decisions: list[tuple[Millis, Message]] = []
        self.times: array[int] = array("q")
        self.equity: array[float] = array("d")
        self._last: Millis = -1

    def __call__(self, at: Millis, emitted: Sequence[Message]) -> None:
        for message in emitted:
            if type(message) is not Equity:
                self.decisions.append((at, message))
            elif message.time != self._last:
                self._last = message.time
                self.times.append(message.time)
                self.equity.append(message.equity)
            else:
                self.equity[-1] = message.equity
