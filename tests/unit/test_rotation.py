"""Rotation: who is held after which comparison, with which stops, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from tests.told import shown

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO, exact
from finantrade.domain.units import HOUR
from finantrade.strategies import registry
from finantrade.strategies.factory import Post, by_boundary, make
from finantrade.strategies.protocol import BoundaryStrategy, Sleeping


class Rotating:
    """A rotation over A, B and C before boundaries by the hour; what is wished is held at once."""

    def __init__(self, **params: object) -> None:
        together = by_boundary(registry.get("rotation"))
        assert together is not None
        strategy = make(together, Post(("A", "B", "C"), {}), params, "strategies[0]")
        assert isinstance(strategy, BoundaryStrategy)
        self.strategy = strategy
        self.held = dict.fromkeys("ABC", 0.0)

    def at(self, hour: int, values: Mapping[str, Sequence[float]]) -> str:
        """Return the wishes after a boundary: ``A+1 B+0``."""
        rows = {
            symbol: FeatureRow(symbol, hour * HOUR - 1, "schema", tuple(map(float, one)), ready=True)
            for symbol, one in values.items()
        }
        held = {symbol: Position("s", symbol, exact(qty), ZERO, ZERO) for symbol, qty in self.held.items()}
        wishes = self.strategy.on_boundary(rows, held)
        self.held |= {wish.symbol: wish.target for wish in wishes}
        return " ".join(f"{wish.symbol}{shown(wish)}" for wish in wishes)


def returns(*values: float) -> dict[str, tuple[float]]:
    return {symbol: (value,) for symbol, value in zip("ABC", values, strict=False)}


def test_rotation_holds_the_strongest_from_comparison_to_comparison() -> None:
    table = Rotating(rebalance_h=4)
    assert table.strategy.features() == ("roc_672",)
    assert table.at(3, returns(9, 1, 1)) == ""
    assert table.at(4, returns(3, 5, 5)) == "A+0 B+1 C+0"
    assert [table.at(hour, returns(9, 1, 1)) for hour in (5, 6, 7)] == ["", "", ""]
    assert table.at(8, returns(9, 1, 1)) == "A+1 B+0 C+0"
    assert table.at(12, returns(-1, 0, -3)) == "A+0 B+0 C+0"
    # A comparison that was missed is made up for at the first boundary there is.
    assert table.at(18, returns(1, 2, 3)) == "A+0 B+0 C+1"
    assert table.at(19, returns(3, 2, 1)) == ""
    assert table.at(20, returns(3, 2, 1)) == "A+1 B+0 C+0"


def test_rotation_takes_as_many_of_each_side_as_are_asked_for_and_deserve_it() -> None:
    table = Rotating(rebalance_h=1, longs=2, shorts=1, least_return_pct=2.0)
    assert table.at(1, returns(5, 3, -1)) == "A+1 B+1 C+0"
    assert table.at(2, returns(5, 1, -3)) == "A+1 B+0 C-1"
    assert table.at(3, returns(-5, 1, -3)) == "A-1 B+0 C+0"
    # All are strong: the two first by name of those that are equal.
    assert table.at(4, returns(3, 3, 3)) == "A+1 B+1 C+0"


def test_rotation_leaves_the_newest_bars_out() -> None:
    table = Rotating(rebalance_h=1, momentum_bars=48, skip_bars=4)
    assert table.strategy.features() == ("roc_48", "roc_4")
    # A rose by 10 %, all of it in the last bars; B by 5 % before, and by a little since.
    assert table.at(1, {"A": (10, 10), "B": (6, 1), "C": (-5, -5)}) == "A+0 B+1 C+0"


def test_rotation_sets_stops_when_a_symbol_comes_in_and_keeps_them() -> None:
    table = Rotating(rebalance_h=1, stop_atr=2.0, shorts=1)
    assert table.strategy.features() == ("roc_672", "close", "atr_48")
    first = {"A": (5, 100, 3), "B": (1, 50, 1), "C": (-5, 20, 1)}
    assert table.at(1, first) == "A+1 94/ B+0 C-1 22/"
    later = {"A": (5, 120, 4), "B": (1, 50, 1), "C": (-5, 18, 1)}
    assert table.at(2, later) == "A+1 94/ B+0 C-1 22/"
    table.held["A"] = 0.0
    assert table.at(3, later) == "A+1 112/ B+0 C-1 22/"
    assert table.at(4, {"A": (5, 10, 5), "B": (6, 10, 5), "C": (9, 10, 4)}) == "A+0 B+0 C+1 2/"
    assert table.at(5, {"A": (5, 10, 5), "B": (16, 10, 5), "C": (-9, 10, 4)}) == "A+0 B+0 C-1 18/"


def test_rotation_waits_for_those_it_holds_and_for_no_others() -> None:
    table = Rotating(rebalance_h=4)
    assert table.at(4, returns(5, 1)) == "A+1 B+0"
    absent = {"B": (9.0,), "C": (1.0,)}
    assert table.at(8, absent) == ""
    assert table.at(9, absent) == ""
    assert table.at(10, {"A": (5.0,), "C": (9.0,)}) == "A+0 C+1"
    assert table.at(11, returns(9, 9, 1)) == ""


def test_rotation_sleeps_until_its_next_comparison() -> None:
    table = Rotating(rebalance_h=4)
    assert isinstance(table.strategy, Sleeping)
    assert table.strategy.asleep_until() <= 0
    for hour, until in ((3, 4), (4, 8), (5, 8), (8, 12)):
        table.at(hour, returns(1, 2, 3))
        assert table.strategy.asleep_until() == until * HOUR - 1


def test_rotation_goes_on_from_its_bytes() -> None:
    rows = [returns(hour % 5 - 1, hour % 3, hour % 7 - 2) for hour in range(40)]
    whole = Rotating(rebalance_h=3, shorts=1)
    expected = [whole.at(hour, one) for hour, one in enumerate(rows, 1)]
    assert len(set(expected)) > 4
    for cut in range(40):
        before, after = Rotating(rebalance_h=3, shorts=1), Rotating(rebalance_h=3, shorts=1)
        for hour, one in enumerate(rows[:cut], 1):
            before.at(hour, one)
        after.strategy.restore(before.strategy.snapshot())
        assert after.strategy.snapshot() == before.strategy.snapshot()
        after.held = before.held
        assert [after.at(hour, one) for hour, one in enumerate(rows[cut:], cut + 1)] == expected[cut:]


def test_rotation_needs_as_many_symbols_as_it_holds() -> None:
    with pytest.raises(ValueError, match=r"^expected at least as many symbols as are held, found 3 for longs=3 and sh"):
        Rotating(longs=3, shorts=1)
