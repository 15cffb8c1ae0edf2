"""A fault: something that spoils what the exchange would have said. Faults are laid over each other in order.

When one strikes is a question of its own (``Strikes``): drawn by seed, or exactly where a test says. Asked about the
same thing it always answers the same, so every connection sees the same exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from finantrade.domain.units import Millis
from finantrade.simulator.answers import Answer, Asked
from finantrade.simulator.chance import chance
from finantrade.wire.events import Event
from finantrade.wire.klines import Candle, KlineEvent
from finantrade.wire.subscriptions import Stream

Strikes = Callable[[str, int], bool]
"""Whether a fault strikes: a symbol and the open time of its bar, ``""`` and that of any bar, or a path and the number
of the request."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the exchange: ``bar`` is the open time of the base bar that ``now`` is in."""

    now: Millis
    bar: Millis
    timeframe: Millis
    step: Millis

    @property
    def is_midway(self) -> bool:
        """Whether this is the step in the middle of the bar."""
        return (self.now - self.bar) // self.step == self.timeframe // self.step // 2


@dataclass(frozen=True, slots=True)
class Frame:
    """Something to be sent at ``due`` in a stream; ``garbled`` is sent instead of the event where it is set."""

    stream: Stream
    moment: Moment
    due: Millis
    told: Event | tuple[Event, ...]
    garbled: bytes | None = None

    @property
    def candle(self) -> Candle | None:
        """The candle in it, if there is one."""
        return self.told.candle if isinstance(self.told, KlineEvent) else None


class Fault:
    """Spoils nothing. Each fault says otherwise where it does."""

    def listens(self, moment: Moment) -> bool:
        """Whether the exchange takes connections at all; if not, those it has are cut."""
        return True

    def hangs_up(self, moment: Moment) -> bool:
        """Whether all websockets are cut now."""
        return False

    def frames(self, frame: Frame) -> Sequence[Frame]:
        """Return what becomes of a frame."""
        return (frame,)

    def keeps(self, symbol: str, bar: Millis) -> bool:
        """Whether REST has a bar."""
        return True

    def time(self, now: Millis) -> Millis:
        """Return what the exchange takes for the time."""
        return now

    def answer(self, asked: Asked, answer: Answer) -> Answer:
        """Return what becomes of an answer."""
        return answer


def always(about: str, number: int) -> bool:
    return True


def by_seed(seed: int, name: str, share: float) -> Strikes:
    """Strike a share of all cases."""
    return lambda about, number: chance(seed, "fault", name, about, number) < share


def exactly(*cases: tuple[str, int]) -> Strikes:
    """Strike these cases only."""
    return lambda about, number: (about, number) in cases
