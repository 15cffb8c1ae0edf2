"""The jumping runner equals the full walk to the byte: decisions, marks, and what every actor remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.markets import candles, config

from finantrade.backtesting import Result, backtest
from finantrade.config import Config, ExecutionConfig, OnExcess, RiskConfig, SizingConfig, SizingMethod, StrategyConfig
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.market.candles import Candles
from finantrade.runtime import jump

SYMBOLS = ("AAA", "BBB", "CCC")


def ema_cross(symbol: str, params: Mapping[str, object]) -> StrategyConfig:
    return StrategyConfig(name="ema_cross", symbols=(symbol,), params=dict(params))


LENGTHS = ((2, 5), (3, 12))
"""Few, for each pair is a kernel to compile."""


class Market(msgspec.Struct, frozen=True):
    symbol: str
    seed: int
    holes: tuple[int, ...]
    params: dict[str, object]

    def candles(self, bars: int) -> Candles:
        missing = {at + i for at in self.holes for i in range(at % 5 + 1) if 0 < at + i < bars - 1}
        return candles(self.symbol, self.seed, bars, missing)


class Case(msgspec.Struct, frozen=True):
    bars: int
    markets: tuple[Market, ...]
    risk: RiskConfig
    latency_ms: int
    deadline_ms: int
    late_ms: int

    def config(self) -> Config:
        symbols = tuple(one.symbol for one in self.markets)
        return config(
            symbols=symbols,
            instruments=dict.fromkeys(symbols, config().instruments["AAA"]),
            strategies=tuple(ema_cross(one.symbol, one.params) for one in self.markets),
            risk=self.risk,
            execution=ExecutionConfig(latency_ms=self.latency_ms),
            boundary_deadline_ms=self.deadline_ms,
            feed=msgspec.structs.replace(config().feed, latency_ms=self.late_ms),
        )


RANGES = st.sampled_from([None, 0.5, 2.0, 6.0])
PARAMS = st.builds(
    lambda lengths, **rest: {"fast": lengths[0], "slow": lengths[1], "atr": 3, **rest},
    st.sampled_from(LENGTHS),
    stop_atr=RANGES,
    take_profit_atr=RANGES,
    allow_short=st.booleans(),
)
RISKS = st.builds(
    RiskConfig,
    sizing=st.sampled_from(
        [
            SizingConfig(method=SizingMethod.FIXED_QTY, value=5.0),
            SizingConfig(method=SizingMethod.EQUITY_FRACTION, value=0.7),
            SizingConfig(method=SizingMethod.STOP_DISTANCE, value=0.02),
        ]
    ),
    max_leverage=st.sampled_from([1.0, 3.0]),
    on_excess=st.just(OnExcess.REDUCE),
    daily_loss=st.sampled_from([None, 0.002, 0.01, 0.05]),
    daily_loss_flatten=st.booleans(),
    reenter=st.booleans(),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    holes = st.lists(st.integers(1, 300), max_size=3).map(tuple)
    symbols = SYMBOLS[: draw(st.integers(1, 3))]
    return Case(
        bars=draw(st.integers(30, 400)),
        markets=tuple(Market(one, draw(st.integers(0, 99)), draw(holes), draw(PARAMS)) for one in symbols),
        risk=draw(RISKS),
        latency_ms=draw(st.sampled_from([0, 5_000, 40 * MINUTE])),
        deadline_ms=draw(st.sampled_from([2_000, 0, 31 * MINUTE])),
        late_ms=draw(st.sampled_from([0, 250])),
    )


def both(settings_: Config, data: Sequence[Candles]) -> tuple[Result, Result]:
    return backtest(settings_, candles=data, jump=False), backtest(settings_, candles=data)


def assert_equal(walked: Result, jumped: Result) -> None:
    assert jumped.record.decisions == walked.record.decisions
    assert jumped.head == walked.head
    assert jumped.record.times == walked.record.times
    assert jumped.record.equity.tobytes() == walked.record.equity.tobytes()
    before, after = walked.core.engine.state(), jumped.core.engine.state()
    for name, state in before.actors.items():
        assert after.actors[name] == state, name
    assert after == before


@given(cases())
def test_passing_over_rows_changes_nothing(case: Case) -> None:
    assert_equal(*both(case.config(), [one.candles(case.bars) for one in case.markets]))


@pytest.mark.parametrize("timeframe", [15 * MINUTE, 4 * HOUR, DAY])
def test_rows_really_are_passed_over(timeframe: int, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[int] = []
    honest = jump._pass_over  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(
        jump, "_pass_over", lambda core, stretch, record: (passed.append(stretch.rows), honest(core, stretch, record))
    )
    data = [candles("AAA", 3, 2_000)]
    settings_ = config(symbols=("AAA",), strategies=(ema_cross("AAA", {"fast": 10, "slow": 40}),))
    assert_equal(*both(settings_, data))
    assert sum(passed) > 1_500
