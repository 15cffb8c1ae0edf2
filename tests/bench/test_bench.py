"""The benchmark's data and its work: what the generator makes, and that we come to what the plain loop comes to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.bench.cross import compared
from tests.bench.data import YEAR, make
from tests.bench.environments import HINT, Environment
from tests.bench.figures import Figure
from tests.bench.harness import Job, Outcome, Run
from tests.bench.indicators import compared as same_values
from tests.bench.oracle import Mode, trade
from tests.bench.ours.features import FULL
from tests.bench.ours.replay import RULE
from tests.bench.ours.settings import candles, settings
from tests.bench.rivals.twelve import NAMES
from tests.bench.setup import set_up
from tests.bench.table import Column, Table

from finantrade.backtesting import backtest
from finantrade.runtime.seats import seat_strategies

KNOWN = {
    Mode.NEXT_OPEN: (1_281, 9_967_826.57),
    Mode.CLOSE: (1_282, 9_967_805.76),
    Mode.SOLD_AT_END: (1_282, 9_967_969.90),
}


@pytest.fixture(scope="module")
def year() -> dict[str, Any]:
    return make(YEAR)


@pytest.mark.parametrize("mode", KNOWN)
def test_the_plain_loop_comes_to_the_known_outcome(year: dict[str, Any], mode: Mode) -> None:
    fills, equity = trade(year["o"].tolist(), year["c"].tolist(), mode)
    assert (fills, round(equity, 2)) == KNOWN[mode]


def test_we_come_to_what_the_plain_loop_comes_to(year: dict[str, Any]) -> None:
    result = backtest(settings(), candles=[candles(year)])
    assert (len(result.fills), round(result.final_equity, 2)) == KNOWN[Mode.NEXT_OPEN]


def test_the_rule_uses_every_feature_that_is_measured() -> None:
    _, strategy = seat_strategies(settings(RULE))["BTCUSDT"]
    assert set(strategy.features()) == {*FULL, "close"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"fills": 2, "equity": 10.004}, "equal"),
        ({"fills": 1, "equity": 10.0}, "DIFFERS: fills -1, equity +0.00"),
        ({"fills": 2, "equity": 8.5}, "DIFFERS: fills +0, equity -1.50"),
    ],
)
def test_a_difference_is_said(said: dict[str, Any], words: str) -> None:
    assert compared(said, 2, 10.0) == words


def test_values_that_differ_from_the_rivals_are_named() -> None:
    expected = [float(place) for place in range(len(NAMES))]
    assert same_values([None, *(one * (1 + 1e-12) for one in expected[1:])], expected) == "equal"
    assert same_values([1.0, *expected[1:-1], 18.0], expected) == "DIFFERS: sma 1 for 0, vwma 18 for 17"


@pytest.mark.parametrize(
    ("values", "most", "expected"),
    [
        ((3.0, 2.0), False, (2.0, 3.0, "≤ 2.5", True)),
        ((3.0, 2.0), True, (3.0, 2.0, "≥ 2.5", True)),
        ((2.0,), True, (2.0, 2.0, "≥ 2.5", False)),
    ],
)
def test_a_figure_is_the_best_of_its_rounds(values: Sequence[float], most: bool, expected: tuple[Any, ...]) -> None:
    outcome = Outcome(Job("job", ()), [Run({"field": value}, 1.0) for value in values])
    row = Figure("job", "field", "name", "ms", most=most, target=2.5).row(outcome)
    assert (row["best"], row["worst"], row["target"], row["met"]) == expected


def test_a_row_without_figures_says_why() -> None:
    outcome = Outcome(Job("job", ()), trouble="failed: exit code 1")
    table = Table("group", "title", (Column("figure", "figure"), Column("best", "best"), Column("trouble", "trouble")))
    table.rows.append(Figure("job", "field", "name", "ms").row(outcome))
    assert table.text().splitlines() == [
        "group: title",
        "",
        "  figure  trouble",
        "  ------  -------------------",
        "  name    failed: exit code 1",
    ]


def test_a_rival_that_cannot_be_built_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("environments", "setup"):
        monkeypatch.setattr(f"tests.bench.{module}.ENVIRONMENTS", tmp_path)
    rival = Environment("rival", ("nothing==0",), ("3.99",))
    assert rival.trouble() == HINT
    set_up(rival, fresh=False)
    assert rival.trouble() == "cannot be built: expected Python 3.99 with venv, found none here"
    assert not rival.home.exists()
