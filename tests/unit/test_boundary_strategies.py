"""Strategies that judge several symbols together: what they are shown, what is refused, what they go on from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import msgspec
import pytest

from finantrade.actors.strategist import StrategistActor
from finantrade.domain.account import Position, StrategyFaulted
from finantrade.domain.market import BoundaryComplete, FeatureRow, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.money import ZERO, exact
from finantrade.domain.orders import Fill, Liquidity, Refusal, Role, Side, Signal
from finantrade.edges.strategy_conformance import shortcomings
from finantrade.strategies.factory import Post, make, posts
from finantrade.strategies.params import ParamsError
from finantrade.strategies.section import Section

MEMBERS = ("A", "B", "C")
Rows = Mapping[str, FeatureRow]
Portfolio = Mapping[str, Position]
Script = Callable[[Rows, Portfolio], Sequence[Signal]]


class NoParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Together:
    """Says what its script says, and notes the symbols of which it was shown rows."""

    Params: ClassVar[type[msgspec.Struct]] = NoParams

    def __init__(self, symbols: tuple[str, ...], params: NoParams) -> None:
        self.symbols = symbols
        self.script: Script = lambda rows, portfolio: ()
        self.shown: list[str] = []

    def features(self) -> tuple[str, ...]:
        return ("close",)

    def on_boundary(self, rows: Rows, portfolio: Portfolio, /) -> Sequence[Signal]:
        assert tuple(portfolio) == self.symbols
        self.shown.append("".join(rows))
        return self.script(rows, portfolio)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.shown)

    def restore(self, state: bytes, /) -> None:
        self.shown = msgspec.msgpack.decode(state, type=list[str])


class Table:
    """The actor before rows and boundaries numbered in seconds."""

    def __init__(self, script: Script) -> None:
        self.strategy = Together(MEMBERS, NoParams())
        self.strategy.script = script
        self.actor = StrategistActor(dict.fromkeys(MEMBERS, ("s", self.strategy)))
        self.handlers = self.actor.handlers()

    def tell(self, message: Message, now: int = 0) -> Sequence[Message]:
        return self.handlers[type(message)](message, now)

    def row(self, symbol: str, at: int, *, ready: bool = True, backfilled: bool = False) -> None:
        assert not self.tell(FeatureRow(symbol, at * 1000, "schema", (1.0,), ready, backfilled))

    def boundary(self, at: int, symbols: str = "ABC", *, backfilled: bool = False) -> list[Message]:
        for symbol in symbols:
            self.row(symbol, at, backfilled=backfilled)
        missing = tuple(one for one in MEMBERS if one not in symbols)
        return list(self.tell(BoundaryComplete(at * 1000, missing), at * 1000))

    def hold(self, symbol: str, qty: int) -> None:
        self.tell(Position("s", symbol, exact(qty), ZERO, ZERO))


def wish(symbol: str, target: float, stop: float | None = None) -> Signal:
    return Signal(symbol, target, stop)


def told(symbol: str, target: float, stop: float | None = None) -> Signal:
    return Signal(symbol, target, stop, strategy="s")


def say(*wishes: Signal) -> Script:
    return lambda rows, portfolio: wishes


def test_it_is_shown_the_ready_rows_of_the_boundary_in_order_of_symbol() -> None:
    table = Table(say())
    for symbol, ready in (("C", True), ("A", True), ("B", False)):
        table.row(symbol, 1, ready=ready)
    assert table.boundary(1, "") == []
    assert table.boundary(2) == []
    table.row("B", 2)  # late: its boundary has gone
    assert table.boundary(3, "A") == []
    assert table.boundary(4, "") == []
    assert table.strategy.shown == ["AC", "ABC", "A"]


def test_only_what_is_new_is_said() -> None:
    table = Table(say(wish("A", 1.0), wish("B", 0.0)))
    assert table.boundary(1) == [told("B", 0.0), told("A", 1.0)]
    assert table.boundary(2) == []
    table.strategy.script = say(wish("A", 0.5))
    assert table.boundary(3) == [told("A", 0.5)]


def test_what_closes_comes_before_what_enters() -> None:
    table = Table(say(wish("C", 1.0)))
    table.boundary(1)
    table.hold("C", 2)
    table.strategy.script = say(wish("A", 1.0), wish("B", 0.0), wish("C", 0.0))
    assert table.boundary(2) == [told("B", 0.0), told("C", 0.0), told("A", 1.0)]


def test_after_a_protective_exit_the_same_wish_is_said_again() -> None:
    table = Table(say(wish("A", 1.0)))
    table.boundary(1)
    one = exact(1)
    table.tell(Fill("f", "o", "s", "A", Side.SELL, one, one, ZERO, Role.STOP, Liquidity.TAKER, "stop_loss", 0))
    assert table.boundary(2) == [told("A", 1.0)]


STALE = Refusal("s", "B", "stale_data", 2.0, 0.0)
MISSING = Refusal("s", "B", "no_row", 0.0, 1.0)


def test_a_stale_member_has_the_entries_of_all_refused_and_no_exit() -> None:
    table = Table(say(wish("C", 1.0)))
    table.boundary(1)
    table.hold("C", 2)
    table.strategy.script = say(wish("A", 1.0), wish("B", 1.0), wish("C", 0.0))
    table.tell(FeedStale("B", 0))
    assert table.boundary(2, "AC") == [STALE, told("C", 0.0)]
    assert table.boundary(3, "AC") == []
    table.tell(FeedRestored("B"))
    assert table.boundary(4) == [told("A", 1.0), told("B", 1.0)]


def test_a_stale_member_that_is_not_traded_bars_nothing() -> None:
    table = Table(say(wish("B", 1.0)))
    table.boundary(1)
    table.hold("B", 1)
    table.tell(FeedStale("B", 0))
    table.strategy.script = say(wish("A", 1.0), wish("B", 1.0))
    assert table.boundary(2, "AC") == [told("A", 1.0)]


def test_a_member_without_a_row_has_the_entries_of_all_refused() -> None:
    table = Table(say(wish("A", 1.0), wish("B", 1.0)))
    assert table.boundary(1, "AC") == [MISSING]
    table.row("B", 2, ready=False)
    assert table.boundary(2, "AC") == []
    assert table.boundary(3) == [told("A", 1.0), told("B", 1.0)]
    # Asked anew after it had passed, it is said anew.
    table.strategy.script = say(wish("A", 0.0), wish("B", 0.0))
    table.boundary(4)
    table.strategy.script = say(wish("B", 1.0))
    assert table.boundary(5, "A") == [MISSING]


def test_on_back_filled_rows_nothing_is_entered() -> None:
    table = Table(say(wish("C", 1.0, 5.0)))
    table.boundary(1)
    table.hold("C", 2)
    table.strategy.script = say(wish("A", 1.0), wish("C", -1.0))
    assert table.boundary(2, backfilled=True) == [told("C", 0.0)]
    assert table.boundary(3) == [told("A", 1.0), told("C", -1.0)]


def raising(rows: Rows, portfolio: Portfolio) -> Sequence[Signal]:
    raise RuntimeError("broken at 0x7f00ff")


FAULTS: dict[str, tuple[Script, str]] = {
    "raises": (raising, "RuntimeError: broken at 0x..."),
    "not a signal": (lambda rows, portfolio: ["A"], "TypeError: expected a Signal or None, found str"),  # pyright: ignore[reportReturnType]
    "a symbol twice": (
        say(wish("A", 1.0), wish("A", 0.0)),
        "ValueError: expected one signal for each of A, B, C, found one for A",
    ),
    "not its symbol": (say(wish("Z", 1.0)), "ValueError: expected one signal for each of A, B, C, found one for Z"),
    "too large": (say(wish("A", 2.0)), "ValueError: expected a target in [-1, 1], found 2.0"),
}


@pytest.mark.parametrize(("script", "error"), FAULTS.values(), ids=FAULTS.keys())
def test_what_raises_is_switched_off_on_all_its_symbols(script: Script, error: str) -> None:
    table = Table(script)
    said = table.boundary(1)
    flat = [Signal(symbol, 0.0, reason="fault", strategy="s") for symbol in MEMBERS]
    assert said[1::2] == flat
    faults = [one for one in said if isinstance(one, StrategyFaulted)]
    assert [(one.symbol, one.error) for one in faults] == [(symbol, error) for symbol in MEMBERS]
    here = "test_boundary_strategies.py:" if script is raising else ""
    assert all(one.where.startswith(here) and bool(one.where) == bool(here) for one in faults)
    assert table.boundary(2) == []
    assert table.actor.switched_off == tuple(("s", symbol) for symbol in MEMBERS)


def test_it_goes_on_from_its_bytes() -> None:
    script = say(wish("A", 1.0), wish("B", 1.0))
    before = Table(script)
    before.tell(FeedStale("B", 0))
    before.boundary(1, "AC")
    before.hold("A", 3)
    before.row("A", 2)
    state = before.actor.snapshot()
    after = Table(script)
    after.actor.restore(state)
    assert after.actor.snapshot() == state
    for table in (before, after):
        assert table.boundary(2, "C") == []
        table.tell(FeedRestored("B"))
        assert table.boundary(3) == [told("A", 1.0), told("B", 1.0)]
    assert after.strategy.shown == before.strategy.shown == ["AC", "AC", "ABC"]


def test_rows_of_boundaries_that_are_passed_over_are_forgotten() -> None:
    section = Section("s", MEMBERS, Together(MEMBERS, NoParams()))
    section.take_row(FeatureRow("B", 1_000, "schema", (1.0,), ready=True))
    assert list(section.snapshot().rows) == ["B"]
    section.pass_over()
    assert section.snapshot().rows == {}


def test_one_instance_trades_all_its_symbols() -> None:
    (post,) = posts(Together, ("B", "A"), {})
    assert post == Post(("A", "B"), {})
    strategy = make(Together, post, {}, "strategies[0]")
    assert isinstance(strategy, Together)
    assert strategy.symbols == ("A", "B")


def test_parameters_of_one_symbol_are_refused() -> None:
    with pytest.raises(ParamsError, match=r"^strategies\[0\]\.per_symbol: expected nothing: one instance trades all"):
        make(Together, Post(("A",), {"A": {"x": 1}}), {}, "strategies[0]")


def test_a_class_is_of_one_kind() -> None:
    assert shortcomings(Together) == []

    class Both(Together):
        def on_row(self, row: FeatureRow, position: Position, /) -> None: ...

    assert shortcomings(Both) == ["on_row and on_boundary: expected one of them, found both"]

    class Odd(Together):
        def on_boundary(self, rows: Rows, /) -> Sequence[Signal]: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    (found,) = shortcomings(Odd)
    assert found.startswith("on_boundary: expected on_boundary(self, rows, portfolio), found on_boundary(self, rows")
