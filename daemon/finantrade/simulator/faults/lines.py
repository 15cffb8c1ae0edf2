"""Faults of the lines: cut, closed, silent, and a clock that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from finantrade.domain.units import Millis
from finantrade.simulator.faults.fault import Fault, Frame, Moment, Strikes


class Disconnects(Fault):
    """In the middle of a bar every websocket is cut."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def hangs_up(self, moment: Moment) -> bool:
        return moment.is_midway and self._strikes("", moment.bar)


class Outages(Fault):
    """For the length of a bar nobody listens: connections are cut, new ones refused."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def listens(self, moment: Moment) -> bool:
        return not self._strikes("", moment.bar)


class Silence(Fault):
    """For the length of a bar connections stay open and say nothing."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return () if self._strikes("", frame.moment.bar) else (frame,)


class Mute(Fault):
    """For three bars the streams of one symbol say nothing, while others on the same connections go on."""

    BARS = 3

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        moment, symbol = frame.moment, frame.stream.symbol
        bars = (moment.bar - back * moment.timeframe for back in range(self.BARS))
        return () if any(self._strikes(symbol, bar) for bar in bars) else (frame,)


class Skew(Fault):
    """The exchange's clock is wrong by ``by_ms``, in what it answers and in the stamps of its events."""

    def __init__(self, by_ms: Millis, since: Millis = 0) -> None:
        self._by_ms = by_ms
        self._since = since

    def time(self, now: Millis) -> Millis:
        return now + self._by_ms if now >= self._since else now

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return (replace(frame, told=self._skewed(frame.told)),)

    def _skewed(self, told: Any) -> Any:
        if isinstance(told, tuple):
            return tuple(map(self._skewed, told))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return msgspec.structs.replace(told, time=self.time(told.time))
