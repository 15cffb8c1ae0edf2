"""``finantrade features``: what can be computed from bars, what exactly each figure is, its rows, and its laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.feature_text import COMMON, RESTS, USUAL_TIMEFRAME, bounds, matching, series_and_source
from finantrade.cli.features_check import check
from finantrade.cli.features_compute import compute
from finantrade.cli.features_data import FeaturesFile
from finantrade.cli.features_reference import reference
from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson, Timeframe

if TYPE_CHECKING:
    from finantrade.features.declaration import Feature
    from finantrade.features.feature_set import Description
    from finantrade.features.lookup import Lookup

Facts = list[tuple[str, object]]

app = group("See which features there are and what each of them is, compute and check them.")
app.command()(compute)
app.command()(check)
app.command()(reference)


@app.callback()
def features() -> None:
    """See which features there are and what each of them is, compute and check them."""


@app.command("list")
def list_(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="Only those with all of these in what is said of them."),
    ] = None,
    file: FeaturesFile = None,
    as_json: AsJson = False,
) -> None:
    """List a usual feature of every kind and what is asked of higher timeframes most, or those of a file."""
    from finantrade.cli.features_listing import Listing  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415

    lookup = load_features(file).lookup
    told = _described(lookup, lookup.usual(), USUAL_TIMEFRAME)
    found = matching(told, words or ())
    if as_json:
        say_json({"timeframe": USUAL_TIMEFRAME, "features": found})
    elif found:
        say(Listing(found))
        say(f"\n{len(found)} feature{'s' * (len(found) != 1)}, warm-up in bars of {USUAL_TIMEFRAME}")
        say("other lengths and timeframes go by the same names: ema_200, rsi_7_4h")
    else:
        groups = ", ".join(dict.fromkeys(one.group for one in told))
        note(f"no feature has {' and '.join(words or ())} in what is said of it; groups are {groups}")


@app.command()
def describe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Any feature, such as rsi_14 or ema_50_4h.")],
    timeframe: Timeframe = None,
    file: FeaturesFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what a feature is: formula, unit, range, source, warm-up in base bars, and what it is for."""
    from msgspec.structs import asdict  # noqa: PLC0415

    from finantrade.cli.output import facts, say, say_json  # noqa: PLC0415
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415

    base, lookup = timeframe or USUAL_TIMEFRAME, load_features(file).lookup
    parameters = lookup.parameters(name)
    (one,) = _described(lookup, (name,), base)
    if as_json:
        say_json({"base_timeframe": base, "parameters": parameters, **asdict(one)})
    else:
        say(facts(one.name, _facts(one, lookup.resolve(name), parameters, base)))


def _described(lookup: Lookup, names: tuple[str, ...], timeframe: str) -> tuple[Description, ...]:
    from finantrade.domain.units import timeframe_ms  # noqa: PLC0415
    from finantrade.features.description import descriptions  # noqa: PLC0415

    try:
        base = timeframe_ms(timeframe)
    except ValueError as error:
        raise CliError(str(error), ExitCode.USAGE) from None
    return descriptions([lookup.resolve(name) for name in names], base)


def _facts(one: Description, feature: Feature, parameters: dict[str, int | float], timeframe: str) -> Facts:
    from finantrade.features.graph import leaves  # noqa: PLC0415

    series, defined = series_and_source(one.source)
    return [
        ("what for", one.why),
        ("formula", one.formula),
        ("parameters", ", ".join(f"{name} = {value:g}" for name, value in parameters.items()) or "none"),
        ("values", f"{bounds(one.low, one.high)} ({one.unit})"),
        ("group", one.group),
        ("built on", ", ".join(one.inputs)),
        ("reads", f"{', '.join(leaves(feature))}; {series}"),
        ("beside bars", ", ".join(f"feed.context: {name}" for name in one.series) or "nothing"),
        ("warm-up", f"{one.warmup:,} bars of {timeframe}"),
        ("rests on", RESTS[one.memory]),
        ("state", f"{one.state_bytes:,} bytes, with its inputs"),
        ("source", defined or COMMON),
    ]
