"""Options of commands that keep runs or look them up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_RUNS = Path("runs")

RunsDir = Annotated[Path, typer.Option("--runs", metavar="DIR", envvar="FINANTRADE_RUNS", help="Where runs are kept.")]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="Id of a run, or its beginning; last, last~1 for the one before …")
]
RunNames = Annotated[
    list[str], typer.Argument(metavar="RUN...", help="Ids of runs, or their beginnings; last, last~1 …")
]
Again = Annotated[bool, typer.Option("--again", help="Run it even if the same run is kept already.")]
NoStore = Annotated[bool, typer.Option("--no-store", help="Do not keep it, and do not look whether it is kept.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Keep it with this tag; may be repeated.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Keep it with this note.")]
