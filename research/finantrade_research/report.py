"""How a backtest reads: tables for people, one document for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import msgspec
from rich.console import RenderableType

from finantrade.backtesting import Result
from finantrade.cli.figures import count, duration, number, percent, stamp
from finantrade.cli.output import facts, table
from finantrade.config_file import config_hash
from finantrade.domain.account import StrategyFaulted
from finantrade.domain.units import Millis
from finantrade.market.candles import Candles, gaps
from finantrade.market.datasets import Dataset
from finantrade.market.manifest import Manifest
from finantrade_research.breakdown import Group, by_exit, by_pair, by_rule
from finantrade_research.coverage import coverage_tables, warnings
from finantrade_research.definitions import DEFINITIONS, Unit
from finantrade_research.metrics import Metrics, measure


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The bars of one symbol that were run over, and what was missing between them."""

    symbol: str
    bars: int
    first_open: int
    last_open: int
    gaps: int
    missing_bars: int


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that raised ``error``, in line ``where`` at the time ``at``; from then on it left ``symbol`` alone."""

    strategy: str
    symbol: str
    at: Millis
    error: str
    where: str


@dataclass(frozen=True, slots=True)
class Report:
    """A backtest with all that is derived from it."""

    result: Result
    manifest: Manifest
    sha256: dict[str, str]
    coverage: tuple[Coverage, ...]
    metrics: Metrics
    pairs: tuple[Group, ...]
    exits: tuple[Group, ...]
    refusals: dict[str, int]
    faults: tuple[Fault, ...]


def report(result: Result, dataset: Dataset, candles: Sequence[Candles]) -> Report:
    """Measure and break down a backtest over ``candles`` of a data set."""
    initial, trades = float(result.config.account.initial_balance), result.trades
    return Report(
        result=result,
        manifest=dataset.manifest,
        sha256=dataset.sha256,
        coverage=tuple(_coverage(one) for one in candles if len(one)),
        metrics=measure(result, candles),
        pairs=tuple(by_pair(trades, initial)),
        exits=tuple(by_exit(trades, initial)),
        refusals=by_rule(result.refusals),
        faults=tuple(_faults(result)),
    )


def document(one: Report) -> dict[str, Any]:
    """Return the report as one document: shares are fractions of one, times milliseconds UTC, no number is null."""
    result, manifest = one.result, one.manifest
    return {
        "finantrade": version("finantrade"),
        "name": result.config.name,
        "config_hash": config_hash(result.config),
        "strategies": result.config.strategies,
        "timeframe": result.config.timeframe,
        "quote": result.config.account.quote,
        "data": {
            "name": manifest.name,
            "synthetic": manifest.synthetic,
            "symbols": one.coverage,
            "sha256": one.sha256,
        },
        "coverage": result.coverage.summary(),
        "metrics": one.metrics,
        "pairs": one.pairs,
        "exits": one.exits,
        "refusals": one.refusals,
        "faults": one.faults,
        "fills": len(result.fills),
        "final_equity": result.final_equity,
        "head": result.head,
        "bars": result.bars,
        "seconds": result.seconds,
    }


def tables(one: Report) -> Iterator[RenderableType]:
    """Yield the report for people."""
    quote = one.result.config.account.quote
    found = one.result.coverage.summary()
    yield facts("Backtest", list(_about(one)))
    yield from warnings(found)
    yield from coverage_tables(found)
    yield facts(f"Summary ({quote}, UTC, years of 365 days)", list(summary(one.metrics, one.result)))
    if one.pairs:
        yield _groups("By pair", "pair", one.pairs, quote)
        yield _groups("By reason of exit", "exit", one.exits, quote)
    if one.refusals:
        rows = [(rule, count(times)) for rule, times in one.refusals.items()]
        yield table("Refused by risk", ["rule", ">times"], rows)
    if one.faults:
        rows = [(fault.strategy, fault.symbol, stamp(fault.at), fault.where, fault.error) for fault in one.faults]
        yield table(
            "Strategies that raised, and were switched off", ["strategy", "symbol", ">at", "where", "error"], rows
        )


def summary(metrics: Metrics, result: Result) -> Iterator[tuple[str, str]]:
    """Yield label and value of every metric, between the balances."""
    yield "Starting balance", number(float(result.config.account.initial_balance))
    yield "Final equity", number(result.final_equity)
    for name, definition in DEFINITIONS.items():
        yield definition.label, _shown(getattr(metrics, name), definition.unit)


def _about(one: Report) -> Iterator[tuple[str, str]]:
    result = one.result
    kind = "SYNTHETIC, not a market" if one.manifest.synthetic else "real"
    yield "data", f"{one.manifest.name} ({kind}): {one.manifest.title}"
    for span in one.coverage:
        missing = f"{span.gaps} gaps, {count(span.missing_bars)} bars missing" if span.gaps else "no gaps"
        yield span.symbol, f"{stamp(span.first_open)} to {stamp(span.last_open)}, {count(span.bars)} bars, {missing}"
    for strategy in result.config.strategies:
        yield "strategy", f"{strategy.name} on {', '.join(strategy.symbols or result.config.symbols)}"
    rate = result.bars / result.seconds if result.seconds else 0.0
    yield "took", f"{result.seconds:.2f} s, {count(round(rate))} bars/s"
    yield "head", f"{result.head} (equal heads are equal decisions)"


def _faults(result: Result) -> Iterator[Fault]:
    for at, said in result.record.decisions:
        if isinstance(said, StrategyFaulted):
            yield Fault(strategy=said.strategy, symbol=said.symbol, at=at, error=said.error, where=said.where)


def _coverage(candles: Candles) -> Coverage:
    holes = gaps(candles)
    return Coverage(
        symbol=candles.symbol,
        bars=len(candles),
        first_open=int(candles.open_time[0]),
        last_open=int(candles.open_time[-1]),
        gaps=len(holes),
        missing_bars=sum(hole.bars for hole in holes),
    )


def _shown(value: float, unit: Unit) -> str:
    match unit:
        case Unit.SHARE:
            return percent(value)
        case Unit.COUNT:
            return count(int(value))
        case Unit.DURATION:
            return duration(value)
        case Unit.QUOTE | Unit.RATIO:
            return number(value)


def _groups(title: str, kind: str, groups: Sequence[Group], quote: str) -> RenderableType:
    rows = [
        (
            one.name or "(none given)",
            count(one.trades),
            percent(one.wins / one.trades),
            percent(one.average_share),
            number(one.profit_abs),
            percent(one.profit_share),
            duration(one.average_duration_ms),
            number(one.fees),
        )
        for one in groups
    ]
    columns = [kind, ">trades", ">win rate", ">avg. profit", f">profit {quote}", ">profit", "?>avg. duration", "?>fees"]
    return table(title, columns, rows)
