"""Commands that research adds to ``finantrade``, through the entry-point group ``finantrade.commands``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import (
    AsJson,
    ConfigFiles,
    ContextNames,
    DataDir,
    DatasetName,
    Pairs,
    Params,
    Strategy,
    Timeframe,
)

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.cli.configuration import Choice
    from finantrade.config import Config
    from finantrade.domain.units import Millis
    from finantrade.market.candles import Candles
    from finantrade.market.datasets import Dataset
    from finantrade_research.report import Report

Span = tuple["Millis | None", "Millis | None"]


def backtest(
    config: ConfigFiles,
    strategy: Strategy = None,
    timeframe: Timeframe = None,
    pairs: Pairs = None,
    timerange: Annotated[
        str | None,
        typer.Option("--timerange", metavar="FROM-TO", help="20230101-20240501, end exclusive; each may be left out."),
    ] = None,
    dataset: DatasetName = None,
    context: ContextNames = None,
    datadir: DataDir = None,
    param: Params = None,
    as_json: AsJson = False,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write the trades to a .csv or .parquet file.")
    ] = None,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")] = False,
) -> None:
    """Run strategies over recorded bars, as fast as it goes.

    The bars go through the same actors as in the daemon. Prints metrics, results by pair and by reason of exit,
    refusals by rule, and the chain head: the same command gives the same head.
    """
    from finantrade.cli.configuration import Choice, parse_pairs  # noqa: PLC0415  heavy, as all below
    from finantrade_research.timerange import parse_timerange  # noqa: PLC0415

    span = parse_timerange(timerange)
    if export is not None:
        _check(export)
    choice = Choice(
        strategy=strategy,
        timeframe=timeframe,
        pairs=parse_pairs(pairs),
        params=tuple(param or ()),
        dataset=dataset,
        context=None if context is None else parse_pairs(context),
    )
    _print(*_run(_chosen(config, choice), datadir, span, shown=not no_progress), export, as_json=as_json)


def _check(export: Path) -> None:
    from finantrade_research.export import check_target  # noqa: PLC0415

    check_target(export)


def _chosen(files: Sequence[Path], choice: Choice) -> Config:
    from finantrade.cli.configuration import ready  # noqa: PLC0415
    from finantrade.cli.output import note  # noqa: PLC0415

    loaded = ready(files, choice)
    for text in loaded.notes:
        note(f"note: {text}")
    return loaded.config


def _run(config: Config, datadir: Path | None, span: Span, *, shown: bool) -> tuple[Report, Result]:
    from finantrade.backtesting import backtest as run  # noqa: PLC0415
    from finantrade.cli.output import progress  # noqa: PLC0415
    from finantrade.market.datasets import load  # noqa: PLC0415
    from finantrade_research.report import report  # noqa: PLC0415

    feed, (start, end) = config.feed, span
    dataset = load(feed.dataset, datadir, config.symbols, config.timeframe, feed.context)
    candles = _candles(dataset, span)
    with progress("backtesting", sum(len(one) for one in candles), "bars", shown=shown) as told:
        result = run(config, dataset=dataset, start=start, end=end, progress=lambda done, _: told(done))
    return report(result, dataset, candles), result


def _candles(dataset: Dataset, span: Span) -> Sequence[Candles]:
    from finantrade.domain.units import iso  # noqa: PLC0415

    found = tuple(dataset.candles.values())
    start, end = span
    cut = [one.between(start or 0, end or 2**62) for one in found]
    if not any(len(one) for one in cut):
        first, last = min(int(one.open_time[0]) for one in found), max(int(one.open_time[-1]) for one in found)
        asked = " to ".join("open" if time is None else iso(time) for time in span)
        raise CliError(f"no bars from {asked}: the data set has {iso(first)} to {iso(last)}", ExitCode.USAGE)
    return cut


def _print(report: Report, result: Result, export: Path | None, *, as_json: bool) -> None:
    from finantrade.backtesting import trade_row  # noqa: PLC0415
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415
    from finantrade_research.export import write_trades  # noqa: PLC0415
    from finantrade_research.report_tables import tables  # noqa: PLC0415

    if as_json:
        say_json(report)
    else:
        say(*tables(report))
    if export is not None:
        rows = [trade_row(trade) for trade in result.trades]
        note(f"wrote {write_trades(rows, export):,} trades to {export}")
    if report.faults:
        names = ", ".join(f"{one.strategy} on {one.symbol}" for one in report.faults)
        raise CliError(f"not a result to go by: a strategy raised and was switched off ({names})")
