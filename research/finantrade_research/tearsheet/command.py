"""``finantrade report``: a kept run as a page that one can send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import AsJson
from finantrade_research.runs.faults import refusing
from finantrade_research.runs.options import DEFAULT_RUNS, RunName, RunsDir


def report(
    run: RunName,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="Where to write the page; replaced if there.")],
    runs: RunsDir = DEFAULT_RUNS,
    as_json: AsJson = False,
) -> None:
    """Write the tear sheet of a kept run: one HTML file that needs nothing beside it."""
    from finantrade.cli.output import say, say_json  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.cli.whole_file import written_whole  # noqa: PLC0415
    from finantrade_research.runs.catalogue import find_run  # noqa: PLC0415
    from finantrade_research.tearsheet.page import page  # noqa: PLC0415
    from finantrade_research.tearsheet.run import Sheet  # noqa: PLC0415

    if not html.parent.is_dir():
        raise CliError(f"expected a directory at {html.parent}, found none", ExitCode.USAGE)
    with refusing():
        found = find_run(runs, run)
        text = page(Sheet.of(runs, found))
    with written_whole(html) as draft:
        draft.write_text(text, encoding="utf-8")
    if as_json:
        say_json({"run": found.id, "html": str(html), "bytes": len(text.encode())})
    else:
        say(f"wrote the tear sheet of {found.id} to {html}")
