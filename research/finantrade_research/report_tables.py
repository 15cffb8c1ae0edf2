"""How a report reads for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from finantrade.cli.figures import count, duration, number, percent, stamp
from finantrade.cli.output import facts, table
from finantrade_research.breakdown import Group
from finantrade_research.coverage import coverage_tables, warnings
from finantrade_research.definitions import DEFINITIONS, shown
from finantrade_research.luck_tables import luck_tables
from finantrade_research.metrics import Performance
from finantrade_research.months import Year
from finantrade_research.report import Report

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def tables(one: Report) -> Iterator[RenderableType]:
    """Yield the report for people."""
    yield facts("Backtest", list(_about(one)))
    yield from warnings(one.coverage)
    yield from coverage_tables(one.coverage)
    columns = [f"Summary ({one.quote}, UTC, years of 365 days)", ">strategy", ">buy and hold"]
    yield table("", columns, list(summary(one)))
    if one.months:
        yield table("By month", ["year", *(f"?>{name}" for name in MONTHS), ">year"], list(map(_year, one.months)))
    if one.pairs:
        yield _groups("By pair", "pair", one.pairs, one.quote)
        yield _groups("By reason of exit", "exit", one.exits, one.quote)
    if one.refusals:
        rows = [(rule, count(times)) for rule, times in one.refusals.items()]
        yield table("Refused by risk", ["rule", ">times"], rows)
    if one.faults:
        rows = [(fault.strategy, fault.symbol, stamp(fault.at), fault.where, fault.error) for fault in one.faults]
        yield table(
            "Strategies that raised, and were switched off", ["strategy", "symbol", ">at", "where", "error"], rows
        )
    if taken := [text for text in one.assumptions if text not in one.coverage.assumed]:
        yield table("Taken for granted in execution", ["what"], [(text,) for text in taken])
    yield from luck_tables(one.luck)


def summary(one: Report) -> Iterator[tuple[str, str, str]]:
    """Yield label, value and buy and hold's value of every metric, between the balances."""
    held = set(Performance.__struct_fields__)
    yield "Starting balance", number(one.initial_balance), number(one.initial_balance)
    yield "Final equity", number(one.final_equity), number(one.initial_balance + one.buy_and_hold.profit_abs)
    for name, definition in DEFINITIONS.items():
        beside = shown(getattr(one.buy_and_hold, name), definition.unit) if name in held else ""
        yield definition.label, shown(getattr(one.metrics, name), definition.unit), beside


def _about(one: Report) -> Iterator[tuple[str, str]]:
    kind = "SYNTHETIC, not a market" if one.data.synthetic else "real"
    yield "data", f"{one.data.name} ({kind}): {one.data.title}"
    for span in one.data.symbols:
        missing = f"{span.gaps} gaps, {count(span.missing_bars)} bars missing" if span.gaps else "no gaps"
        yield span.symbol, f"{stamp(span.first_open)} to {stamp(span.last_open)}, {count(span.bars)} bars, {missing}"
    for strategy in one.strategies:
        yield "strategy", f"{strategy['name']} on {', '.join(strategy['symbols'] or one.config['symbols'])}"
    rate = one.bars / one.seconds if one.seconds else 0.0
    yield "took", f"{one.seconds:.2f} s, {count(round(rate))} bars/s"
    yield "head", f"{one.head} (equal heads are equal decisions)"
    if one.run:
        yield "run", f"{one.run} (`finantrade runs show {one.run}`)"


def _year(one: Year) -> tuple[str, ...]:
    return str(one.year), *map(_month, one.months), percent(one.total)


def _month(value: float) -> str:
    return number(value * 100, 1)


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
