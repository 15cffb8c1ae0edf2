"""The strategist: hands rows to strategies and turns what they say into signals.

1. A strategy sees a row only when all its features are ready, with its position as booked at that moment.
2. A wish equal to the last one is swallowed: a target is idempotent. After a protective exit the next wish is said
   again, and risk decides whether that may re-enter.
3. On a back-filled row no entry is decided: a wish is cut down to what it asks of the position that is held (less of
   it, other levels, the exit before a turn), and the first live row says the rest. An exit is executed at the first
   live price.
4. A strategy that raises, or says something that is not a wish, is switched off for that symbol and its target made
   flat. The rest goes on. Being deterministic, it replays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import msgspec

from finantrade.domain.account import Position, StrategyFaulted
from finantrade.domain.market import FeatureRow
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO, sign
from finantrade.domain.orders import FORCED, Fill, Signal
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch
from finantrade.strategies.protocol import Foreseeing, Strategy
from finantrade.strategies.wish import checked, plain

Ahead = Callable[[str, Stretch], tuple[int, Floats]]
"""Gives for a symbol how many rows of a stretch are not ready yet, and the values of all rows known from there on."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


class SeatState(msgspec.Struct):
    """What must survive a restart for one strategy on one symbol."""

    position: Position
    last: Signal | None = None
    faulted: bool = False
    strategy: bytes = b""


class Seat:
    """One strategy at work on one symbol."""

    __slots__ = ("_at", "_times", "faulted", "foresight", "last", "name", "position", "strategy", "wish")

    def __init__(self, name: str, symbol: str, strategy: Strategy) -> None:
        self.name = name
        self.strategy = strategy
        self.foresight = strategy if isinstance(strategy, Foreseeing) else None
        self.position = Position(name, symbol, ZERO, ZERO, ZERO)
        self.last: Signal | None = None
        # The object that was last looked at: strategies that keep their wish and give it again cost one comparison.
        self.wish: Signal | None = None
        self.faulted = False
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


class StrategistActor:
    """Asks every strategy once a row."""

    name: ClassVar[str] = "strategist"

    def __init__(self, seats: Mapping[str, tuple[str, Strategy]]) -> None:
        self._seats = {symbol: Seat(name, symbol, strategy) for symbol, (name, strategy) in seats.items()}

    @property
    def names(self) -> Mapping[str, str]:
        """Symbol → name of the strategy at work on it."""
        return {symbol: seat.name for symbol, seat in self._seats.items()}

    @property
    def foresees(self) -> bool:
        """Whether every strategy can tell for how long it will be indifferent."""
        return all(seat.foresight is not None for seat in self._seats.values())

    def indifferent(self, stretch: Stretch, ahead: Ahead) -> int:
        """Return how many rows no strategy would answer with anything new."""
        rows = stretch.rows
        for symbol in stretch.symbols:
            seat = self._seats.get(symbol)
            if seat is not None and not seat.faulted:
                rows = min(rows, seat.indifferent(stretch, ahead))
        return rows

    def pass_over(self, stretch: Stretch) -> None:
        """Let every strategy remember the rows that it would have been shown."""
        for symbol in stretch.symbols:
            seat = self._seats.get(symbol)
            # What it does not foresee is not ready: it would not have been shown it.
            if seat is not None and not seat.faulted and seat.comes_next(stretch.first_close):
                seat.pass_over(stretch.rows)

    @property
    def switched_off(self) -> tuple[tuple[str, str], ...]:
        """Strategy and symbol of every seat that raised, in order of symbol."""
        return tuple((seat.name, symbol) for symbol, seat in sorted(self._seats.items()) if seat.faulted)

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
        seat.came(row.close_time)
        try:
            wish = seat.strategy.on_row(row, seat.position)
            if wish is None or wish is seat.wish or wish == seat.last:
                return NOTHING
            signal = checked(wish, row.symbol)
        except Exception as error:  # noqa: BLE001  a user's strategy may raise anything; it must not take the lane down
            return self._fault(seat, row.symbol, error)
        if row.backfilled:
            signal = _without_entry(signal, seat)
        else:
            seat.wish = wish
        return self._say(seat, signal)

    def on_position(self, position: Position, now: Millis) -> Sequence[Message]:
        seat = self._seats.get(position.symbol)
        if seat is not None and seat.name == position.strategy:
            seat.position = position
        return NOTHING

    def on_fill(self, fill: Fill, now: Millis) -> Sequence[Message]:
        if fill.role in FORCED:
            seat = self._seats.get(fill.symbol)
            if seat is not None and seat.name == fill.strategy:
                seat.last = seat.wish = None
        return NOTHING

    def snapshot(self) -> bytes:
        for seat in self._seats.values():
            seat.look_no_further()
        return msgspec.msgpack.encode(
            {
                symbol: SeatState(seat.position, seat.last, seat.faulted, seat.strategy.snapshot())
                for symbol, seat in self._seats.items()
            }
        )

    def restore(self, state: bytes, /) -> None:
        for symbol, saved in msgspec.msgpack.decode(state, type=dict[str, SeatState]).items():
            seat = self._seats[symbol]
            seat.look_no_further()
            seat.position, seat.last, seat.faulted = saved.position, saved.last, saved.faulted
            seat.strategy.restore(saved.strategy)

    def _say(self, seat: Seat, signal: Signal | None) -> Sequence[Message]:
        if signal is None or signal == seat.last:
            return NOTHING
        seat.last = signal
        return (msgspec.structs.replace(signal, strategy=seat.name),)

    def _fault(self, seat: Seat, symbol: str, error: Exception) -> Sequence[Message]:
        seat.faulted = True
        seat.last = seat.wish = None
        # An address would make every replay say something else.
        text = _ADDRESS.sub("0x...", f"{type(error).__name__}: {error}")
        return (
            StrategyFaulted(seat.name, symbol, plain(text), plain(_place(error))),
            Signal(symbol, 0.0, reason="fault", strategy=seat.name),
        )


def _place(error: Exception) -> str:
    """Say where in the strategy's own file it was raised, without the folder: a replay elsewhere says the same."""
    ours = error.__traceback__
    place = theirs = ours.tb_next if ours else None
    while place is not None and theirs is not None:
        if place.tb_frame.f_code.co_filename == theirs.tb_frame.f_code.co_filename:
            theirs = place
        place = place.tb_next
    if theirs is None or theirs.tb_frame.f_code.co_filename == __file__:
        return ""
    file = theirs.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{file}:{theirs.tb_lineno}"


def _without_entry(signal: Signal, seat: Seat) -> Signal | None:
    held, asked = sign(seat.position.qty), sign(signal.target)
    if not asked:
        return signal
    if asked == -held:
        return Signal(signal.symbol, 0.0, reason=signal.reason)
    if not held or seat.last is None:
        return None
    more = abs(signal.target) > abs(seat.last.target)
    return msgspec.structs.replace(signal, target=seat.last.target) if more else signal
