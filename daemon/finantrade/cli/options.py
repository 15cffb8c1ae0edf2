"""Options that several commands share, named as people know them from freqtrade where they fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_STATE = Path("state")
DEFAULT_URL = "http://127.0.0.1:8080"

ConfigFiles = Annotated[
    list[Path],
    typer.Option(
        "-c", "--config", metavar="FILE", help="Configuration file; repeat it to lay one over another, the later wins."
    ),
]
OptionalConfigFiles = Annotated[
    list[Path] | None, typer.Option("-c", "--config", metavar="FILE", help="Configuration file; may be repeated.")
]
Strategy = Annotated[
    str | None, typer.Option("-s", "--strategy", metavar="NAME", help="Let this strategy trade every pair.")
]
Timeframe = Annotated[
    str | None, typer.Option("-i", "--timeframe", metavar="LENGTH", help="Length of a bar, such as 15m.")
]
Pairs = Annotated[
    str | None, typer.Option("-p", "--pairs", metavar="A,B", help="Only these pairs, with a comma between.")
]
DatasetName = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME", help="Replay this data set, whatever feed is configured.")
]
ContextNames = Annotated[
    str | None,
    typer.Option(
        "--context",
        metavar="A,B",
        help="Take in these series beside the candles, such as funding,open_interest; whatever is configured.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "-d", "--datadir", metavar="DIR", exists=True, file_okay=False, help="Where data sets are; or the bundled ones."
    ),
]
StoreDir = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        envvar="FINANTRADE_STORE",
        help="Where imported series are kept; `store` in the working directory if not given.",
        show_default=False,
    ),
]
SeriesFilters = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SERIES]...",
        help="Addresses of series or the beginnings of some, such as binance/usdm, with * for any; all if not given.",
        show_default=False,
    ),
]
SeriesAddress = Annotated[
    str, typer.Argument(metavar="SERIES", help="Address of one series, such as binance/usdm/candles/BTCUSDT/1m.")
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param", metavar="NAME=VALUE", help="Set a parameter of every strategy that has it; may be repeated."
    ),
]
StateDir = Annotated[
    Path, typer.Option("--state", metavar="DIR", envvar="FINANTRADE_STATE", help="Where sessions are kept.")
]
JournalPath = Annotated[
    Path | None,
    typer.Argument(
        metavar="JOURNAL",
        help="A journal, a session's directory, or the name of a session; the newest session if not given.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
Url = Annotated[str, typer.Option("--url", metavar="URL", help="Address of the daemon.")]
