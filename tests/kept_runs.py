"""Small backtests, run and kept: what tests of the run store begin with."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

from tests.markets import config, market

from finantrade.backtesting import backtest
from finantrade.config import AccountConfig, Config
from finantrade.market.candles import Candles
from finantrade.market.datasets import Dataset
from finantrade.market.manifest import Manifest, SymbolEntry
from finantrade_research.report import Report, report
from finantrade_research.runs.identity import identify
from finantrade_research.runs.keeping import Finished, keep

BARS = 300


def dataset(bars: tuple[Candles, ...], name: str = "test") -> Dataset:
    """Return a data set of these bars, whatever its hashes may be."""
    entries = tuple(
        SymbolEntry(
            symbol=one.symbol, file="none.parquet", sha256="0" * 64, rows=len(one), first_open=int(one.open_time[0]),
            last_open=int(one.open_time[-1]), gaps=(),
        )
        for one in bars
    )  # fmt: skip
    manifest = Manifest(
        name=name, title="Bars of a test", synthetic=True, timeframe="30m", source="none", licence="none",
        licence_file=None, symbols=entries,
    )  # fmt: skip
    return Dataset(manifest, {one.symbol: one for one in bars})


@cache
def finished(seed: int = 1, balance: int = 10_000) -> Finished:
    """Return a backtest of ``tests.markets`` with another initial balance, over the bars of a seed."""
    account = AccountConfig(initial_balance=Decimal(balance))
    return made(config(account=account), tuple(market(seed, BARS).values()))


def made(settings: Config, bars: tuple[Candles, ...]) -> Finished:
    """Return a backtest of these settings over these bars."""
    data, result = dataset(bars), backtest(settings, candles=bars)
    return Finished(identify(settings, data, bars), result, report(result, data, bars), bars)


def kept(root: Path, count: int = 1) -> list[Report]:
    """Keep so many different runs on one span, a minute apart, and return their reports."""
    return [keep(root, finished(balance=10_000 + number), 60_000 * number) for number in range(count)]
