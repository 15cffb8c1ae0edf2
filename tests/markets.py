"""Small markets for tests: seeded bars, a configuration to trade them, and a way to run a real session over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import anyio
import msgspec
import numpy as np

from finantrade.config import (
    AccountConfig,
    Config,
    FeedConfig,
    InstrumentConfig,
    JournalConfig,
    OnExcess,
    RiskConfig,
    SizingConfig,
    SizingMethod,
    StrategyConfig,
)
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, Millis
from finantrade.edges.replay_feed import replay_feed
from finantrade.market.candles import Candles
from finantrade.market.facts import facts
from finantrade.market.timeline import NO_CONTEXT, Timeline
from finantrade.runtime.clock import FastClock
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.session import Session, open_session

START = 1_700_000_100_000 // (30 * MINUTE) * (30 * MINUTE)
HURRY = 1e12


def candles(symbol: str, seed: int, bars: int = 300, holes: Iterable[int] = ()) -> Candles:
    """Return a random walk on a 0.01 grid, the rows in ``holes`` left out."""
    random = np.random.default_rng([seed, sum(symbol.encode())])
    close = np.round(100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, bars))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    wick = np.round(np.abs(random.normal(0.0, 0.4, (2, bars))), 2)
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) + wick[0],
        "low": np.minimum(opened, close) - wick[1],
        "close": close,
        "volume": np.round(random.lognormal(3.0, 1.0, bars), 3),
    }
    kept = np.setdiff1d(np.arange(bars), list(holes))
    times = START + np.arange(bars, dtype=np.int64) * 30 * MINUTE
    return Candles.of(symbol, 30 * MINUTE, times[kept], {name: column[kept] for name, column in columns.items()})


def market(seed: int, bars: int = 300) -> dict[str, Candles]:
    """Return two symbols that close together, one of them with a short and a long hole."""
    return {
        "AAA": candles("AAA", seed, bars),
        "BBB": candles("BBB", seed, bars, holes=[60, *range(bars // 2, bars // 2 + 9)]),
    }


def config(**changes: object) -> Config:
    """Return a configuration that trades often: crosses, stops, take-profits, shorts, a daily limit."""
    instrument = InstrumentConfig(tick=Decimal("0.01"), lot=Decimal("0.001"), min_notional=Decimal(5))
    base = Config(
        name="test",
        timeframe="30m",
        symbols=("AAA", "BBB"),
        instruments={"AAA": instrument, "BBB": instrument},
        strategies=(
            StrategyConfig(
                name="ema_cross",
                symbols=("AAA",),
                params={
                    "fast": 3, "slow": 8, "atr": 5, "stop_atr": 1.5, "take_profit_atr": 2.5, "allow_short": True
                },
            ),
            StrategyConfig(
                name="rule",
                symbols=("BBB",),
                params={
                    "enter_long": "crosses_above(ema_3, ema_8)",
                    "exit_long": "any_of(close < ema_8, 2)",
                    "stop": "close - 2 * atr_5",
                },
            ),
        ),
        feed=FeedConfig(dataset="test", rate=HURRY),
        account=AccountConfig(initial_balance=Decimal(10_000)),
        risk=RiskConfig(
            sizing=SizingConfig(method=SizingMethod.STOP_DISTANCE, value=0.02),
            max_leverage=2.0,
            on_excess=OnExcess.REDUCE,
            daily_loss=0.03,
            daily_loss_flatten=True,
        ),
        journal=JournalConfig(synchronous="NORMAL", snapshot_every_inputs=100, min_free_disk_mb=0),
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def stream(
    session: Session, store: Mapping[str, Candles], context: Timeline = NO_CONTEXT
) -> Iterable[tuple[Millis, Message]]:
    """Return the facts that this session has not recorded yet."""
    return facts(tuple(store.values()), session.config.feed.latency_ms, session.cursor, context=context)


async def play(session: Session, recorded: Iterable[tuple[Millis, Message]]) -> LiveRunner:
    """Run the live runner over ``recorded`` facts, as fast as it goes, to a clean end."""
    clock = FastClock(HURRY, 1.0)
    runner = LiveRunner(session, clock)

    async def feed() -> None:
        await replay_feed(recorded, clock, runner)
        runner.stop()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed)
        await runner.run()
    return runner


async def play_whole(
    directory: Path, settings: Config, store: Mapping[str, Candles], context: Timeline = NO_CONTEXT
) -> LiveRunner:
    """Open the session in ``directory`` and play what is left of ``store``."""
    session = open_session(directory, settings, store)
    return await play(session, stream(session, store, context))
