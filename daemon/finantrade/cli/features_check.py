"""``finantrade features check``: whether features keep to their laws on somebody's own data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from inspect import signature
from math import isnan
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs

from finantrade.cli.errors import CliError
from finantrade.cli.features_compute import Names
from finantrade.cli.features_data import Bars, End, FeaturesFile, Start, beside, chosen, set_of
from finantrade.cli.figures import NOTHING
from finantrade.cli.options import AsJson, DataDir, Pairs, Timeframe

if TYPE_CHECKING:
    from finantrade.config import Context
    from finantrade.edges.feature_files import FeatureFile
    from finantrade.features.checking import Outcome
    from finantrade.features.feature_set import FeatureSet
    from finantrade.features.laws import Finding
    from finantrade.market.candles import Candles
    from finantrade.market.store.context import StoredContext
    from finantrade.market.table import Table

Cuts = Annotated[
    int, typer.Option("--cuts", metavar="N", min=1, help="At how many random bars the data is ended, and begun.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Which random bars.")]


def check(
    dataset: Bars,
    names: Names = None,
    file: FeaturesFile = None,
    pairs: Pairs = None,
    timeframe: Timeframe = None,
    start: Start = None,
    end: End = None,
    cuts: Cuts = 50,
    seed: Seed = 0,
    datadir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check that features do not look ahead, give the same bits bar by bar, and come to the same values anywhere."""
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415  imported by whom it serves, as below

    own = load_features(file)
    data, candles = chosen(dataset, datadir, pairs, timeframe, start, end)
    features = _set(own, names, data.manifest.timeframe)
    data, lacking = beside(data, datadir, _context(features, own))
    checked = [*(features.names if features else ()), *own.vectorised]
    outcomes = _outcomes(features, own, (candles, data.context), (cuts, seed), shown=not as_json)
    about = {"dataset": data.manifest.name, "seed": seed, "cuts": cuts, "features": checked, "lacking": lacking}
    _print(about, outcomes, candles, as_json=as_json)
    broken = dict.fromkeys(one.feature for outcome in outcomes for one in outcome.findings)
    if broken:
        raise CliError(f"not to be relied on: {', '.join(broken)}")


def _set(own: FeatureFile, names: Sequence[str] | None, timeframe: str) -> FeatureSet | None:
    """Return the features to check; none where a file has nothing but functions and no names were given."""
    only_functions = own.vectorised and not own.lookup.own and not names
    return None if only_functions else set_of(own.lookup, names, timeframe)


def _context(features: FeatureSet | None, own: FeatureFile) -> tuple[Context, ...]:
    """Return what has to be known beside bars: what features rest on; any function may rest on all there is."""
    from finantrade.config import Context  # noqa: PLC0415
    from finantrade.features.series import context_of  # noqa: PLC0415

    if any(len(signature(function).parameters) > 1 for function in own.vectorised.values()):
        return tuple(Context)
    return context_of(features.features) if features else ()


def _outcomes(
    features: FeatureSet | None,
    own: FeatureFile,
    data: tuple[Sequence[Candles], Sequence[StoredContext]],
    draw: tuple[int, int],
    *,
    shown: bool,
) -> list[Outcome]:
    from finantrade.cli.output import progress  # noqa: PLC0415
    from finantrade.features.checking import Outcome, check_features, check_functions  # noqa: PLC0415
    from finantrade.features.laws import tables_of  # noqa: PLC0415

    found: list[Outcome] = []
    for one in data[0]:
        tables = tables_of([beside.table for beside in data[1]], one.symbol)
        rows = _rows(one, tables.values(), *draw)
        with progress(f"checking {one.symbol}", len(rows), "cuts", shown=shown) as told:
            outcome = check_features(features, one, rows, told, tables) if features else Outcome(())
        with progress(f"checking functions on {one.symbol}", len(own.vectorised), "functions", shown=shown) as told:
            functions = check_functions(own.vectorised, one, rows, told, tables)
        found.append(structs.replace(outcome, findings=(*outcome.findings, *functions)))
    return found


def _rows(candles: Candles, tables: Iterable[Table], cuts: int, seed: int) -> list[int]:
    """Draw the rows at which data is ended and begun, all where there are fewer.

    The first tenth is left out: a function may want a few bars, and a window has little to show there. Of each series
    as many are added, again at most so many, where something had happened and was not yet known.
    """
    first, random = max(len(candles) // 10, 1), Random(seed)  # noqa: S311  a choice, no secret
    drawn = [range(first, len(candles)), *(_unknown(candles, table, first) for table in tables)]
    return sorted({row for rows in drawn for row in random.sample(rows, min(cuts, len(rows)))})


def _unknown(candles: Candles, table: Table, first: int) -> list[int]:
    """Return where data can be ended so that the last row lies between a time and its becoming available."""
    closes = candles.open_time + candles.timeframe - 1
    happened, known = closes.searchsorted(table.time), closes.searchsorted(table.available())
    return sorted({int(row) + 1 for row in happened[happened < known] if first <= row + 1 < len(candles)})


def _print(about: dict[str, Any], outcomes: Sequence[Outcome], candles: Sequence[Candles], *, as_json: bool) -> None:
    from finantrade.cli.figures import count  # noqa: PLC0415
    from finantrade.cli.output import say, say_json, table  # noqa: PLC0415

    findings = [one for outcome in outcomes for one in outcome.findings]
    symbols: list[dict[str, Any]] = [
        {
            "symbol": one.symbol,
            "bars": len(one),
            "unjudged": outcome.unjudged,
            "by_event": outcome.by_event,
            "settled": outcome.settled,
            "empty": outcome.empty,
        }
        for one, outcome in zip(candles, outcomes, strict=True)
    ]
    if as_json:
        say_json({**about, "ok": not findings, "symbols": symbols, "findings": findings})
        return
    if findings:
        columns = ["feature", "law", "symbol", "bar that closes", ">expected", ">found", "how"]
        say(table("", columns, [_row(one) for one in findings]))
    for one in symbols:
        say("; ".join((f"{one['symbol']}: {count(one['bars'])} bars", *_warm_ups(one))))
    say(
        f"{len(about['features'])} checked over {about['dataset']}, ended and begun at {about['cuts']} bars "
        f"(seed {about['seed']}): {count(len(findings))} findings"
    )


def _warm_ups(symbol: dict[str, Any]) -> Iterator[str]:
    if settled := symbol["settled"]:
        slowest = max(settled, key=settled.__getitem__)
        yield f"{len(settled)} that rest on events were the same after {settled[slowest]} bars at most ({slowest})"
    if symbol["by_event"]:
        yield f"no such verdict on {', '.join(symbol['by_event'])}"
    if symbol["empty"]:
        yield f"no value at all, so nothing was shown, of {', '.join(symbol['empty'])}"
    if symbol["unjudged"]:
        yield f"too few bars in one piece to judge the warm-up of {', '.join(symbol['unjudged'])}"


def _row(one: Finding) -> tuple[str, ...]:
    from finantrade.cli.figures import stamp  # noqa: PLC0415

    cut = "" if one.cut is None else f" at bar {one.cut:,}"
    values = (NOTHING if isnan(value) else f"{value!r}" for value in (one.expected, one.found))
    return one.feature, str(one.law), one.symbol, f"{stamp(one.close_time)} ({one.row:,})", *values, f"{one.how}{cut}"
