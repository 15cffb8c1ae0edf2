"""After a change of the configuration features stand where they stood, on facts of the store or of the journal."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest
from tests.contexts import tables_of
from tests.markets import START, config, market, play, stream

from finantrade.config import Config, Context, FeedConfig, StrategyConfig
from finantrade.domain.market import FeedEnded
from finantrade.domain.units import HOUR, MINUTE
from finantrade.features.feature_line import FeatureLine
from finantrade.market.timeline import NO_CONTEXT, Timeline
from finantrade.runtime.session import Session, open_session

BARS = 120
NAMES = ("premium", "oi_change_3", "long_short_accounts_zscore_4", "liquidated_longs_2", "sentiment", "funding_rate")
CONTEXT = Timeline.of(
    tables_of(["AAA", "BBB"], START - 4 * HOUR, START + (BARS + 20) * 30 * MINUTE, seed=3, step=15 * MINUTE)
)


def settings(leverage: float) -> Config:
    rule = StrategyConfig(name="rule", params={"enter_long": f"{' + '.join(NAMES)} > 1e9"})
    feed = FeedConfig(dataset="test", rate=1e12, context=tuple(Context), latency_ms=250)
    risk = msgspec.structs.replace(config().risk, leverage=leverage)
    return config(strategies=(rule,), feed=feed, risk=risk)


def lines(session: Session) -> dict[str, FeatureLine]:
    return session.core.updater._lines  # pyright: ignore[reportPrivateUsage]


def shown(line: FeatureLine) -> tuple[list[float], object]:
    """Return the last row, and what stands beside it."""
    standing = line._standing  # pyright: ignore[reportPrivateUsage]
    assert standing is not None
    return list(line._state[1 : 1 + len(NAMES)]), standing.state()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("bars", [57, 60])
@pytest.mark.parametrize("stored", [CONTEXT, NO_CONTEXT], ids=["facts from the store", "facts from the journal"])
async def test_features_stand_where_they_stood(state_dir: Path, stored: Timeline, bars: int) -> None:
    store = {symbol: one.slice(0, bars) for symbol, one in market(9, BARS).items()}
    session = open_session(state_dir, settings(1.0), store)
    told = [fact for fact in stream(session, store, CONTEXT) if type(fact[1]) is not FeedEnded]
    await play(session, told)
    before = {symbol: shown(line) for symbol, line in lines(session).items()}
    again = open_session(state_dir, settings(0.5), store, beside=lambda: stored, accept_change=True)
    after = {symbol: shown(line) for symbol, line in lines(again).items()}
    for symbol, (row, standing) in before.items():
        assert after[symbol][0] == pytest.approx(row, nan_ok=True)
        assert msgspec.json.encode(after[symbol][1]) == msgspec.json.encode(standing)
        assert sum(map(math.isnan, row)) < len(row) // 2
    again.journal.close()
