"""What ``features compute`` and ``features check`` share: which features, over which bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode

if TYPE_CHECKING:
    from finantrade.config import Context
    from finantrade.features.feature_set import FeatureSet
    from finantrade.features.lookup import Lookup
    from finantrade.market.candles import Candles
    from finantrade.market.datasets import Dataset

FeaturesFile = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="A Python file with features of your own.", show_default=False),
]
Bars = Annotated[str, typer.Option("--dataset", metavar="NAME", help="Over the bars of this data set.")]
Start = Annotated[str | None, typer.Option("--start", metavar="TIME", help="From the bar that opens here on.")]
End = Annotated[str | None, typer.Option("--end", metavar="TIME", help="Up to here, exclusive.")]


def chosen(
    name: str, datadir: Path | None, pairs: str | None, timeframe: str | None, start: str | None, end: str | None
) -> tuple[Dataset, list[Candles]]:
    """Return a data set and its bars in a span. Raises CliError where there are none of a symbol."""
    from finantrade.cli.configuration import parse_pairs  # noqa: PLC0415  imported by whom it serves
    from finantrade.cli.data_derive import moment  # noqa: PLC0415
    from finantrade.market.datasets import load  # noqa: PLC0415
    from finantrade.market.store.reading import END_OF_TIME  # noqa: PLC0415

    first = moment(start, "--start") if start else 0
    last = moment(end, "--end") if end else END_OF_TIME
    dataset = load(name, datadir, parse_pairs(pairs) or None, timeframe)
    found = [one.between(first, last) for one in dataset.candles.values()]
    for one in found:
        if not len(one):
            raise CliError(f"expected bars of {one.symbol} in that span, found none", ExitCode.USAGE)
    return dataset, found


def set_of(lookup: Lookup, names: Sequence[str] | None, timeframe: str) -> FeatureSet:
    """Return the features of these names, or the usual ones: those of the user's file, else of the catalogue."""
    from finantrade.domain.units import timeframe_ms  # noqa: PLC0415
    from finantrade.features.feature_set import FeatureSet  # noqa: PLC0415

    return FeatureSet([lookup.resolve(name) for name in names or lookup.usual()], timeframe_ms(timeframe))


def beside(data: Dataset, datadir: Path | None, context: Sequence[Context]) -> tuple[Dataset, list[str]]:
    """Return the data set with what it has of these series beside its bars, and in words what it does not have."""
    from finantrade.features.series import MOOD  # noqa: PLC0415
    from finantrade.market.context_facts import KINDS  # noqa: PLC0415
    from finantrade.market.datasets import with_context  # noqa: PLC0415
    from finantrade.market.series import Kind  # noqa: PLC0415

    full = with_context(data, datadir, context)
    found = {(one.place.kind, one.place.symbol) for one in full.context}
    lacking: list[str] = []
    for name in context:
        symbols = [MOOD] if KINDS[name] is Kind.SENTIMENT else list(data.candles)
        lacking += [f"{name.value} of {one}" for one in symbols if (KINDS[name], one) not in found]
    return full, lacking


def tell_lacking(lacking: Sequence[str], dataset: str) -> None:
    """Say which series are not there; their features are missing."""
    from finantrade.cli.output import note  # noqa: PLC0415

    if lacking:
        note(f"note: {dataset} has no {', no '.join(lacking)}: what rests on it has no value")
