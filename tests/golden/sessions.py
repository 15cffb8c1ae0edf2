"""Two tiny sessions made of exactly representable values, so that every platform must decide the same to the byte.

Prices are multiples of a quarter, averages have dyadic weights (an EMA of 3 or 7 bars, a mean of 2 or 4), and nothing
in them needs a logarithm or a root. The bars are written out by a rule of whole numbers, not drawn.

To renew what is committed: ``.venv/bin/python -m tests.golden.sessions``. A changed head means that sessions which
people have recorded decide differently from now on: the commit has to say which rule changed and why.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import anyio
from tests.markets import HURRY, play

from finantrade.config import (
    Config,
    ExecutionConfig,
    FeedConfig,
    InstrumentConfig,
    JournalConfig,
    RiskConfig,
    SizingConfig,
    SizingMethod,
    StrategyConfig,
)
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.market import (
    Bar,
    BarArrived,
    BarOpened,
    FeedEnded,
    FeedGap,
    FeedRestored,
    FeedStale,
    TradePrice,
)
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, Millis
from finantrade.runtime.session import open_session

HERE = Path(__file__).resolve().parent
HEADS = HERE / "heads.json"
JOURNAL = HERE / "journal.sqlite"
ABOUT = (
    "Final chain heads of the sessions in sessions.py. Renew with `.venv/bin/python -m tests.golden.sessions`; "
    "a change means that recorded sessions decide differently from now on, so the commit has to say why."
)

LENGTH = 15 * MINUTE
BARS = 120
SHORT = 160
"""Facts of the session whose whole journal is committed."""

SYMBOLS = ("AAA", "BBB")
Fact = tuple[Millis, Message]

CROSS = StrategyConfig(name="ema_cross", params={"fast": 3, "slow": 7, "allow_short": True})
RULE = StrategyConfig(
    name="rule",
    params={
        "enter_long": "crosses_above(close, sma_4) and close > sma_2_30m - 2",
        "exit_long": "close < sma_4 - 3",
        "stop": "sma_4 - 1.5",
        "take_profit": "close + 2.25",
    },
)


def configured(strategy: StrategyConfig, risk: RiskConfig, latency_ms: int) -> Config:
    """Return a configuration with fees and slippage that are exact in cents of basis points."""
    instrument = InstrumentConfig(tick=Decimal("0.25"), lot=Decimal("0.125"), min_notional=Decimal(10))
    return Config(
        name="golden",
        timeframe="15m",
        symbols=SYMBOLS,
        instruments=dict.fromkeys(SYMBOLS, instrument),
        strategies=(strategy,),
        feed=FeedConfig(dataset="golden", rate=HURRY),
        risk=risk,
        execution=ExecutionConfig(maker_fee_bps=2.0, taker_fee_bps=4.0, slippage_bps=5.0, latency_ms=latency_ms),
        journal=JournalConfig(synchronous="NORMAL", snapshot_every_inputs=200, min_free_disk_mb=0),
    )


SESSIONS: Mapping[str, Config] = {
    "cross": configured(
        CROSS, RiskConfig(sizing=SizingConfig(method=SizingMethod.FIXED_QTY, value=8.0), max_leverage=4.0), 0
    ),
    "rule": configured(
        RULE,
        RiskConfig(
            sizing=SizingConfig(method=SizingMethod.FIXED_QTY, value=32.0), max_leverage=2.0, daily_loss=0.03125
        ),
        500,
    ),
}

SPOKEN: Mapping[int, Message] = {
    30: Pause(), 34: Resume(), 50: ClosePosition("AAA"), 66: Flatten(), 70: Resume(), 90: Stop(keep_positions=True),
    96: Resume(),
}  # fmt: skip
LOST = range(40, 45)
BACKFILLED = range(80, 83)


def told() -> list[Fact]:
    """Return what happens: two waves of different length, a lost span, a back-filled one, trades and commands."""
    out: list[Fact] = []
    for number in range(BARS):
        time = number * LENGTH
        bars = [_bar(symbol, number) for symbol in SYMBOLS]
        silent = number in LOST or number in BACKFILLED
        if number in (LOST.start, BACKFILLED.start):
            out.append((time + MINUTE, FeedStale("BBB", time)))
        if number == LOST.stop:
            out.append((time, FeedGap("BBB", LOST.start * LENGTH, time - LENGTH, len(LOST))))
        if number == BACKFILLED.stop:
            out += [(time, BarArrived(_bar("BBB", one, backfilled=True))) for one in BACKFILLED]
        if number in (LOST.stop, BACKFILLED.stop):
            out.append((time, FeedRestored("BBB")))
        there = bars[:1] if silent else bars
        out += [(time, BarOpened(bar.symbol, time, bar.open)) for bar in there]
        if number in SPOKEN:
            out.append((time + 2 * MINUTE, SPOKEN[number]))
        if number % 5 == 0:
            out += [(time + 3 * MINUTE, TradePrice(bar.symbol, time + 3 * MINUTE, bar.low)) for bar in there]
        out += [(bar.close_time, BarArrived(bar)) for bar in there]
    out.append((BARS * LENGTH, FeedEnded("golden")))
    return sorted(out, key=lambda fact: fact[0])


def _bar(symbol: str, number: int, *, backfilled: bool = False) -> Bar:
    opened, closed = _price(symbol, number), _price(symbol, number + 1)
    time, wick = number * LENGTH, number % 4 / 4
    high, low = max(opened, closed) + wick, min(opened, closed) - wick
    return Bar(symbol, time, time + LENGTH - 1, opened, high, low, closed, 1.0 + number % 3, backfilled=backfilled)


def _price(symbol: str, number: int) -> float:
    """Return the sum of two triangles of different length, in quarters."""
    long, short = (26, 7) if symbol == "AAA" else (34, 9)
    return 100.0 + abs(number % (2 * long) - long) * 0.5 + abs(number % (2 * short) - short) * 0.75


async def recorded(directory: Path, settings: Config, stream: Iterable[Fact]) -> dict[str, object]:
    """Play a session into a journal, and return where it came to."""
    runner = await play(open_session(directory, settings, {}), stream)
    chain = runner.core.engine.chain
    return {"head": chain.head.hex(), "decisions": chain.count, "inputs": runner.core.engine.seq, "fills": runner.fills}


def renew() -> None:
    """Write the heads and the journal anew."""
    found: dict[str, object] = {"about": ABOUT}
    with tempfile.TemporaryDirectory() as place:
        for name, settings in SESSIONS.items():
            found[name] = anyio.run(recorded, Path(place) / name, settings, told())
        short = Path(place) / "short"
        anyio.run(recorded, short, SESSIONS["rule"], told()[:SHORT])
        with closing(sqlite3.connect(short / JOURNAL.name)) as connection:
            connection.execute("VACUUM")
        shutil.copyfile(short / JOURNAL.name, JOURNAL)
    HEADS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
