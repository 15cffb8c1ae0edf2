"""What a run over recorded data goes by: how much of it is there, what was asked for and is absent, what is assumed.

Everything is looked at from the first opening to the last close of the run's bars.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finantrade.config import Context
from finantrade.domain.context import TakerRatio
from finantrade.domain.units import Millis
from finantrade.market.candles import Candles
from finantrade.market.context_facts import stored_for
from finantrade.market.coverage import Coverage, RunCoverage, coverage, run_coverage
from finantrade.market.datasets import Dataset
from finantrade.market.facts import span_of
from finantrade.market.interval import interval_text
from finantrade.market.series import RECEIVED, SERIES, Grid, Kind
from finantrade.market.store.context import StoredContext
from finantrade.market.table import Table


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is over; ``synthetic`` are its candles, ``asked`` what it wanted beside them."""

    candles: Sequence[Candles]
    context: Sequence[StoredContext]
    asked: Sequence[Context]
    synthetic: bool = False


def run_of(dataset: Dataset, asked: Sequence[Context]) -> Run:
    """Return a run over all of a data set."""
    return Run(tuple(dataset.candles.values()), dataset.context, asked, dataset.manifest.synthetic)


def coverage_of(run: Run) -> RunCoverage:
    """Return the coverage of a run. Raises ValueError where it has no bars."""
    first, last = span_of(run.candles)
    bars = [_of_bars(candles, first, last + 1, synthetic=run.synthetic) for candles in run.candles]
    beside = [coverage(one.table, one.place.interval, first, last + 1, synthetic=one.synthetic) for one in run.context]
    absent = list(_absent(run, [one for one in beside if one.present]))
    return run_coverage([*bars, *beside], absent, dict.fromkeys(_assumed(run)))


def _of_bars(candles: Candles, start: Millis, end: Millis, *, synthetic: bool) -> Coverage:
    return coverage(Table.of_candles(candles), interval_text(candles.timeframe), start, end, synthetic=synthetic)


def _absent(run: Run, present: Sequence[Coverage]) -> Iterator[str]:
    found = {(one.kind, one.symbol) for one in present}
    for name in dict.fromkeys(run.asked):
        wanted = stored_for(name, (one.symbol for one in run.candles))
        yield from (called for called, kind, symbol in wanted if (kind, symbol) not in found)


def _assumed(run: Run) -> Iterator[str]:
    marked = {one.place.symbol for one in run.context if one.place.kind is Kind.MARK}
    timeframe = min(one.timeframe for one in run.candles)
    for one in run.context:
        kind, symbol = one.place.kind, one.place.symbol
        if one.synthetic:
            yield f"{kind.value} of {symbol}: synthetic series"
        if kind is Kind.FUNDING and symbol not in marked and np.isnan(one.table.values["mark_price"]).any():
            yield f"mark price of settlements of {symbol}: last close"
        if SERIES[kind].grid is Grid.REGULAR and kind is not Kind.SENTIMENT and one.place.interval_ms > timeframe:
            yield f"{kind.value} of {symbol}: known each {one.place.interval} only"
        yield from _lags(one)


def _lags(one: StoredContext) -> Iterator[str]:
    kind, received = one.place.kind, one.table.values.get(RECEIVED)
    if received is None or not np.isnan(received).any():
        return
    if SERIES[kind].lag_ms:
        yield f"{kind.value}: known {interval_text(SERIES[kind].lag_ms)} after its stamp, where no receipt was recorded"
    if kind is Kind.RATIOS and not np.isnan(one.table.values["taker"]).all():
        yield f"taker ratios: known {interval_text(TakerRatio.LAG_MS)} after their stamp, where no receipt was recorded"
