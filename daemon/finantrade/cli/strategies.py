"""``finantrade strategies``: which strategies there are, what each of them does, and a new one of one's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson

if TYPE_CHECKING:
    from finantrade.strategies.description import ParameterDescription
    from finantrade.strategies.protocol import AnyStrategy, StrategyClass

SYMBOL = "SYMBOL"
"""Whatever a described strategy is made for; as many of them as it may want."""
MEMBERS = tuple(f"{SYMBOL}{number}" for number in range(1_000))

FOLDED = re.compile(r"\n *(?!\d+\. |- | )")
"""A new line that begins no point of a list."""

app = group("See which strategies there are and what each of them does, begin one of your own.")


@app.callback()
def strategies() -> None:
    """See which strategies there are and what each of them does, begin one of your own."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the strategies that are shipped."""
    from finantrade.cli.output import say, say_json, table  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.strategies.description import describe as described  # noqa: PLC0415
    from finantrade.strategies.registry import STRATEGIES  # noqa: PLC0415

    found = [described(name, cls) for name, cls in STRATEGIES.items()]
    if as_json:
        keys = ("name", "decides", "idea", "tells_ahead")
        told = [{key: getattr(one, key) for key in keys} for one in found]
        parameters = [[each.name for each in one.parameters] for one in found]
        say_json({"strategies": [one | {"parameters": names} for one, names in zip(told, parameters, strict=True)]})
    else:
        say(table("", ["strategy", "decides by", "what it does"], [(one.name, one.decides, one.idea) for one in found]))
        say("`finantrade strategies describe NAME` says more; docs/strategies.md has their pages")


@app.command()
def describe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A shipped strategy, a class, or package.module.Class.")],
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The Python file that the class is in.")
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="NAME=VALUE", help="With this parameter; may be repeated."),
    ] = None,
    features: Annotated[
        Path | None, typer.Option("--features", metavar="FILE", help="A Python file of features that rules may name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a strategy does: idea and source, its parameters, and the features and rules they stand for."""
    from msgspec.structs import asdict  # noqa: PLC0415

    from finantrade.cli.output import say, say_json, table  # noqa: PLC0415
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415
    from finantrade.edges.strategy_files import load_strategy  # noqa: PLC0415
    from finantrade.strategies.description import describe as described  # noqa: PLC0415

    cls = load_strategy(name, str(file) if file else None, load_features(features).lookup)
    one, (needed, rules) = described(name, cls), _made(cls, _given(param or ()))
    if as_json:
        say_json({**asdict(one), "features": needed, "rules": rules})
        return
    say(_reflowed(one.text.replace("``", "`")))
    rows = [(each.name, _default(each), _range(each), each.what) for each in one.parameters]
    say(table("parameters", ["parameter", "default", "?values", "what"], rows))
    if needed is not None:
        say(table("features", ["feature"], [(each,) for each in needed]))
    if rules is not None:
        say(table("as rules, which may be copied and changed", ["parameter of rule", "expression"], [*rules.items()]))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters and underscores, such as buy_dips.")],
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where to write it; made if it is not there.")
    ] = Path("strategies"),
    as_json: AsJson = False,
) -> None:
    """Begin a strategy of your own: a file that trades, and a test of it that passes."""
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415
    from finantrade.edges.scaffold import new_strategy  # noqa: PLC0415

    cls, file, test = new_strategy(name, directory)
    if as_json:
        say_json({"class": cls, "file": file, "test": test})
        return
    say(f"strategies:\n  - name: {cls}\n    file: {file}")
    note(f"written: {file} and {test}; the lines above go into a configuration, `python -m pytest {test}` tests it")


def _reflowed(text: str) -> str:
    """Undo the folding of paragraphs and points, so that they are folded to the terminal; tables stay."""
    blocks = text.split("\n\n")
    return "\n\n".join(one if "===" in one else FOLDED.sub(" ", one) for one in blocks)


def _given(texts: list[str] | tuple[()]) -> dict[str, object]:
    from finantrade.config_file import parse_value  # noqa: PLC0415

    found: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise CliError(f"expected NAME=VALUE such as stop_atr=3, found {text!r}", ExitCode.USAGE)
        found[name] = parse_value(value, f"--param {name}")
    return found


def _made(cls: StrategyClass, given: dict[str, object]) -> tuple[list[str] | None, dict[str, Any] | None]:
    """Return features and rules with these parameters; nothing where some that are needed were not given."""
    from finantrade.strategies.factory import by_boundary, make, posts  # noqa: PLC0415
    from finantrade.strategies.params import ParamsError, build_params  # noqa: PLC0415

    try:
        params = build_params(cls, given, "--param")
    except ParamsError:
        if given:
            raise
        return None, None
    (post,) = posts(cls, MEMBERS if by_boundary(cls) else (SYMBOL,), {})
    strategy: AnyStrategy = make(cls, post, given, "--param")
    rules: Any = getattr(params, "rules", None)
    features = [one if isinstance(one, str) else one.name for one in strategy.features()]
    return features, None if rules is None else _written(rules())


def _written(rules: Any) -> dict[str, Any]:
    from msgspec.structs import asdict  # noqa: PLC0415

    return {name: value for name, value in asdict(rules).items() if isinstance(value, str)}


def _default(one: ParameterDescription) -> str:
    if one.required:
        return "needed"
    if one.default is None:
        return "none"
    return str(one.default).lower() if isinstance(one.default, bool) else str(one.default)


def _range(one: ParameterDescription) -> str:
    if one.low is None and one.high is None:
        return {"boolean": "true or false", "string": "text"}.get(one.kind, one.kind)
    return f"{'' if one.low is None else format(one.low, 'g')} to {'' if one.high is None else format(one.high, 'g')}"
