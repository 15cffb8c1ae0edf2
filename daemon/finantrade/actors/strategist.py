"""The strategist: hands rows to strategies and turns what they say into signals.

1. A strategy sees a row only when all its features are ready, with its position as booked at that moment.
2. A wish equal to the last one is swallowed: a target is idempotent. After a protective exit the next wish is said
   again, and risk decides whether that may re-enter.
3. On a back-filled row no entry is decided: a wish for one is not even recorded, so the first live row says it; an
   exit passes, to be executed at the first live price.
4. A strategy that raises, or says something that is not a wish, is switched off for that symbol and its target made
   flat. The rest goes on. Being deterministic, it replays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import ClassVar

import msgspec

from finantrade.domain.account import Position, StrategyFaulted
from finantrade.domain.market import FeatureRow
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Fill, Role, Signal
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.strategies.protocol import Strategy


class SeatState(msgspec.Struct):
    """What must survive a restart for one strategy on one symbol."""

    position: Position
    last: Signal | None = None
    faulted: bool = False
    strategy: bytes = b""


class Seat:
    """One strategy at work on one symbol."""

    __slots__ = ("faulted", "last", "name", "position", "strategy")

    def __init__(self, name: str, symbol: str, strategy: Strategy) -> None:
        self.name = name
        self.strategy = strategy
        self.position = Position(name, symbol, ZERO, ZERO, ZERO)
        self.last: Signal | None = None
        self.faulted = False


class StrategistActor:
    """Asks every strategy once a row."""

    name: ClassVar[str] = "strategist"

    def __init__(self, seats: Mapping[str, tuple[str, Strategy]]) -> None:
        self._seats = {symbol: Seat(name, symbol, strategy) for symbol, (name, strategy) in seats.items()}

    @property
    def names(self) -> Mapping[str, str]:
        """Symbol → name of the strategy at work on it."""
        return {symbol: seat.name for symbol, seat in self._seats.items()}

    def take_positions(self, positions: Sequence[Position]) -> None:
        """Seat fresh strategies before positions that are already held."""
        for position in positions:
            self.on_position(position, 0)

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {FeatureRow: self.on_row, Position: self.on_position, Fill: self.on_fill}

    def on_row(self, row: FeatureRow, now: Millis) -> Sequence[Message]:
        seat = self._seats.get(row.symbol)
        if seat is None or not row.ready or seat.faulted:
            return NOTHING
        try:
            signal = seat.strategy.on_row(row, seat.position)
        except Exception as error:  # noqa: BLE001  a user's strategy may raise anything; it must not take the lane down
            return self._fault(seat, row.symbol, f"{type(error).__name__}: {error}")
        if signal is None or signal is seat.last:
            return NOTHING
        return self._say(seat, row, signal)

    def on_position(self, position: Position, now: Millis) -> Sequence[Message]:
        seat = self._seats.get(position.symbol)
        if seat is not None and seat.name == position.strategy:
            seat.position = position
        return NOTHING

    def on_fill(self, fill: Fill, now: Millis) -> Sequence[Message]:
        if fill.role in (Role.STOP, Role.TAKE_PROFIT):
            seat = self._seats.get(fill.symbol)
            if seat is not None and seat.name == fill.strategy:
                seat.last = None
        return NOTHING

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(
            {
                symbol: SeatState(seat.position, seat.last, seat.faulted, seat.strategy.snapshot())
                for symbol, seat in self._seats.items()
            }
        )

    def restore(self, state: bytes, /) -> None:
        for symbol, saved in msgspec.msgpack.decode(state, type=dict[str, SeatState]).items():
            seat = self._seats[symbol]
            seat.position, seat.last, seat.faulted = saved.position, saved.last, saved.faulted
            seat.strategy.restore(saved.strategy)

    def _say(self, seat: Seat, row: FeatureRow, signal: Signal) -> Sequence[Message]:
        wrong = _objection(signal, row.symbol)
        if wrong:
            return self._fault(seat, row.symbol, wrong)
        if signal == seat.last:
            return NOTHING
        if row.backfilled and _enters(signal, seat.position):
            if not seat.position.qty or signal.target * float(seat.position.qty) > 0:
                return NOTHING
            signal = Signal(signal.symbol, 0.0, reason=signal.reason)
        seat.last = signal
        return (msgspec.structs.replace(signal, strategy=seat.name),)

    def _fault(self, seat: Seat, symbol: str, error: str) -> Sequence[Message]:
        seat.faulted = True
        seat.last = None
        return StrategyFaulted(seat.name, symbol, error), Signal(symbol, 0.0, reason="fault", strategy=seat.name)


def _enters(signal: Signal, position: Position) -> bool:
    return bool(signal.target) and (not position.qty or signal.target * float(position.qty) < 0)


def _objection(signal: Signal, symbol: str) -> str | None:
    # A strategy's code is not ours: what it returns is checked like any other outside input.
    if type(signal) is not Signal:
        return f"expected a Signal or None, found {type(signal).__name__}"
    if signal.symbol != symbol:
        return f"expected a signal for {symbol}, found one for {signal.symbol}"
    if not -1.0 <= signal.target <= 1.0:
        return f"expected a target in [-1, 1], found {signal.target}"
    if not (_sane(signal.stop) and _sane(signal.take_profit)):
        return f"expected finite price levels above zero, found stop={signal.stop} take_profit={signal.take_profit}"
    return None


def _sane(level: float | None) -> bool:
    return level is None or (isfinite(level) and level > 0)
