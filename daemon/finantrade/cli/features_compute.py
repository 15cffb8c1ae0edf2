"""``finantrade features compute``: the rows of features over recorded bars, in a file for research."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.features_data import Bars, End, FeaturesFile, Start, beside, chosen, set_of, tell_lacking
from finantrade.cli.options import AsJson, DataDir, Pairs, Timeframe

if TYPE_CHECKING:
    from finantrade.features.computing import Block
    from finantrade.features.feature_set import FeatureSet
    from finantrade.market.candles import Candles
    from finantrade.market.datasets import Dataset
    from finantrade.market.feature_frame import FrameHeader
    from finantrade.market.timeline import Timeline

Target = Annotated[Path, typer.Argument(metavar="OUT", help="A .parquet file.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Features; all usual ones, or all of --file, if not given."),
]

ResetAfter = Annotated[
    int,
    typer.Option(
        "--reset-after-bars",
        metavar="N",
        min=0,
        help="Begin warm-up anew after a longer hole, as a configuration says.",
    ),
]


def compute(
    out: Target,
    dataset: Bars,
    names: Names = None,
    file: FeaturesFile = None,
    pairs: Pairs = None,
    timeframe: Timeframe = None,
    start: Start = None,
    end: End = None,
    reset_after_bars: ResetAfter = 3,
    datadir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the rows of features over recorded bars to a Parquet file: the same to the bit as in the daemon."""
    from msgspec.structs import asdict  # noqa: PLC0415  imported by whom it serves, as below

    from finantrade.cli.figures import count  # noqa: PLC0415
    from finantrade.cli.output import note, progress, say_json  # noqa: PLC0415
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415
    from finantrade.edges.feature_trial import try_out  # noqa: PLC0415
    from finantrade.features.series import context_of  # noqa: PLC0415
    from finantrade.market.feature_frame import check_frame_target, write_frame  # noqa: PLC0415

    check_frame_target(out)
    lookup = load_features(file).lookup
    data, candles = chosen(dataset, datadir, pairs, timeframe, start, end)
    features = set_of(lookup, names, data.manifest.timeframe)
    data, lacking = beside(data, datadir, context_of(features.features))
    tell_lacking(lacking, data.manifest.name)
    try_out(features.features, features.timeframe, candles)
    header = _header(features, data, reset_after_bars)
    with progress("computing", sum(map(len, candles)), "bars", shown=not as_json) as told:
        rows = write_frame(out, header, _blocks(features, candles, _told(data, candles), reset_after_bars, told))
    if as_json:
        symbols = [one.symbol for one in candles]
        say_json({"file": str(out), "rows": rows, "symbols": symbols, "lacking": lacking, **asdict(header)})
    else:
        note(f"wrote {count(rows)} rows of {len(features.names)} features to {out}")


def _told(data: Dataset, candles: Sequence[Candles]) -> Timeline:
    """Return what a backtest over these candles would be told beside them."""
    from finantrade.market.facts import beside as told_beside  # noqa: PLC0415
    from finantrade.market.timeline import Timeline  # noqa: PLC0415

    return told_beside(candles, Timeline.of(one.table for one in data.context))


def _header(features: FeatureSet, data: Dataset, reset_after_bars: int) -> FrameHeader:
    from finantrade.market.feature_frame import FrameHeader  # noqa: PLC0415

    return FrameHeader(
        schema_id=features.schema_id,
        dataset=data.manifest.name,
        sha256=data.content,
        timeframe=data.manifest.timeframe,
        warmup=features.warmup,
        reset_after_bars=reset_after_bars,
        synthetic=data.manifest.synthetic,
        units={one.name: str(one.unit) for one in features.features},
    )


def _blocks(
    features: FeatureSet,
    candles: Sequence[Candles],
    context: Timeline,
    reset_after_bars: int,
    told: Callable[[int], None],
) -> Iterator[Block]:
    from finantrade.features.computing import blocks  # noqa: PLC0415

    rows = 0
    for one in candles:
        for block in blocks(features, one, reset_after_bars, context):
            yield block
            rows += len(block.close_time)
            told(rows)
