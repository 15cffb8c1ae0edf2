"""Commands that research adds to ``finantrade``, through the entry-point group ``finantrade.commands``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError
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
from finantrade_research.runs.faults import refusing
from finantrade_research.runs.options import DEFAULT_RUNS, Again, NoStore, Note, RunsDir, Tags

if TYPE_CHECKING:
    from finantrade.cli.configuration import Choice
    from finantrade.config import Config
    from finantrade_research.kept_backtest import Obtained

TimeRange = Annotated[
    str | None,
    typer.Option("--timerange", metavar="FROM-TO", help="20230101-20240501, end exclusive; each may be left out."),
]
Export = Annotated[
    Path | None, typer.Option("--export", metavar="FILE", help="Write the trades to a .csv or .parquet file.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")]


def backtest(
    config: ConfigFiles,
    strategy: Strategy = None,
    timeframe: Timeframe = None,
    pairs: Pairs = None,
    timerange: TimeRange = None,
    dataset: DatasetName = None,
    context: ContextNames = None,
    datadir: DataDir = None,
    param: Params = None,
    *,
    as_json: AsJson = False,
    export: Export = None,
    no_progress: NoProgress = False,
    runs: RunsDir = DEFAULT_RUNS,
    again: Again = False,
    no_store: NoStore = False,
    tag: Tags = None,
    note: Note = None,
) -> None:
    """Run strategies over recorded bars, as fast as it goes.

    The bars go through the same actors as in the daemon. Prints metrics, results by pair and by reason of exit,
    refusals by rule, how much may be luck, and the chain head: the same command gives the same head. The run is kept
    (`finantrade runs`); the same run is not computed again unless asked.
    """
    from finantrade_research.kept_backtest import Keeping, obtain  # noqa: PLC0415  heavy, as all below
    from finantrade_research.timerange import parse_timerange  # noqa: PLC0415

    span = parse_timerange(timerange)
    if export is not None:
        _check(export)
    chosen = _chosen(config, _choice(strategy, timeframe, pairs, param, dataset, context))
    keeping = Keeping(runs, store=not no_store, again=again, tags=tuple(tag or ()), note=note)
    with refusing():
        obtained = obtain(chosen, datadir, span, keeping, shown=not no_progress)
    _print(obtained, export, as_json=as_json)


def _choice(
    strategy: str | None,
    timeframe: str | None,
    pairs: str | None,
    param: Sequence[str] | None,
    dataset: str | None,
    context: str | None,
) -> Choice:
    from finantrade.cli.configuration import Choice, parse_pairs  # noqa: PLC0415

    return Choice(
        strategy=strategy,
        timeframe=timeframe,
        pairs=parse_pairs(pairs),
        params=tuple(param or ()),
        dataset=dataset,
        context=None if context is None else parse_pairs(context),
    )


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


def _print(found: Obtained, export: Path | None, *, as_json: bool) -> None:
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415
    from finantrade.cli.whole_file import written_whole  # noqa: PLC0415
    from finantrade_research.export import write_trades  # noqa: PLC0415
    from finantrade_research.report_tables import tables  # noqa: PLC0415

    report = found.report
    if as_json:
        say_json(report)
    else:
        say(*tables(report))
    if export is not None:
        with written_whole(export) as draft:
            written = write_trades(found.trades, draft)
        note(f"wrote {written:,} trades to {export}")
    if report.faults:
        names = ", ".join(f"{one.strategy} on {one.symbol}" for one in report.faults)
        raise CliError(f"not a result to go by: a strategy raised and was switched off ({names})")
    if found.trouble:
        raise CliError(found.trouble)
