"""Rotation and ensemble live: a session, its verification and a backtest decide the same, to the byte."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.markets import config, market, play_whole

from finantrade.backtesting import backtest
from finantrade.config import RiskConfig, StrategyConfig
from finantrade.journal.store import Journal
from finantrade.runtime.verify import all_equal, verify

VOTERS: list[dict[str, Any]] = [
    {"name": "ema_cross", "params": {"fast": 3, "slow": 8, "stop_atr": 1.0}},
    {"name": "rule", "params": {"enter_long": "close > lag(close, 2)", "exit_long": "close < lag(close, 3)"}},
]
CONFIGS = {
    "rotation": config(
        strategies=(StrategyConfig(name="rotation", params={"momentum_bars": 5, "rebalance_h": 2, "shorts": 1}),),
        risk=RiskConfig(),
    ),
    "ensemble": config(strategies=(StrategyConfig(name="ensemble", params={"members": VOTERS, "stop_atr": 1.5}),)),
}


@pytest.mark.parametrize("name", CONFIGS)
async def test_a_session_decides_what_a_backtest_decides(state_dir: Path, name: str) -> None:
    chosen, store = CONFIGS[name], market(1)
    runner = await play_whole(state_dir, chosen, store)
    result = backtest(chosen, candles=tuple(store.values()))
    assert {fill.symbol for fill in result.fills} == {"AAA", "BBB"}
    assert runner.core.engine.chain.head.hex() == result.head
    assert runner.core.engine.snapshot() == result.core.engine.snapshot()
    with closing(Journal.open_readonly(state_dir)) as journal:
        assert all_equal(list(verify(journal)))
