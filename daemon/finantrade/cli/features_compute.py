"""``finantrade features compute``: the rows of features over recorded bars, in a file for research."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from finantrade.cli.ending import ended_by_exception
from finantrade.cli.features_data import Bars, End, FeaturesFile, Start, beside, chosen, tell_lacking
from finantrade.cli.features_rules import RulesFile, wanted_rules
from finantrade.cli.options import AsJson, DataDir, OptionalConfigFiles, Pairs, Strategy, Timeframe

if TYPE_CHECKING:
    from finantrade.features.declaration import Feature
    from finantrade.features.feature_set import FeatureSet
    from finantrade.features.lookup import Lookup
    from finantrade.market.candles import Candles
    from finantrade.market.datasets import Dataset
    from finantrade.market.feature_frame import FrameHeader, Part
    from finantrade.market.timeline import Timeline
    from finantrade.strategies.rule import RuleParams

Target = Annotated[Path, typer.Argument(metavar="OUT", help="A .parquet file.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...",
        help="Features; if not given all of --file, else all that the rules name, else all usual ones.",
    ),
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
    *,
    file: FeaturesFile = None,
    rules: RulesFile = None,
    config: OptionalConfigFiles = None,
    strategy: Strategy = None,
    pairs: Pairs = None,
    timeframe: Timeframe = None,
    start: Start = None,
    end: End = None,
    reset_after_bars: ResetAfter = 3,
    datadir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the rows of features over recorded bars to a Parquet file: the same to the bit as in the daemon.

    With rules, from --rules or the configuration -c, what they say of each row stands beside.
    """
    from finantrade.cli.output import progress  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415
    from finantrade.edges.feature_trial import try_out  # noqa: PLC0415
    from finantrade.features.series import context_of  # noqa: PLC0415
    from finantrade.market.feature_frame import check_frame_target, write_frame  # noqa: PLC0415

    check_frame_target(out)
    lookup = load_features(file).lookup
    wanted = wanted_rules(lookup, rules, config or (), strategy, pairs, timeframe)
    pairs, timeframe = pairs or ",".join(wanted.by_symbol), timeframe or wanted.timeframe
    data, candles = chosen(dataset, datadir, pairs, timeframe, start, end)
    ruled = {one.symbol: params for one in candles if (params := wanted.of(one.symbol)) is not None}
    features = _features(lookup, names, list(ruled.values()), data.manifest.timeframe)
    try_out(features.features, features.timeframe, candles)
    data, lacking = beside(data, datadir, context_of(features.features))
    tell_lacking(lacking, data.manifest.name)
    header = _header(features, data, reset_after_bars, ruled)
    bars, context = sum(map(len, candles)), _told(data, candles)
    with ended_by_exception(), progress("computing", bars, "bars", shown=not as_json) as told:
        rows = write_frame(out, header, _parts(features, candles, context, header, ruled, told))
    about = {"rows": rows, "symbols": [one.symbol for one in candles], "lacking": lacking}
    _tell(out, about, header, as_json=as_json)


def _tell(out: Path, about: dict[str, Any], header: FrameHeader, *, as_json: bool) -> None:
    from msgspec.structs import asdict  # noqa: PLC0415

    from finantrade.cli.figures import count  # noqa: PLC0415
    from finantrade.cli.output import note, say_json  # noqa: PLC0415

    if as_json:
        say_json({"file": str(out), **about, **asdict(header)})
        return
    ruled = [symbol for one in header.rules for symbol in one.symbols]
    signals = f" and the signals of rules on {', '.join(ruled)}" if ruled else ""
    note(f"wrote {count(about['rows'])} rows of {len(header.units)} features{signals} to {out}")


def _told(data: Dataset, candles: Sequence[Candles]) -> Timeline:
    """Return what a backtest over these candles would be told beside them."""
    from finantrade.market.facts import beside as told_beside  # noqa: PLC0415
    from finantrade.market.timeline import Timeline  # noqa: PLC0415

    return told_beside(candles, Timeline.of(one.table for one in data.context))


def _features(lookup: Lookup, names: Sequence[str] | None, rules: Sequence[RuleParams], timeframe: str) -> FeatureSet:
    from finantrade.domain.units import timeframe_ms  # noqa: PLC0415
    from finantrade.features.feature_set import FeatureSet  # noqa: PLC0415

    named = names or (() if rules and not lookup.own else lookup.usual())
    found = {name: lookup.resolve(name) for name in named}
    for one in rules:
        for name in one.compiled().program.names:
            found.setdefault(name, cast("Feature", one.resolve(name)))
    return FeatureSet(list(found.values()), timeframe_ms(timeframe))


def _header(features: FeatureSet, data: Dataset, reset_after_bars: int, ruled: Mapping[str, RuleParams]) -> FrameHeader:
    from finantrade.market.feature_frame import FrameHeader, RulesOf  # noqa: PLC0415
    from finantrade.strategies.rule_set import LEVELS  # noqa: PLC0415

    rules = [RulesOf(tuple(group), ruled[group[0]].texts()) for group in _alike(ruled)]
    return FrameHeader(
        schema_id=features.schema_id,
        dataset=data.manifest.name,
        sha256=data.content,
        timeframe=data.manifest.timeframe,
        warmup=features.warmup,
        reset_after_bars=reset_after_bars,
        synthetic=data.manifest.synthetic,
        units={one.name: str(one.unit) for one in features.features},
        rules=tuple(rules),
        levels=tuple(name for name in LEVELS if any(name in one.rules for one in rules)),
    )


def _alike(ruled: Mapping[str, RuleParams]) -> list[list[str]]:
    groups: list[list[str]] = []
    for symbol, params in ruled.items():
        same = next((group for group in groups if ruled[group[0]] == params), None)
        if same is None:
            groups.append([symbol])
        else:
            same.append(symbol)
    return groups


def _parts(
    features: FeatureSet,
    candles: Sequence[Candles],
    context: Timeline,
    header: FrameHeader,
    ruled: Mapping[str, RuleParams],
    told: Callable[[int], None],
) -> Iterator[Part]:
    from finantrade.features.computing import blocks  # noqa: PLC0415
    from finantrade.market.feature_frame import Part  # noqa: PLC0415
    from finantrade.strategies.rule_signals import SignalLine  # noqa: PLC0415

    rows = 0
    for one in candles:
        params = ruled.get(one.symbol)
        line = None if params is None else SignalLine(params.compiled(), features, header.reset_after_bars)
        for block in blocks(features, one, header.reset_after_bars, context):
            yield Part(block, None if line is None else line.extend(block))
            rows += len(block.close_time)
            told(rows)
