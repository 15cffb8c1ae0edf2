"""Every shipped strategy before whole sessions: what is passed over changes nothing, and what comes later neither."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from tests.markets import START, candles, config

from finantrade.backtesting import Result, backtest
from finantrade.config import Config, StrategyConfig
from finantrade.domain.codec import encode
from finantrade.domain.units import MINUTE
from finantrade.market.candles import Candles
from finantrade.runtime.record import Record
from finantrade.strategies.registry import STRATEGIES

BARS, STEP = 700, 30 * MINUTE
SYMBOLS = ("AAA", "BBB", "CCC")
SHORT = {"allow_short": True}
CROSS = {"name": "ema_cross", "params": {"fast": 20, "slow": 50, "stop_atr": 3.0, **SHORT}}
CHANNEL = {"name": "trend", "params": {"entry_bars": 12, "exit_bars": 10, "trend_bars": None, "stop_atr": 1.0, **SHORT}}
PARAMS: Mapping[str, dict[str, Any]] = {
    "trend": {"entry_bars": 12, "exit_bars": 5, "trend_bars": 30, "trail_atr": 2.5, "stop_atr": 1.5, **SHORT},
    "reversion": {"bars": 10, "entry_deviations": 1.2, "rsi_bars": 5, "rsi_extreme": 45.0, "stop_atr": 2.0, **SHORT}
    | {"take_profit_at_mean": True, "adx_most": 60.0},
    "breakout": {"near_bars": 5, "range_bars": 20, "most_compression": 0.7, "volume_deviations": -1.0, "swing_side": 2}
    | {"reward": 2.0, **SHORT},
    "regime": {"volatility_bars": 8, "window_bars": 40, "mean_bars": 10, "entry_bars": 6, **SHORT}
    | {"entry_deviations": 1.0},
    "shock_reversal": {"bars": 20, "shock_deviations": 0.5, "volume_deviations": 0.2, "mean_bars": 10, **SHORT},
    "rotation": {"momentum_bars": 12, "rebalance_h": 6, "shorts": 1, "stop_atr": 1.0, "atr_bars": 5},
    "ensemble": {"members": [CROSS, CHANNEL], "enter_from": 0.5, "leave_below": 0.2, "stop_atr": 4.0, **SHORT},
}


def world(seed: int, bars: int = BARS) -> list[Candles]:
    """Return three symbols, two of them with holes, some longer than what features bear."""
    holes = {"AAA": (), "BBB": (90, 91, *range(300, 309)), "CCC": (91, 250, *range(300, 303))}
    return [candles(symbol, seed, bars, holes[symbol]) for symbol in SYMBOLS]


def settings(name: str) -> Config:
    base = config()
    return msgspec.structs.replace(
        base,
        symbols=SYMBOLS,
        instruments=dict.fromkeys(SYMBOLS, base.instruments["AAA"]),
        strategies=(StrategyConfig(name=name, params=PARAMS[name]),),
    )


def decisions(result: Result, until: int) -> list[tuple[int, bytes]]:
    return [(at, encode(message)) for at, message in result.record.decisions if at <= until]


@pytest.mark.parametrize("name", PARAMS)
def test_passing_over_rows_changes_nothing(
    name: str, seeds: Callable[[int, int], range], monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[int] = []
    honest = Record.on_stretch

    def on_stretch(self: Record, times: array[int], marks: array[float]) -> None:
        passed.append(len(times))
        honest(self, times, marks)

    monkeypatch.setattr(Record, "on_stretch", on_stretch)
    for seed in seeds(2, 40):
        walked = backtest(settings(name), candles=world(seed), jump=False)
        assert not passed
        jumped = backtest(settings(name), candles=world(seed))
        assert len(jumped.fills) > 10
        assert jumped.head == walked.head
        assert jumped.record.equity.tobytes() == walked.record.equity.tobytes()
        assert jumped.core.engine.state() == walked.core.engine.state()
        assert sum(passed) > 20
        passed.clear()


@pytest.mark.parametrize("name", PARAMS)
def test_what_comes_later_changes_no_decision(name: str, seeds: Callable[[int, int], range]) -> None:
    for seed in seeds(1, 20):
        whole = backtest(settings(name), candles=world(seed))
        for cut in (150, 305, 500):
            end = START + cut * STEP
            shorter = backtest(settings(name), candles=[one.between(0, end) for one in world(seed)])
            assert decisions(shorter, end - 1) == decisions(whole, end - 1)
            assert len(decisions(shorter, end - 1)) > cut // 50


def test_every_shipped_strategy_is_tried_here_or_beside() -> None:
    assert {*PARAMS, "rule", "ema_cross", "ml"} == set(STRATEGIES)
