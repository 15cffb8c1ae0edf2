"""The recipes of the documentation: bar by bar, from their bytes, and in sessions that keep what they promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.markets import START, candles, config
from tests.told import shown

from finantrade.backtesting import Result, backtest
from finantrade.config import RiskConfig, SizingConfig, SizingMethod, StrategyConfig
from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO
from finantrade.domain.units import MINUTE
from finantrade.edges.strategy_conformance import shortcomings
from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.factory import Post, make
from finantrade.strategies.protocol import BoundaryStrategy, Strategy

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FILES = {
    "RoiTable": "recipes.py",
    "TrailingOffset": "recipes.py",
    "PositionAdjustment": "recipes.py",
    "PairLock": "recipes.py",
    "TrendDip": "from_freqtrade.py",
}
Bar = tuple[Sequence[float], float | None]
"""The values of a row, and at which average price something is held, if anything is."""


def made(name: str, **params: object) -> Strategy:
    cls = load_strategy(name, str(EXAMPLES / FILES[name]))
    assert shortcomings(cls) == []
    strategy = make(cls, Post(("BTC",), {"BTC": {}}), params, "strategies[0]")
    assert not isinstance(strategy, BoundaryStrategy)
    return strategy


def said(strategy: Strategy, bars: Sequence[Bar]) -> list[str]:
    out: list[str] = []
    for values, held in bars:
        qty = Decimal(1) if held else ZERO
        position = Position("s", "BTC", qty, Decimal(str(held or 0)), ZERO)
        wish = strategy.on_row(FeatureRow("BTC", 0, "", tuple(map(float, values)), ready=True), position)
        out.append(shown(wish) if wish else "")
    return out


CASES: dict[str, tuple[str, dict[str, Any], Sequence[Bar], list[str]]] = {
    "less is enough the longer it takes": (
        "RoiTable",
        {"stop": 0.1, "roi": [[0, 0.2], [2, 0.1], [3, 0.0]]},
        [((100, 40), None), ((100, 29), None), ((101, 50), 110), ((99, 20), 110), ((99, 50), 110), ((99, 50), 110)],
        ["+0", "+1 90/120", "+1 99/132", "+1 99/121", "+1 99/110", "+1 99/110"],
    ),
    "after a closing, one bar of rest": (
        "RoiTable",
        {"stop": 0.1, "roi": [[0, 0.2]]},
        [((100, 29), None), ((101, 50), 100), ((90, 20), None), ((90, 20), None)],
        ["+1 90/120", "+1 90/120", "+0", "+1 81/108"],
    ),
    "the stop trails from the offset on, and never falls": (
        "TrailingOffset",
        {"stop": 0.1, "trail": 0.05, "offset": 0.1},
        [
            ((100, 101, 29), None),
            ((108, 109, 50), 100),
            ((109, 112, 50), 100),
            ((118, 120, 50), 100),
            ((115, 119, 50), 100),
            ((113, 115, 20), None),
            ((113, 115, 20), None),
        ],
        ["+1 90/", "+1 90/", "+1 106.4/", "+1 114/", "+1 114/", "+0", "+1 101.7/"],
    ),
    "more is bought where it has fallen, the profit goes by the average": (
        "PositionAdjustment",
        {"parts": 2, "step": 0.1, "gain": 0.1, "stop": 0.5},
        [((100, 29), None), ((95, 20), 100), ((90, 20), 100), ((90, 20), 95), ((70, 20), 95), ((104, 60), None)],
        ["+0.5 50/110", "+0.5 50/110", "+1 50/110", "+1 50/104.5", "+1 50/104.5", "+0"],
    ),
    "it rests after a stop, and longer after several": (
        "PairLock",
        {"stop": 0.1, "rest_bars": 2, "stops": 2, "window_bars": 10, "lock_bars": 4, "exit": 60.0},
        [
            ((100, 20), None),
            ((95, 20), 100),
            ((89, 20), None),
            ((89, 20), None),
            ((90, 20), None),
            ((90, 20), None),
            ((85, 20), 90),
            ((80, 20), None),
            ((80, 20), None),
            ((80, 20), None),
            ((80, 20), None),
            ((80, 20), None),
            ((80, 20), None),
            ((90, 61), 80),
            ((90, 20), None),
        ],
        ["+1 90/", "+1 90/", *["+0"] * 2, "+0", "+1 81/", "+1 81/", *["+0"] * 5, "+1 72/", "+0", "+1 81/"],
    ),
    "freqtrade's: crosses, table by minutes, exit signal": (
        "TrendDip",
        {"minimal_roi": [[0, 0.1], [60, 0.05]], "stoploss": -0.1},
        [
            ((100, 29, 90, 1), None),
            ((100, 31, 90, 1), None),
            ((100, 60, 90, 1), 100),
            ((100, 60, 90, 1), 100),
            ((100, 71, 90, 1), 100),
            ((100, 71, 90, 1), None),
            ((100, 29, 90, 1), None),
            ((100, 31, 110, 1), None),
            ((100, 30, 90, 1), None),
            ((100, 31, 90, 0), None),
        ],
        ["+0", "+1 90/110", "+1 90/110", "+1 90/105", "+0", "+0", "+0", "+0", "+0", "+0"],
    ),
}


@pytest.mark.parametrize(("name", "params", "bars", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_wished_bar_by_bar(name: str, params: dict[str, Any], bars: Sequence[Bar], expected: list[str]) -> None:
    assert said(made(name, **params), bars) == expected
    for cut in range(len(bars)):
        before, after = made(name, **params), made(name, **params)
        said(before, bars[:cut])
        after.restore(before.snapshot())
        assert said(after, bars[cut:]) == expected[cut:]


def session(name: str, sizing: Mapping[str, Any], **params: object) -> Result:
    """Run a recipe over a market, without costs."""
    base = config()
    return backtest(
        config(
            symbols=("AAA",),
            strategies=(StrategyConfig(name=name, file=str(EXAMPLES / FILES[name]), params=dict(params)),),
            risk=RiskConfig(sizing=SizingConfig(**sizing)),
            execution=type(base.execution)(maker_fee_bps=0, taker_fee_bps=0, slippage_bps=0),
        ),
        candles=[candles("AAA", 5, 1_500)],
    )


ONE = {"method": SizingMethod.FIXED_QTY, "value": 3.0}


def test_the_table_takes_less_profit_later() -> None:
    table = [[0, 0.03], [6, 0.01]]
    trades = [one for one in session("RoiTable", ONE, dip=45.0, stop=0.2, roi=table).trades if not one.is_open]
    gains: dict[bool, list[float]] = {False: [], True: []}
    for one in trades:
        assert one.close_time is not None and one.close_rate is not None  # noqa: PT018
        late = one.close_time - one.open_time >= 6 * 30 * MINUTE
        if one.exit_reason == "take_profit":
            gains[late].append(float(one.close_rate / one.open_rate) - 1)
    assert len(gains[False]) > 3
    assert min(gains[False]) == pytest.approx(0.03, abs=1e-3)
    assert min(gains[True]) == pytest.approx(0.01, abs=1e-3)


def test_the_stop_locks_in_a_gain() -> None:
    trades = [one for one in session("TrailingOffset", ONE, dip=40.0).trades if not one.is_open]
    assert {one.exit_reason for one in trades} == {"stop_loss"}
    assert min(one.profit_abs for one in trades) < 0 < max(one.profit_abs for one in trades)


def test_the_parts_add_up_to_the_whole() -> None:
    found = session("PositionAdjustment", ONE, dip=40.0)
    bought = [fill.qty for fill in found.fills if fill.reason.startswith("part")]
    assert {float(qty) for qty in bought} == {1.0}
    assert {float(trade.amount) for trade in found.trades} >= {1.0, 2.0, 3.0}


def test_no_entry_is_made_while_a_symbol_is_locked() -> None:
    trades = [one for one in session("PairLock", ONE, dip=45.0, rest_bars=20).trades if not one.is_open]
    stopped = [(one.close_time, later.open_time) for one, later in pairwise(trades)
               if one.exit_reason == "stop_loss"]  # fmt: skip
    assert len(stopped) > 3
    assert all(later - (at or START) >= 20 * 30 * MINUTE for at, later in stopped)
