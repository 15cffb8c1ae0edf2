"""Entries and exits written as conditions over features, without code.

===========  ========  ==================  =============================
target now   wanted    exit of that side   target then, and its reason
===========  ========  ==================  =============================
flat         long      either              +size, enter_long
flat         short     either              -size, enter_short
flat         neither   either              flat
long         short     either              -size, enter_short
long         long      no                  +size as before
long         neither   yes                 flat, exit_long
long         neither   no                  +size as before
short        long      either              +size, enter_long
short        short     no                  -size as before
short        neither   yes                 flat, exit_short
short        neither   no                  -size as before
===========  ========  ==================  =============================

1. Stop and take-profit are computed on the row of the entry and kept. An entry whose level has no value, or one at or
   below zero, is not made.
2. A target whose position was closed from outside (stop, take-profit, operator), or has not come two rows after it was
   said (refused), is withdrawn as soon as its entry is no longer wanted: flat, ``lapsed``. So the next entry is a fresh
   wish. If it is still wanted at such a closing, it is said once more with new levels, and risk decides.
"""

from __future__ import annotations

from decimal import Decimal
from math import inf, nan
from typing import Annotated, ClassVar, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.strategies.foresight import Occasions
from finantrade.strategies.rule_set import CONDITIONS, LEVELS, Condition, RuleSet, faults

PATIENCE = 2
"""Rows after which an entry that has brought no position counts as refused."""


class Names(Protocol):
    """Where features are found by name."""

    def resolve(self, wanted: str, /) -> object:
        """Return what has this name. Raises ValueError where nothing has."""
        ...


class RuleParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Expressions by what they decide; ``stop`` and ``take_profit`` give prices for longs, the others for shorts."""

    enter_long: Condition | None = None
    exit_long: Condition | None = None
    enter_short: Condition | None = None
    exit_short: Condition | None = None
    stop: str | None = None
    take_profit: str | None = None
    stop_short: str | None = None
    take_profit_short: str | None = None
    size: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0

    @staticmethod
    def resolve(name: str) -> object:
        """Return the feature of this name. Raises FeatureError where there is none."""
        # Imported here: the catalogue compiles kernels, which whoever only reads a configuration need not wait for.
        from finantrade.features.catalogue import resolve  # noqa: PLC0415

        return resolve(name)

    def __post_init__(self) -> None:
        if self.enter_long is None and self.enter_short is None:
            raise ValueError("expected enter_long, enter_short or both")
        wrong = list(faults(self.texts(), self.resolve))
        if wrong:
            raise ValueError("\n".join(wrong))
        if not self.compiled().program.names:
            raise ValueError("expected at least one feature in the rules, found none")

    def texts(self) -> dict[str, Condition]:
        """Return the expressions that are given, by what they decide."""
        found = ((name, getattr(self, name)) for name in (*CONDITIONS, *LEVELS))
        return {name: text for name, text in found if text is not None}

    def compiled(self) -> RuleSet:
        """Return the expressions as one program that remembers nothing yet."""
        return RuleSet(self.texts(), self.resolve)


class RuleState(msgspec.Struct):
    """What a rule strategy remembers between rows: its wish, and what the expressions look back on."""

    rows: int
    memory: list[float]
    signal: Signal | None
    age: int
    held: bool


class Rule:
    """Trades what its expressions say."""

    Params: ClassVar[type[msgspec.Struct]] = RuleParams

    __slots__ = ("_acts", "_age", "_held", "_levels", "_program", "_rules", "_side", "_signal", "_size", "_symbol")

    def __init__(self, symbol: str, params: RuleParams) -> None:
        self._symbol = symbol
        self._size = params.size
        self._rules = params.compiled()
        self._program = self._rules.program
        slots = self._rules.levels
        self._levels = {
            1: (slots.get("stop"), slots.get("take_profit")),
            -1: (slots.get("stop_short"), slots.get("take_profit_short")),
        }
        self._signal: Signal | None = None
        self._side = 0
        self._age = 0
        self._held = False
        self._acts: dict[int, Occasions] = {}

    @staticmethod
    def over(names: Names) -> type[Rule]:
        """Return the same strategy, whose expressions may name what is found there."""

        class OwnParams(RuleParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
            @staticmethod
            def resolve(name: str) -> object:
                return names.resolve(name)

        class OwnRule(Rule):
            Params = OwnParams
            __slots__ = ()

        return OwnRule

    def features(self) -> tuple[str, ...]:
        return self._program.names

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        results = self._program.step(row.values)
        enter_long, exit_long, enter_short, exit_short = self._rules.said(results)
        long = enter_long and not exit_long
        short = enter_short and not exit_short
        wanted = 0 if bool(long) == bool(short) else 1 if long else -1
        closed = self._closed(position.qty)
        entry = enter_long if wanted > 0 else enter_short
        if wanted and (closed or wanted != self._side) and self._enter(wanted, entry, results):
            return self._signal
        leaving = self._side and (exit_long if self._side > 0 else exit_short)
        if leaving:
            self._leave(leaving)
        elif closed or (self._overdue() and wanted != self._side):
            self._leave("lapsed")
        return self._signal

    def foresee(self, rows: NDArray[np.float64], /) -> None:
        columns = self._program.foresee(rows)
        enter_long, exit_long, enter_short, exit_short = self._rules.truths(columns, len(rows))
        long, short = enter_long & ~exit_long, enter_short & ~exit_short
        self._acts = {
            0: Occasions(long != short),
            1: Occasions(exit_long | (short & ~long)),
            -1: Occasions(exit_short | (long & ~short)),
        }

    def look_no_further(self) -> None:
        self._program.look_no_further()

    def indifferent(self, at: int, position: Position, wish: Signal | None, /) -> int:
        if wish is not self._signal or (self._side and not self._holds(position.qty)):
            return 0
        return self._acts[self._side].wait(at)

    def pass_over(self, rows: int, position: Position, /) -> None:
        self._program.pass_over(rows)
        if self._side:
            self._held = True
            self._age += rows

    def snapshot(self) -> bytes:
        # A NaN may carry a sign that depends on the machine; the bytes must not.
        memory = [value if value == value else nan for value in self._program.memory]  # noqa: PLR0124  true of NaN alone
        return msgspec.msgpack.encode(RuleState(self._program.rows, memory, self._signal, self._age, self._held))

    def restore(self, state: bytes, /) -> None:
        saved = msgspec.msgpack.decode(state, type=RuleState)
        self._program.restore(saved.memory, saved.rows)
        self._signal, self._age, self._held = saved.signal, saved.age, saved.held
        self._side = 0 if saved.signal is None else _sign(saved.signal.target)

    def _closed(self, qty: Decimal) -> bool:
        if not self._side:
            return False
        closed = self._held and not qty
        self._held = self._holds(qty)
        self._age += 1
        return closed

    def _holds(self, qty: Decimal) -> bool:
        return qty > 0 if self._side > 0 else qty < 0

    def _overdue(self) -> bool:
        return self._side != 0 and not self._held and self._age >= PATIENCE

    def _enter(self, side: int, tag: str, results: tuple[float, ...]) -> bool:
        stop, take_profit = (None if slot is None else results[slot] for slot in self._levels[side])
        if not all(level is None or 0 < level < inf for level in (stop, take_profit)):
            return False
        self._say(side, Signal(self._symbol, side * self._size, stop, take_profit, tag))
        return True

    def _leave(self, reason: str) -> None:
        self._say(0, Signal(self._symbol, 0.0, reason=reason))

    def _say(self, side: int, signal: Signal) -> None:
        self._side, self._signal = side, signal
        self._age, self._held = 0, False


def _sign(target: float) -> int:
    return (target > 0) - (target < 0)
