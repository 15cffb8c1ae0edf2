"""The jumping runner equals the full walk to the byte: decisions, marks, and what every actor remembers."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests import contexts
from tests.markets import START, candles, config

from finantrade.actors.ledger import LedgerActor
from finantrade.backtesting import Result, backtest
from finantrade.config import (
    BracketConfig,
    Config,
    Context,
    ExecutionConfig,
    FeeTierConfig,
    MarginConfig,
    MarginMode,
    OnExcess,
    RiskConfig,
    SizingConfig,
    SizingMethod,
    StrategyConfig,
    TiersConfig,
)
from finantrade.domain.context import FundingRate
from finantrade.domain.message import Message
from finantrade.domain.units import HOUR, MINUTE
from finantrade.engine.actor import Handler
from finantrade.market.candles import Candles
from finantrade.market.datasets import Dataset
from finantrade.market.table import Table
from finantrade.runtime.record import Record

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "my_strategy.py"
SYMBOLS = ("AAA", "BBB", "CCC")


LENGTHS = ((2, 5), (3, 12))
"""Few, for each pair is a kernel to compile."""


class Market(msgspec.Struct, frozen=True):
    symbol: str
    seed: int
    holes: tuple[int, ...]
    strategy: str
    params: dict[str, Any]

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
    margin: MarginConfig | None
    execution: ExecutionConfig
    context: tuple[int, ...]
    """Which series come beside the bars; all of one seed and step."""
    context_seed: int
    context_step: int

    def data(self) -> Dataset:
        symbols = [one.symbol for one in self.markets]
        end = START + (self.bars + 40) * 30 * MINUTE
        tables = contexts.tables_of(symbols, START - 16 * HOUR, end, self.context_seed, self.context_step)
        kept = [tables[number % len(tables)] for number in self.context]
        return contexts.dataset(
            [one.candles(self.bars) for one in self.markets], {id(one): one for one in kept}.values()
        )

    def config(self) -> Config:
        symbols = tuple(one.symbol for one in self.markets)
        return config(
            symbols=symbols,
            instruments=dict.fromkeys(symbols, config().instruments["AAA"]),
            strategies=tuple(
                StrategyConfig(name=one.strategy, symbols=(one.symbol,), params=one.params) for one in self.markets
            ),
            risk=self.risk,
            execution=msgspec.structs.replace(self.execution, latency_ms=self.latency_ms, margin=self.margin),
            boundary_deadline_ms=self.deadline_ms,
            feed=msgspec.structs.replace(config().feed, latency_ms=self.late_ms, context=tuple(Context)),
        )


RANGES = st.sampled_from([None, 0.5, 2.0, 6.0])


@st.composite
def crosses(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    fast, slow = draw(st.sampled_from(LENGTHS))
    params = {"fast": fast, "slow": slow, "atr": 3, "allow_short": draw(st.booleans())}
    return "ema_cross", {**params, "stop_atr": draw(RANGES), "take_profit_atr": draw(RANGES)}


CONDITIONS = st.sampled_from(
    [
        "crosses_above(ema_2, ema_5)",
        "crosses_below(ema_2, ema_5) and not any_of(ema_2 > lag(ema_2, 3), 2)",
        "all_of(close > lag(close, 1), 3)",
        "any_of(close < ema_5, 4) and ema_2 >= ema_5",
        "close * 2 > ema_5 + ema_2",
        "max(close, lag(ema_2, 7)) / min(ema_5, ema_2) > 1.02",
        "abs(close - ema_5) < atr_3 / 4",
    ]
)
LEVELS = {"stop": "close - 2 * lag(atr_3, 2)", "take_profit": "close + 3 * atr_3", "stop_short": "close + atr_3"}


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    names = draw(st.sets(st.sampled_from(["exit_long", "enter_short", "exit_short"])))
    levels = draw(st.sets(st.sampled_from(sorted(LEVELS))))
    # All rules name the same features, so that one kernel serves them.
    every = "ema_2 + ema_5 + atr_3 + close > 0 and "
    conditions = {name: every + draw(CONDITIONS) for name in ("enter_long", *sorted(names))}
    return "rule", {**conditions, **{name: LEVELS[name] for name in sorted(levels)}}


BESIDE_BARS = (
    *("funding_rate", "funding_zscore_3", "settlement_hours", "oi_change_2", "oi_divergence_3", "premium"),
    *("taker_imbalance_zscore_3", "long_short_accounts", "liquidated_longs_2", "liquidated_shorts_zscore_3"),
    *(
        "cluster_above_distance",
        "cluster_below_weight",
        "sentiment_change_1",
        "funding_rate_2h",
        "liquidated_longs_1_1h",
    ),
)
# All rules name the same features, so that one kernel serves them.
EVERY = f"({' + '.join(BESIDE_BARS)} + ema_2 + ema_5 + atr_3 > 0 or close > 0) and "
EVENTFUL = st.sampled_from(
    [
        "liquidated_longs_2 > 1.5",
        "crosses_above(premium, 1.2) or any_of(taker_imbalance_zscore_3 > 1, 2)",
        "oi_change_2 > lag(oi_change_2, 1) and liquidated_shorts_zscore_3 <= 1",
        "funding_zscore_3 < 0.5 and settlement_hours > 2",
        "cluster_above_distance < 0.04 or cluster_below_weight > 0.1",
        "abs(sentiment_change_1) > 10 and oi_divergence_3 > 0",
        "funding_rate_2h > 0.001 or liquidated_longs_1_1h > 1",
    ]
)


@st.composite
def beside_rules(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    names = draw(st.sets(st.sampled_from(["exit_long", "enter_short", "exit_short"])))
    return "rule", {name: f"{EVERY}({draw(EVENTFUL)})" for name in ("enter_long", *sorted(names))}


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


TIERS = (TiersConfig(since="2023-11-20", brackets=(BracketConfig(floor=0, rate=0.2),)),)
MARGINS = [
    MarginConfig(mode=mode, leverage=leverage, tiers=dict.fromkeys(SYMBOLS, TIERS))
    for mode, leverage in ((MarginMode.ISOLATED, 4.0), (MarginMode.ISOLATED, 4.9), (MarginMode.CROSS, 3.0))
]


EXECUTIONS = [
    ExecutionConfig(),
    ExecutionConfig(),
    ExecutionConfig(spread_bps=4.0, impact_bps=30.0),
    ExecutionConfig(participation=0.3),
    ExecutionConfig(fee_tiers=(FeeTierConfig(volume=50_000.0, maker_fee_bps=1.0, taker_fee_bps=2.0),)),
]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    holes = st.lists(st.integers(1, 300), max_size=3).map(tuple)
    symbols = SYMBOLS[: draw(st.integers(1, 3))]
    return Case(
        bars=draw(st.integers(30, 400)),
        markets=tuple(
            Market(one, draw(st.integers(0, 99)), draw(holes), *draw(crosses() | rules() | beside_rules()))
            for one in symbols
        ),
        risk=draw(RISKS),
        latency_ms=draw(st.sampled_from([0, 5_000, 40 * MINUTE])),
        deadline_ms=draw(st.sampled_from([2_000, 0, 31 * MINUTE])),
        late_ms=draw(st.sampled_from([0, 250])),
        margin=draw(st.sampled_from([None, None, None, *MARGINS])),
        execution=draw(st.sampled_from(EXECUTIONS)),
        context=tuple(sorted(draw(st.sets(st.integers(0, 18), max_size=19)))),
        context_seed=draw(st.integers(0, 99)),
        context_step=draw(st.sampled_from(contexts.STEPS)),
    )


def both(settings: Config, data: Dataset) -> tuple[Result, Result]:
    return backtest(settings, dataset=data, jump=False), backtest(settings, dataset=data)


def assert_equal(walked: Result, jumped: Result) -> None:
    assert jumped.record.decisions == walked.record.decisions
    assert jumped.head == walked.head
    assert jumped.record.times == walked.record.times
    assert jumped.record.equity.tobytes() == walked.record.equity.tobytes()
    before, after = walked.core.engine.state(), jumped.core.engine.state()
    for name, state in before.actors.items():
        assert after.actors[name] == state, name
    assert after == before


BESIDE = contexts.tables_of(["AAA"], START, START + 2_000 * 30 * MINUTE, seed=1, step=15 * MINUTE)
CROSS = config(
    symbols=("AAA",),
    strategies=(StrategyConfig(name="ema_cross", symbols=("AAA",), params={"fast": 10, "slow": 40, "stop_atr": 3.0}),),
)


@pytest.mark.timeout(400)
@given(cases())
@example(
    Case(
        bars=400,
        markets=tuple(
            Market(
                one, seed, holes, "rule", {"enter_long": EVERY + "premium > 1", "exit_long": EVERY + "premium < 0.8"}
            )
            for one, seed, holes in (("AAA", 1, ()), ("BBB", 2, (50, 133)))
        ),
        risk=RiskConfig(),
        latency_ms=0,
        deadline_ms=31 * MINUTE,
        late_ms=250,
        margin=None,
        execution=ExecutionConfig(),
        context=tuple(range(19)),
        context_seed=1,
        context_step=15 * MINUTE,
    )
)
def test_passing_over_rows_changes_nothing(case: Case) -> None:
    assert_equal(*both(case.config(), case.data()))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("ema_cross", {"fast": 10, "slow": 40, "stop_atr": 3.0}),
        ("rule", {"enter_long": "crosses_above(ema_10, ema_40)", "exit_long": "crosses_below(ema_10, ema_40)"}),
    ],
)
@pytest.mark.parametrize("beside", [[], BESIDE], ids=["candles alone", "with context"])
def test_rows_really_are_passed_over(
    name: str, params: dict[str, Any], beside: list[Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[int] = []
    honest = Record.on_stretch

    def on_stretch(self: Record, times: array[int], marks: array[float]) -> None:
        passed.append(len(times))
        honest(self, times, marks)

    monkeypatch.setattr(Record, "on_stretch", on_stretch)
    settings = config(symbols=("AAA",), strategies=(StrategyConfig(name=name, symbols=("AAA",), params=params),))
    assert_equal(*both(settings, contexts.dataset([candles("AAA", 3, 2_000)], beside)))
    assert sum(passed) > 1_500


def test_a_fact_that_an_actor_hears_ends_a_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settlements heard on the way are those of the full walk, each at its time and on the position of that time."""
    heard: list[tuple[int, FundingRate, str]] = []
    plain = LedgerActor.handlers

    def handlers(self: LedgerActor) -> Mapping[type[Message], Handler]:
        def on_funding(message: FundingRate, now: int) -> tuple[()]:
            heard.append((now, message, repr(self.positions)))
            return ()

        return {**plain(self), FundingRate: on_funding}

    monkeypatch.setattr(LedgerActor, "handlers", handlers)
    walked, jumped = both(CROSS, contexts.dataset([candles("AAA", 3, 2_000)], BESIDE))
    assert_equal(walked, jumped)
    half = len(heard) // 2
    assert half > 80
    assert [(at, repr(fact), held) for at, fact, held in heard[:half]] == [
        (at, repr(fact), held) for at, fact, held in heard[half:]
    ]


def test_a_strategy_that_cannot_tell_ahead_is_shown_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config(symbols=("AAA",), strategies=(StrategyConfig(name="Dip", file=str(EXAMPLE), symbols=("AAA",)),))
    monkeypatch.setattr(Record, "on_stretch", lambda self, times, marks: pytest.fail("passed over"))  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    assert_equal(*both(settings, contexts.dataset([candles("AAA", 3, 1_000)], BESIDE)))
