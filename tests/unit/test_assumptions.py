"""What a run took for granted is said, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from tests import contexts
from tests.markets import START, candles, config

from finantrade.backtesting import backtest
from finantrade.config import (
    BracketConfig,
    Context,
    ExecutionConfig,
    FeedConfig,
    LaterRulesConfig,
    MarginConfig,
    TiersConfig,
)
from finantrade.domain.account import FundingPaid
from finantrade.domain.orders import Liquidated
from finantrade.market.series import Kind

TIERS = (TiersConfig(since="2030-01-01", brackets=(BracketConfig(floor=0, rate=0.2),)),)


def test_a_run_says_what_it_assumed() -> None:
    margin = MarginConfig(leverage=4.5, tiers={"AAA": TIERS})
    plain = config(symbols=("AAA",), strategies=config().strategies[:1])
    chosen = msgspec.structs.replace(
        plain,
        feed=FeedConfig(dataset="test", context=(Context.FUNDING,)),
        execution=ExecutionConfig(spread_bps=2.0, impact_bps=20.0, participation=0.25, margin=margin),
        risk=msgspec.structs.replace(plain.risk, daily_loss=None, max_leverage=4.5),
    )
    funding = contexts.table_of(Kind.FUNDING, "AAA", START, START + 400 * 1_800_000, 3)
    result = backtest(chosen, dataset=contexts.dataset([candles("AAA", 4, 400)], [funding]))
    said = [message for _, message in result.record.decisions]
    paid = sum(isinstance(one, FundingPaid) and one.assumed for one in said)
    taken = sum(isinstance(one, Liquidated) and one.assumed for one in said)
    assert paid > 3
    found = result.assumptions
    assert found[:1] == ["mark price of settlements of AAA: last close"]
    assert found[1:7] == [
        "spread: 2 bps throughout, not quoted",
        "impact: 20 bps for all of a bar's volume, by the square root of the share of it",
        "volume: 0.25 of a bar's can be filled; of a bar whose volume is unknown, any",
        "trading rules of AAA: those configured, at all times",
        "maintenance tiers of AAA: those of 2030-01-01 also before, from 2023-11-14T22:29:59.999Z on",
        f"funding of AAA: {paid} times on the last close, no mark price",
    ]
    assert found[7:] == ([f"liquidation of AAA: {taken} times by the last price, no mark price"] if taken else [])


def test_dated_rules_and_no_models_leave_little() -> None:
    later = LaterRulesConfig(since="2030-01-01", tick=Decimal("0.1"), lot=Decimal(1))
    one = msgspec.structs.replace(config().instruments["AAA"], later=(later,))
    chosen = config(symbols=("AAA",), strategies=config().strategies[:1], instruments={"AAA": one})
    result = backtest(chosen, candles=(candles("AAA", 4, 100),))
    assert result.assumptions == ["margin: never called, nothing is liquidated"]
