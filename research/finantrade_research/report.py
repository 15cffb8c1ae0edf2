"""What a backtest came to as one document: what was run, on which data, all figures, and how much may be luck.

The document is the report: it is stored as JSON and can be shown again from that. Shares are fractions of one, times
milliseconds UTC; what is not defined is NaN here and ``null`` in JSON.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from math import nan
from typing import TYPE_CHECKING, Any, cast

import msgspec

from finantrade.config_file import config_hash
from finantrade.domain.account import StrategyFaulted
from finantrade.domain.units import Millis
from finantrade.market.candles import Candles, gaps
from finantrade.market.coverage import CoverageSummary
from finantrade_research.breakdown import Group, by_exit, by_pair, by_rule
from finantrade_research.curve import Curve, buy_and_hold
from finantrade_research.luck.section import Luck, luck
from finantrade_research.metrics import Metrics, Performance, measure, performance
from finantrade_research.months import Year, monthly_returns
from finantrade_research.runs.faults import BadReport

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.market.datasets import Dataset

FIGURES = ("metrics", "buy_and_hold", "months", "luck")
"""Sections in which ``null`` is a figure that is not defined."""
SOFTWARE = ("numpy", "numba")


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The bars of one symbol that were run over, and what was missing between them."""

    symbol: str
    bars: int
    first_open: int
    last_open: int
    gaps: int
    missing_bars: int


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """The data set, and what of it was run over; ``sha256`` of each symbol's data and of each series beside it."""

    name: str
    title: str
    synthetic: bool
    symbols: tuple[Coverage, ...]
    sha256: dict[str, str]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that raised ``error``, in line ``where`` at the time ``at``; from then on it left ``symbol`` alone."""

    strategy: str
    symbol: str
    at: Millis
    error: str
    where: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest with all that is derived from it. ``run`` is its id in the run store, empty outside of it.

    ``head`` is the chain head: equal heads are equal decisions. ``assumptions`` is what was taken for granted for want
    of data, of the data and of execution.
    """

    run: str = ""
    finantrade: str
    software: dict[str, str]
    name: str
    config_hash: str
    config: dict[str, Any]
    strategies: tuple[dict[str, Any], ...]
    timeframe: str
    quote: str
    initial_balance: float
    data: Data
    coverage: CoverageSummary
    assumptions: tuple[str, ...]
    metrics: Metrics
    buy_and_hold: Performance
    months: tuple[Year, ...]
    pairs: tuple[Group, ...]
    exits: tuple[Group, ...]
    refusals: dict[str, int]
    faults: tuple[Fault, ...]
    luck: Luck
    fills: int
    final_equity: float
    head: str
    bars: int
    seconds: float


def report(result: Result, dataset: Dataset, candles: Sequence[Candles]) -> Report:
    """Measure and break down a backtest over ``candles`` of a data set."""
    config, trades, curve = result.config, result.trades, Curve.of(result)
    initial = float(config.account.initial_balance)
    return Report(
        finantrade=version("finantrade"),
        software={"python": platform.python_version(), **{name: version(name) for name in SOFTWARE}},
        name=config.name,
        config_hash=config_hash(config),
        config=_builtins(config),
        strategies=tuple(_builtins(one) for one in config.strategies),
        timeframe=config.timeframe,
        quote=config.account.quote,
        initial_balance=initial,
        data=_data(dataset, candles),
        coverage=result.coverage.summary(),
        assumptions=tuple(result.assumptions),
        metrics=measure(result, candles, trades),
        buy_and_hold=performance(buy_and_hold(candles, initial) or curve),
        months=monthly_returns(curve),
        pairs=tuple(by_pair(trades, initial)),
        exits=tuple(by_exit(trades, initial)),
        refusals=by_rule(result.refusals),
        faults=tuple(_faults(result)),
        luck=luck(result, candles, trades=trades),
        fills=len(result.fills),
        final_equity=result.final_equity,
        head=result.head,
        bars=result.bars,
        seconds=result.seconds,
    )


def write_report(one: Report) -> bytes:
    """Return the report as JSON."""
    return msgspec.json.encode(one)


def read_report(text: bytes) -> Report:
    """Return the report of a JSON document. Raises BadReport."""
    try:
        raw: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        figures = {name: _undefined_as_nan(raw.get(name)) for name in FIGURES}
        return msgspec.convert({**raw, **figures}, Report)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadReport(f"expected a report of this version ({version('finantrade')}), found: {error}") from None


def _builtins(section: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(section)


def _data(dataset: Dataset, candles: Sequence[Candles]) -> Data:
    manifest = dataset.manifest
    return Data(
        name=manifest.name,
        title=manifest.title,
        synthetic=manifest.synthetic,
        symbols=tuple(_coverage(one) for one in candles if len(one)),
        sha256=dataset.sha256,
    )


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


def _undefined_as_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _undefined_as_nan(one) for key, one in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_undefined_as_nan(one) for one in cast("list[object]", value)]
    return nan if value is None else value
