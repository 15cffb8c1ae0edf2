"""``finantrade runs``: list, show, compare, tag, note and delete what is kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.asking import confirm
from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson, Yes
from finantrade_research.runs.faults import refusing
from finantrade_research.runs.options import DEFAULT_RUNS, RunName, RunNames, RunsDir

if TYPE_CHECKING:
    from finantrade_research.runs.comparison import Comparison

app = group("Look up, compare and look after backtests that are kept.")
FEWEST_COMPARED = 2


TagFilter = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Only those with this tag; may be repeated.")
]
StrategyFilter = Annotated[
    str | None, typer.Option("-s", "--strategy", metavar="NAME", help="Only those of this strategy.")
]
PairFilter = Annotated[str | None, typer.Option("-p", "--pair", metavar="PAIR", help="Only those that traded it.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="CONDITION", help="Only those of which this is true: sharpe>=1; may be repeated."),
]
Sort = Annotated[
    str | None, typer.Option("--sort", metavar="FIGURE", help="Highest first, such as sharpe; or the newest first.")
]
Ascending = Annotated[bool, typer.Option("--ascending", help="The other way round.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many.")]


@app.command("list")
def list_(
    runs: RunsDir = DEFAULT_RUNS,
    tag: TagFilter = None,
    strategy: StrategyFilter = None,
    pair: PairFilter = None,
    where: Where = None,
    sort: Sort = None,
    ascending: Ascending = False,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List the runs, the newest first."""
    from finantrade_research.runs.catalogue import Wanted, list_runs  # noqa: PLC0415  imported by whom it serves
    from finantrade_research.runs.listing import run_lines, terminal  # noqa: PLC0415

    wanted = Wanted(
        tags=tuple(tag or ()), strategy=strategy, symbol=pair, conditions=tuple(where or ()), sort=sort,
        ascending=ascending, limit=limit,
    )  # fmt: skip
    with refusing():
        found = list_runs(runs, wanted)
    if as_json:
        _say_json({"store": str(runs), "runs": found})
    elif found:
        print("\n".join(run_lines(found, terminal())))
    else:
        print(f"no such runs in {runs}; `finantrade backtest` keeps each it makes", file=sys.stderr)


@app.command()
def show(run: RunName, runs: RunsDir = DEFAULT_RUNS, as_json: AsJson = False) -> None:
    """Show the report of a run, with the trials on its data span counted as they are now."""
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade_research.report_tables import tables  # noqa: PLC0415
    from finantrade_research.runs.catalogue import find_run  # noqa: PLC0415
    from finantrade_research.runs.keeping import stored_report  # noqa: PLC0415

    with refusing():
        found = find_run(runs, run)
        report = stored_report(runs, found)
    if as_json:
        say_json(report)
    else:
        say(*tables(report))
        for name, value in (("tags", ", ".join(found.tags)), ("note", found.note)):
            if value:
                say(f"{name}: {value}")


@app.command()
def compare(names: RunNames, runs: RunsDir = DEFAULT_RUNS, as_json: AsJson = False) -> None:
    """Compare runs: figures side by side, and where their configurations differ."""
    from finantrade.cli.output import say_json  # noqa: PLC0415
    from finantrade_research.runs.catalogue import find_run  # noqa: PLC0415
    from finantrade_research.runs.comparison import compare as compared  # noqa: PLC0415

    if len(names) < FEWEST_COMPARED:
        raise CliError(f"expected two runs or more to compare, found {len(names)}", ExitCode.USAGE)
    with refusing():
        found = compared(runs, [find_run(runs, one) for one in names])
    if as_json:
        say_json(found)
    else:
        _say(found)


@app.command()
def tag(
    run: RunName,
    tags: Annotated[list[str], typer.Argument(metavar="TAG...", help="Tags to give it.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take them away instead.")] = False,
    runs: RunsDir = DEFAULT_RUNS,
    as_json: AsJson = False,
) -> None:
    """Give a run tags, or take them away."""
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade_research.runs.catalogue import tag_runs  # noqa: PLC0415

    with refusing():
        (found,) = tag_runs(runs, [run], add=() if remove else tags, remove=tags if remove else ())
    if as_json:
        say_json({"run": found.id, "tags": found.tags})
    else:
        say(f"{found.id}: {', '.join(found.tags) or 'no tags'}")


@app.command()
def note(
    run: RunName,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; an empty one takes it away.")],
    runs: RunsDir = DEFAULT_RUNS,
    as_json: AsJson = False,
) -> None:
    """Write a note on a run, in place of the one it has."""
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade_research.runs.catalogue import note_run  # noqa: PLC0415

    with refusing():
        found = note_run(runs, run, text)
    if as_json:
        say_json({"run": found.id, "note": found.note})
    else:
        say(f"{found.id}: {found.note or 'no note'}")


@app.command()
def delete(names: RunNames, runs: RunsDir = DEFAULT_RUNS, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete runs with their reports and frames, after asking. That they were tried is not forgotten."""
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade_research.runs.catalogue import find_run  # noqa: PLC0415
    from finantrade_research.runs.keeping import delete_runs  # noqa: PLC0415

    with refusing():
        ids = list(dict.fromkeys(find_run(runs, one).id for one in names))
        confirm(f"Delete {', '.join(ids)} from {runs}?", yes=yes)
        delete_runs(runs, ids)
    if as_json:
        say_json({"deleted": ids})
    else:
        say(f"deleted {', '.join(ids)}")


def _say_json(document: object) -> None:
    from finantrade.cli.output import say_json  # noqa: PLC0415

    say_json(document)


def _say(found: Comparison) -> None:
    from finantrade.cli.output import say  # noqa: PLC0415
    from finantrade_research.runs.tables import comparison_tables  # noqa: PLC0415

    say(*comparison_tables(found))
