"""One strategy at work on several symbols at once: it sees their rows together, when a boundary is complete.

1. Rows are kept as they come, and shown together at ``BoundaryComplete``: those of that close whose features are ready.
   A late bar's row belongs to a boundary that has gone, and is shown to nobody.
2. A cross-section in which a member would be entered or increased that is stale, or has no row at this close, is
   refused: nothing of it is entered. So it is where a row is back-filled. What reduces or closes always passes, and
   comes first, so that it makes room for what is entered.
3. What was refused counts as not said: it is said at the next boundary at which it is still wished and nothing is
   stale. The refusal itself is said once, until its cause is another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from finantrade.domain.market import BoundaryComplete, FeatureRow
from finantrade.domain.message import Message
from finantrade.domain.orders import Refusal, Signal
from finantrade.domain.units import Millis
from finantrade.market.stretch import Stretch
from finantrade.strategies.protocol import BoundaryStrategy, Sleeping
from finantrade.strategies.seat import Standing
from finantrade.strategies.wish import checked, without_entry

STALE, NO_ROW = "stale_data", "no_row"


class SectionState(msgspec.Struct):
    """What must survive a restart beside what there is on every symbol."""

    strategy: bytes
    rows: dict[str, FeatureRow]
    stale: dict[str, Millis]
    refused: str


class Section:
    """A strategy that decides boundary by boundary. ``members`` by symbol, in their order."""

    def __init__(self, name: str, symbols: Sequence[str], strategy: BoundaryStrategy) -> None:
        self.name = name
        self.strategy = strategy
        self._sleeping = strategy if isinstance(strategy, Sleeping) else None
        self.members = {symbol: Standing(name, symbol) for symbol in sorted(symbols)}
        self._rows: dict[str, FeatureRow] = {}
        self._stale: dict[str, Millis] = {}
        self._refused = ""

    @property
    def faulted(self) -> bool:
        """Whether the strategy has been switched off: on all its symbols, or on none."""
        return any(one.faulted for one in self.members.values())

    @property
    def sleeps(self) -> bool:
        """Whether the strategy can tell until when it will say nothing."""
        return self._sleeping is not None

    def take_row(self, row: FeatureRow) -> None:
        """Keep a row for its boundary."""
        self._rows[row.symbol] = row

    def went_stale(self, symbol: str, since: Millis) -> None:
        """Take it that nothing has come for a symbol since then."""
        if symbol in self.members:
            self._stale[symbol] = since

    def came_back(self, symbol: str) -> None:
        """Take it that a symbol delivers again."""
        self._stale.pop(symbol, None)

    def decide(self, fact: BoundaryComplete, now: Millis) -> Sequence[Message]:
        """Ask the strategy, and return what it says that is new; the flat wishes of all members if it raises."""
        kept, self._rows = self._rows, {}
        known = ((symbol, kept.get(symbol)) for symbol in self.members)
        rows = {symbol: row for symbol, row in known if row is not None and row.close_time == fact.close_time}
        if not rows or self.faulted:
            return ()
        try:
            wishes = self._wishes(rows)
        except Exception as error:  # noqa: BLE001  a user's strategy may raise anything; it must not take the lane down
            return [said for one in self.members.values() for said in one.switched_off(error, __file__)]
        refusal = next((no for wish in wishes if (no := self._refusal(wish, rows, now)) is not None), None)
        barred = refusal is not None or any(row.backfilled for row in rows.values())
        return [*self._told(refusal), *self._said(wishes, barred=barred)]

    def indifferent(self, stretch: Stretch) -> int:
        """Return how many of the rows that come next the strategy sleeps over."""
        if self._sleeping is None:
            return 0
        return min(stretch.rows, bisect_left(stretch.closes_on, self._sleeping.asleep_until()))

    def pass_over(self) -> None:
        """Take the next boundaries as gone."""
        self._rows = {}

    def snapshot(self) -> SectionState:
        """Return all that is remembered beside what there is on every symbol."""
        return SectionState(self.strategy.snapshot(), dict(self._rows), dict(self._stale), self._refused)

    def restore(self, state: SectionState) -> None:
        """Take back what ``snapshot`` gave."""
        self.strategy.restore(state.strategy)
        self._rows, self._stale, self._refused = dict(state.rows), dict(state.stale), state.refused

    def _wishes(self, rows: dict[str, FeatureRow]) -> list[Signal]:
        held = {symbol: one.position for symbol, one in self.members.items()}
        wishes: dict[str, Signal] = {}
        for wish in self.strategy.on_boundary(rows, held):
            symbol = getattr(wish, "symbol", "")
            if symbol in wishes or (symbol and symbol not in self.members):
                raise ValueError(f"expected one signal for each of {', '.join(self.members)}, found one for {symbol}")
            wishes[symbol] = checked(wish, symbol)
        return [wish for symbol, wish in wishes.items() if wish != self.members[symbol].last]

    def _refusal(self, wish: Signal, rows: dict[str, FeatureRow], now: Millis) -> Refusal | None:
        symbol = wish.symbol
        if not self._enters(wish):
            return None
        if symbol in self._stale:
            age_s = (now - self._stale[symbol]) / 1000
            return Refusal(self.name, symbol, STALE, age_s, 0.0, wish.reason)
        return None if symbol in rows else Refusal(self.name, symbol, NO_ROW, 0.0, 1.0, wish.reason)

    def _enters(self, wish: Signal) -> bool:
        one = self.members[wish.symbol]
        return without_entry(wish, one.position, one.last) != wish

    def _told(self, refusal: Refusal | None) -> Sequence[Message]:
        cause = f"{refusal.symbol} {refusal.rule}" if refusal is not None else ""
        new = refusal is not None and cause != self._refused
        self._refused = cause
        return (refusal,) if new and refusal is not None else ()

    def _said(self, wishes: Sequence[Signal], *, barred: bool) -> list[Message]:
        out: list[Message] = []
        for wish in sorted(wishes, key=self._enters):
            one = self.members[wish.symbol]
            out += one.said(without_entry(wish, one.position, one.last) if barred else wish)
        return out
