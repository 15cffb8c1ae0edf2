"""The strategist: hands rows to strategies and turns what they say into signals.

1. A strategy sees a row only when all its features are ready, with its position as booked at that moment. One over
   several symbols sees their rows together when the boundary is complete (`section`).
2. A wish equal to the last one is swallowed: a target is idempotent. After a protective exit the next wish is said
   again, and risk decides whether that may re-enter.
3. On a back-filled row no entry is decided: a wish is cut down to what it asks of the position that is held (less of
   it, other levels, the exit before a turn), and the first live row says the rest. An exit is executed at the first
   live price.
4. A strategy that raises, or says something that is not a wish, is switched off and its target made flat: for that
   symbol, or for all that it judges together. The rest goes on. Being deterministic, it replays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from finantrade.domain.account import Position
from finantrade.domain.market import BoundaryComplete, FeatureRow, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.orders import FORCED, Fill, Signal
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.market.stretch import Stretch
from finantrade.strategies.protocol import AnyStrategy, BoundaryStrategy
from finantrade.strategies.seat import Ahead, Seat, Standing
from finantrade.strategies.section import Section, SectionState
from finantrade.strategies.wish import checked, without_entry


class SeatState(msgspec.Struct):
    """What must survive a restart for a symbol; ``section`` on the first of several that are judged together."""

    position: Position
    last: Signal | None = None
    faulted: bool = False
    strategy: bytes = b""
    section: SectionState | None = None


class StrategistActor:
    """Asks every strategy once a row, or once a boundary."""

    name: ClassVar[str] = "strategist"

    def __init__(self, seats: Mapping[str, tuple[str, AnyStrategy]]) -> None:
        self._seats: dict[str, Seat] = {}
        self._sections = tuple(_sections(seats))
        for symbol, (name, strategy) in seats.items():
            if not isinstance(strategy, BoundaryStrategy):
                self._seats[symbol] = Seat(name, symbol, strategy)
        self._section_of = {symbol: section for section in self._sections for symbol in section.members}
        members = {symbol: section.members[symbol] for symbol, section in self._section_of.items()}
        everywhere: dict[str, Standing] = {**self._seats, **members}
        self._standing = {symbol: everywhere[symbol] for symbol in seats}

    @property
    def names(self) -> Mapping[str, str]:
        """Symbol → name of the strategy at work on it."""
        return {symbol: one.name for symbol, one in self._standing.items()}

    @property
    def foresees(self) -> bool:
        """Whether every strategy can tell for how long it will be indifferent."""
        seated = all(seat.foresight is not None for seat in self._seats.values())
        return seated and all(section.sleeps for section in self._sections)

    def indifferent(self, stretch: Stretch, ahead: Ahead) -> int:
        """Return how many rows no strategy would answer with anything new."""
        rows = stretch.rows
        for section in self._sections:
            if not section.faulted:
                rows = min(rows, section.indifferent(stretch))
        for symbol in stretch.symbols:
            seat = self._seats.get(symbol)
            if seat is not None and not seat.faulted:
                rows = min(rows, seat.indifferent(stretch, ahead))
        return rows

    def pass_over(self, stretch: Stretch) -> None:
        """Let every strategy remember the rows that it would have been shown."""
        for section in self._sections:
            section.pass_over()
        for symbol in stretch.symbols:
            seat = self._seats.get(symbol)
            # What it does not foresee is not ready: it would not have been shown it.
            if seat is not None and not seat.faulted and seat.comes_next(stretch.first_close):
                seat.pass_over(stretch.rows)

    @property
    def switched_off(self) -> tuple[tuple[str, str], ...]:
        """Strategy and symbol of every seat that raised, in order of symbol."""
        return tuple((one.name, symbol) for symbol, one in sorted(self._standing.items()) if one.faulted)

    def take_positions(self, positions: Sequence[Position]) -> None:
        """Seat fresh strategies before positions that are already held."""
        for position in positions:
            self.on_position(position, 0)

    def handlers(self) -> Mapping[type[Message], Handler]:
        heard: dict[type[Message], Handler] = {
            FeatureRow: self.on_row,
            Position: self.on_position,
            Fill: self.on_fill,
        }
        if self._sections:
            heard |= {
                BoundaryComplete: self.on_boundary,
                FeedStale: self.on_stale,
                FeedRestored: self.on_restored,
            }
        return heard

    def on_row(self, row: FeatureRow, now: Millis) -> Sequence[Message]:
        seat = self._seats.get(row.symbol)
        if seat is None or not row.ready or seat.faulted:
            return self._keep(row)
        seat.came(row.close_time)
        try:
            wish = seat.strategy.on_row(row, seat.position)
            if wish is None or wish is seat.wish or wish == seat.last:
                return NOTHING
            signal = checked(wish, row.symbol)
        except Exception as error:  # noqa: BLE001  a user's strategy may raise anything; it must not take the lane down
            return seat.switched_off(error, __file__)
        if row.backfilled:
            return seat.said(without_entry(signal, seat.position, seat.last))
        seat.wish = wish
        return seat.said(signal)

    def on_boundary(self, fact: BoundaryComplete, now: Millis) -> Sequence[Message]:
        return [message for section in self._sections for message in section.decide(fact, now)]

    def on_stale(self, fact: FeedStale, now: Millis) -> Sequence[Message]:
        for section in self._sections:
            section.went_stale(fact.symbol, fact.since)
        return NOTHING

    def on_restored(self, fact: FeedRestored, now: Millis) -> Sequence[Message]:
        for section in self._sections:
            section.came_back(fact.symbol)
        return NOTHING

    def on_position(self, position: Position, now: Millis) -> Sequence[Message]:
        one = self._standing.get(position.symbol)
        if one is not None and one.name == position.strategy:
            one.position = position
        return NOTHING

    def on_fill(self, fill: Fill, now: Millis) -> Sequence[Message]:
        if fill.role in FORCED:
            one = self._standing.get(fill.symbol)
            if one is not None and one.name == fill.strategy:
                one.forget()
        return NOTHING

    def snapshot(self) -> bytes:
        for seat in self._seats.values():
            seat.look_no_further()
        return msgspec.msgpack.encode({symbol: self._saved(symbol, one) for symbol, one in self._standing.items()})

    def restore(self, state: bytes, /) -> None:
        for symbol, saved in msgspec.msgpack.decode(state, type=dict[str, SeatState]).items():
            one = self._standing[symbol]
            one.position, one.last, one.faulted = saved.position, saved.last, saved.faulted
            seat = self._seats.get(symbol)
            if seat is not None:
                seat.look_no_further()
                seat.strategy.restore(saved.strategy)
            elif saved.section is not None:
                self._section_of[symbol].restore(saved.section)

    def _saved(self, symbol: str, one: Standing) -> SeatState:
        seat = self._seats.get(symbol)
        if seat is not None:
            return SeatState(one.position, one.last, one.faulted, seat.strategy.snapshot())
        section = self._section_of[symbol]
        first = next(iter(section.members)) == symbol
        return SeatState(one.position, one.last, one.faulted, section=section.snapshot() if first else None)

    def _keep(self, row: FeatureRow) -> Sequence[Message]:
        section = self._section_of.get(row.symbol)
        if section is not None and row.ready:
            section.take_row(row)
        return NOTHING


def _sections(seats: Mapping[str, tuple[str, AnyStrategy]]) -> Iterator[Section]:
    """One instance that has several seats judges them together."""
    found: list[tuple[str, BoundaryStrategy, list[str]]] = []
    for symbol, (name, strategy) in seats.items():
        if isinstance(strategy, BoundaryStrategy):
            known = next((symbols for _, one, symbols in found if one is strategy), None)
            if known is None:
                found.append((name, strategy, [symbol]))
            else:
                known.append(symbol)
    return (Section(name, symbols, strategy) for name, strategy, symbols in found)
