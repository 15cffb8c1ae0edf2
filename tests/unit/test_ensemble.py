"""Ensembles: what the votes of members come to, and what is waited for after a stop."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from tests.told import made, told

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Signal
from finantrade.strategies.protocol import Strategy
from finantrade.strategies.voter import Voter


def rule(enter: str, leave: str, weight: float = 1.0, **params: object) -> dict[str, object]:
    return {"name": "rule", "weight": weight, "params": {"enter_long": enter, "exit_long": leave, **params}}


LEFT, RIGHT = rule("open > 0", "open < 0"), rule("high > 0", "high < 0")
SHORT = rule("low > 9", "low > 9", enter_short="low < 0", exit_short="low > 0", stop_short="close + 5")


def votes(*members: dict[str, object], **params: object) -> Strategy:
    return made("ensemble", members=list(members), **params)


def column(text: str) -> list[float]:
    return [{"+": 1.0, "-": -1.0, ".": 0.0}[one] for one in text]


class Watchful:
    """Keeps the rows that it is shown."""

    def __init__(self) -> None:
        self.rows: list[FeatureRow] = []

    def features(self) -> tuple[str, ...]:
        return ("open",)

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        self.rows.append(row)
        return None

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes, /) -> None:
        raise AssertionError(state)


def test_a_member_is_shown_all_of_its_row() -> None:
    member = Watchful()
    row = FeatureRow("BTC", 99, "schema", (1.0, 2.0), ready=True, backfilled=True, missing=("funding",))
    Voter("BTC", member, 1.0, [1]).see(row, 1.0)
    assert member.rows == [FeatureRow("BTC", 99, "schema", (2.0,), ready=True, backfilled=True, missing=("funding",))]


def test_an_ensemble_needs_what_its_members_need() -> None:
    found = votes(LEFT, rule("open > close", "ema_5 < close"), stop_atr=2.0)
    assert found.features() == ("close", "atr_14", "open", "ema_5")


@pytest.mark.parametrize(
    ("params", "left", "right", "expected"),
    [
        ({"enter_from": 1.0, "leave_below": 0.5}, "+..-.", ".+...", [".", "+1", ".", ".", "."]),
        ({"enter_from": 1.0, "leave_below": 1.0}, "+..-.", ".+...", [".", "+1", ".", "+0", "."]),
        ({"enter_from": 0.5, "leave_below": 0.25}, "+..-.", ".+..-", ["+1", ".", ".", ".", "+0"]),
    ],
)
def test_members_have_to_agree(params: dict[str, float], left: str, right: str, expected: list[str]) -> None:
    columns = {"close": [10.0] * 5, "open": column(left), "high": column(right)}
    held = [0.0, *[1.0] * 4] if expected[0] == "+1" else [0.0, 0.0, 1.0, 1.0, 1.0]
    assert told(votes(LEFT, RIGHT, **params), columns, held) == expected


def test_votes_count_by_weight_and_shorts_count_against() -> None:
    heavy = rule("open > 0", "open < 0", weight=3.0)
    columns = {"close": [10.0] * 4, "open": column(".+.-"), "low": column("--.."), "high": column("....")}
    found = told(votes(heavy, RIGHT, SHORT, enter_from=0.4, leave_below=0.0, allow_short=True), columns, [0, 0, 1, 1])
    # -1/5; (3 - 1)/5; the same; -1/5.
    assert found == [".", "+1", ".", "+0"]
    alone = told(
        votes(RIGHT, SHORT, enter_from=0.5, leave_below=0.0), {k: columns[k] for k in ("close", "low", "high")}
    )
    assert alone == ["."] * 4


def test_a_member_that_would_have_been_stopped_out_no_longer_votes() -> None:
    columns = {"close": [10.0, 14.9, 15.0, 10.0, 10.0, 10.0], "low": column("-....-")}
    found = told(votes(SHORT, enter_from=1.0, leave_below=1.0, allow_short=True), columns, [0, -1, -1, 0, 0, 0])
    # Hit on a close of 15. It lapses, so that its next entry is fresh.
    assert found == ["-1", ".", "+0", ".", ".", "-1"]


def test_after_its_own_stop_it_waits_for_the_votes_to_have_fallen() -> None:
    columns = {"close": [100.0] * 6, "atr_14": [3.0] * 6, "open": column("+...-+")}
    found = told(votes(LEFT, stop_atr=2.0), columns, [0, 1, 0, 0, 0, 0])
    assert found == ["+1 94/", ".", "+0", ".", ".", "+1 94/"]


def test_an_ensemble_goes_on_from_its_bytes() -> None:
    def fresh() -> Strategy:
        return votes(LEFT, RIGHT, SHORT, enter_from=0.3, leave_below=0.3, stop_atr=1.0, allow_short=True)

    rng = np.random.default_rng(5)
    names = [str(name) for name in fresh().features()]
    rows = rng.choice([-1.0, 0.0, 1.0], (80, len(names)), p=[0.2, 0.6, 0.2])
    rows[:, 0], rows[:, 1] = 100.0 + np.cumsum(rng.normal(0, 2, 80)), 3.0
    held = [float(one) for one in rng.integers(-1, 2, 80)]

    def walked(strategy: Strategy, first: int, last: int) -> list[Signal | None]:
        return [
            strategy.on_row(
                FeatureRow("BTC", at, "schema", tuple(rows[at].tolist()), ready=True),
                Position("s", "BTC", Decimal(held[at]), ZERO, ZERO),
            )
            for at in range(first, last)
        ]

    expected = walked(fresh(), 0, 80)
    assert {one.target for one in expected if one} == {-1.0, 0.0, 1.0}
    before = fresh()
    for at in range(80):
        after = fresh()
        after.restore(before.snapshot())
        assert after.snapshot() == before.snapshot()
        assert walked(after, at, 80) == expected[at:]
        walked(before, at, at + 1)
