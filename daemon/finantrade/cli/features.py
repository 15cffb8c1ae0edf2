"""``finantrade features``: what can be computed from bars, what exactly each figure is, its rows, and its laws."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.features_check import check
from finantrade.cli.features_compute import compute
from finantrade.cli.features_data import FeaturesFile
from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson, Timeframe

if TYPE_CHECKING:
    from finantrade.features.feature_set import Description
    from finantrade.features.lookup import Lookup

USUAL_TIMEFRAME = "15m"
RESTS = {
    "window": "the bars of its warm-up and nothing before them",
    "fading": "all bars since the start, each counting less with every new one",
    "event": "all since the price, the day or a figure beside the bars last turned; missing before the first of these",
    "start": "all bars since the start: only its changes can be compared",
}
"""What each ``Memory`` means."""

app = group("See which features there are and what each of them is, compute and check them.")
app.command()(compute)
app.command()(check)


@app.callback()
def features() -> None:
    """See which features there are and what each of them is, compute and check them."""


@app.command("list")
def list_(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="Only those with all of these in name, group or purpose."),
    ] = None,
    file: FeaturesFile = None,
    as_json: AsJson = False,
) -> None:
    """List a usual feature of every kind and what is asked of higher timeframes most, or those of a file."""
    from finantrade.cli.output import note, say, say_json, table  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415

    lookup = load_features(file).lookup
    found = [one for one in _described(lookup, lookup.usual(), USUAL_TIMEFRAME) if _matches(one, words or ())]
    if as_json:
        say_json({"timeframe": USUAL_TIMEFRAME, "features": found})
    elif found:
        rows = [(one.name, one.group, _range(one), one.warmup, ", ".join(one.series), one.why) for one in found]
        say(table("", ["feature", "group", "?values", "?>warm-up", "?beside bars", "what for"], rows))
        say(f"{len(found)} features; other lengths and timeframes go by the same names: ema_200, rsi_7_4h")
    else:
        note(f"no feature has {' and '.join(words or ())} in its name, group or purpose")


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
        say(facts(one.name, _facts(one, parameters, base)))


def _described(lookup: Lookup, names: tuple[str, ...], timeframe: str) -> tuple[Description, ...]:
    from finantrade.domain.units import timeframe_ms  # noqa: PLC0415
    from finantrade.features.description import descriptions  # noqa: PLC0415

    try:
        base = timeframe_ms(timeframe)
    except ValueError as error:
        raise CliError(str(error), ExitCode.USAGE) from None
    return descriptions([lookup.resolve(name) for name in names], base)


def _matches(one: Description, words: list[str] | tuple[()]) -> bool:
    text = f"{one.name} {one.group} {one.why}".lower()
    return all(word.lower() in text for word in words)


def _facts(one: Description, parameters: dict[str, int | float], timeframe: str) -> list[tuple[str, object]]:
    return [
        ("group", one.group),
        ("formula", one.formula),
        ("inputs", ", ".join(one.inputs)),
        ("beside bars", ", ".join(f"feed.context: {name}" for name in one.series) or "nothing"),
        ("parameters", ", ".join(f"{name} = {value:g}" for name, value in parameters.items()) or "none"),
        ("unit", one.unit),
        ("values", _range(one)),
        ("warm-up", f"{one.warmup} bars of {timeframe}"),
        ("rests on", RESTS[one.memory]),
        ("state", f"{one.state_bytes} bytes, with its inputs"),
        ("source", one.source),
        ("what for", one.why),
    ]


def _range(one: Description) -> str:
    if isinf(one.low) and isinf(one.high):
        return "any"
    if isinf(one.high):
        return f"from {one.low:g}"
    return f"{one.low:g} to {one.high:g}"
