"""A backtest by way of the run store: what is kept is not computed again, what is computed is kept."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finantrade.backtesting import Result, backtest, trade_row
from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.figures import stamp
from finantrade.cli.output import note, progress
from finantrade.config import Config
from finantrade.domain.units import Millis, iso
from finantrade.market.candles import Candles
from finantrade.market.datasets import Dataset, load
from finantrade_research.report import Report, report
from finantrade_research.runs import frames
from finantrade_research.runs.catalogue import Run, kept_run, note_run, tag_runs
from finantrade_research.runs.faults import BadStore
from finantrade_research.runs.identity import identify
from finantrade_research.runs.keeping import Finished, judged, keep, run_id, stored_report

Span = tuple[Millis | None, Millis | None]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where runs are kept, whether this one is to be, even if it is there already, and what to write on it."""

    root: Path
    store: bool = True
    again: bool = False
    tags: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Obtained:
    """A report and its trades as rows. ``trouble`` says why it could not be kept."""

    report: Report
    trades: Rows
    trouble: str = ""


def obtain(config: Config, datadir: Path | None, span: Span, keeping: Keeping, *, shown: bool) -> Obtained:
    """Return the report of a backtest: from the store if it is there, else computed, and kept.

    A store that cannot be written costs the keeping, not the result. Raises CliError for a span without bars, and the
    errors of the configuration, of the data and of a store that cannot be read.
    """
    feed = config.feed
    dataset = load(feed.dataset, datadir, config.symbols, config.timeframe, feed.context)
    candles = _candles(dataset, span)
    identity = identify(config, dataset, candles)
    before = kept_run(keeping.root, run_id(identity)) if keeping.store else None
    if before is not None and not keeping.again:
        return _read(keeping, before)
    result = _run(config, dataset, span, sum(len(one) for one in candles), shown=shown)
    finished = Finished(identity, result, report(result, dataset, candles), candles)
    if before is not None and before.head != result.head:
        note(f"note: the same run came to another head before, {before.head}: on another platform?")
    return _kept(keeping, finished) if keeping.store else _counted(keeping.root, finished)


def _read(keeping: Keeping, run: Run) -> Obtained:
    note(f"note: the same run is kept since {stamp(run.made)} as {run.id}; `--again` computes it anew")
    _mark(keeping, run.id)
    return Obtained(stored_report(keeping.root, run), frames.read_trades(keeping.root / run.id / frames.TRADES))


def _kept(keeping: Keeping, finished: Finished) -> Obtained:
    try:
        kept = keep(keeping.root, finished, int(time.time() * 1000))
        _mark(keeping, kept.run)
    except (OSError, sqlite3.Error, BadStore) as error:
        trouble = f"the run could not be kept in {keeping.root}: {error}"
        return Obtained(finished.report, _rows(finished), trouble)
    return Obtained(kept, _rows(finished))


def _counted(root: Path, finished: Finished) -> Obtained:
    try:
        return Obtained(judged(root, finished), _rows(finished))
    except BadStore as error:
        note(f"note: other trials on these bars are not counted: {error}")
        return Obtained(finished.report, _rows(finished))


def _rows(finished: Finished) -> Rows:
    return [trade_row(trade) for trade in finished.result.trades]


def _mark(keeping: Keeping, run: str) -> None:
    if keeping.tags:
        tag_runs(keeping.root, [run], add=keeping.tags)
    if keeping.note is not None:
        note_run(keeping.root, run, keeping.note)


def _run(config: Config, dataset: Dataset, span: Span, bars: int, *, shown: bool) -> Result:
    start, end = span
    with progress("backtesting", bars, "bars", shown=shown) as told:
        return backtest(config, dataset=dataset, start=start, end=end, progress=lambda done, _: told(done))


def _candles(dataset: Dataset, span: Span) -> Sequence[Candles]:
    found = tuple(dataset.candles.values())
    start, end = span
    cut = [one.between(start or 0, end or 2**62) for one in found]
    if not any(len(one) for one in cut):
        first, last = min(int(one.open_time[0]) for one in found), max(int(one.open_time[-1]) for one in found)
        asked = " to ".join("open" if edge is None else iso(edge) for edge in span)
        raise CliError(f"no bars from {asked}: the data set has {iso(first)} to {iso(last)}", ExitCode.USAGE)
    return cut
