"""Faults of bars: missing, gone, late, out of order, twice, and never closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from finantrade.domain.units import Millis
from finantrade.simulator.faults.fault import Fault, Frame, Strikes
from finantrade.wire.klines import KlineEvent


class Missing(Fault):
    """A bar never comes through the stream. REST has it."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return () if _struck(self._strikes, frame) else (frame,)


class Holes(Fault):
    """The exchange has no such bar, nor does REST: a gap for good."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return () if _struck(self._strikes, frame) else (frame,)

    def keeps(self, symbol: str, bar: Millis) -> bool:
        return not self._strikes(symbol, bar)


class Late(Fault):
    """The close of a bar comes ``by_ms`` late."""

    def __init__(self, strikes: Strikes, by_ms: Millis) -> None:
        self._strikes = strikes
        self._by_ms = by_ms

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return (replace(frame, due=frame.due + self._by_ms),) if _closes(self._strikes, frame) else (frame,)


class Disorder(Fault):
    """The close of a bar comes after the first candle of the next one."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return (replace(frame, due=frame.due + 1),) if _closes(self._strikes, frame) else (frame,)


class Duplicates(Fault):
    """The close of a bar comes twice."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        return (frame, frame) if _closes(self._strikes, frame) else (frame,)


class NeverCloses(Fault):
    """A bar goes on forming to its end, and the flag that closes it never comes."""

    def __init__(self, strikes: Strikes) -> None:
        self._strikes = strikes

    def frames(self, frame: Frame) -> Sequence[Frame]:
        if not _closes(self._strikes, frame) or not isinstance(frame.told, KlineEvent):
            return (frame,)
        candle = msgspec.structs.replace(frame.told.candle, closed=False)
        return (replace(frame, told=msgspec.structs.replace(frame.told, candle=candle)),)


def _struck(strikes: Strikes, frame: Frame) -> bool:
    candle = frame.candle
    return candle is not None and strikes(frame.stream.symbol, candle.open_time)


def _closes(strikes: Strikes, frame: Frame) -> bool:
    candle = frame.candle
    return candle is not None and candle.closed and strikes(frame.stream.symbol, candle.open_time)
