"""Which rules ``features compute`` writes the signals of: those of a file, or of a configuration's strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast

import typer

from finantrade.cli.errors import CliError, ExitCode

if TYPE_CHECKING:
    from finantrade.cli.configuration import Choice
    from finantrade.features.lookup import Lookup
    from finantrade.strategies.rule import RuleParams

RulesFile = Annotated[
    Path | None,
    typer.Option("--rules", metavar="FILE", help="Write what these rules say beside the features.", show_default=False),
]
RULE = "rule"


class Wanted(NamedTuple):
    """Rules for symbols, or one for all; ``timeframe`` is that of the configuration they are from."""

    everywhere: RuleParams | None = None
    by_symbol: Mapping[str, RuleParams] = MappingProxyType({})
    timeframe: str | None = None

    def of(self, symbol: str) -> RuleParams | None:
        """Return the rules of a symbol, if there are any."""
        return self.by_symbol.get(symbol, self.everywhere)


def wanted_rules(
    lookup: Lookup,
    file: Path | None,
    config: Sequence[Path],
    strategy: str | None,
    pairs: str | None,
    timeframe: str | None,
) -> Wanted:
    """Return the rules that were asked for, from a file or a configuration. Raises CliError, and as either does."""
    from finantrade.cli.configuration import Choice, parse_pairs  # noqa: PLC0415  imported by whom it serves, as below

    if file is not None:
        if config or strategy:
            raise CliError("expected either --rules or a configuration, found both", ExitCode.USAGE)
        return Wanted(_of_file(file, lookup))
    if config:
        return _of_configuration(config, Choice(strategy=strategy, pairs=parse_pairs(pairs), timeframe=timeframe))
    if strategy:
        raise CliError("expected the configuration of that strategy: -c FILE", ExitCode.USAGE)
    return Wanted()


def _of_file(path: Path, lookup: Lookup) -> RuleParams:
    from finantrade.cli.rule_places import finding  # noqa: PLC0415
    from finantrade.config_file import ConfigError, Finding  # noqa: PLC0415
    from finantrade.config_layers import places, plain  # noqa: PLC0415
    from finantrade.conversion import dotted  # noqa: PLC0415
    from finantrade.strategies.params import ParamsError, build_params  # noqa: PLC0415
    from finantrade.strategies.rule import Rule  # noqa: PLC0415
    from finantrade.yaml_source import MAX_BYTES, YamlError, read  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            tree = read(file.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        raise ConfigError([Finding("unreadable", str(path), "", f"cannot be read: {error.strerror}")]) from None
    except YamlError as error:
        raise ConfigError([Finding("syntax", f"{path}:{error.line}", "", error.text)]) from None
    raw = plain(tree)
    if not isinstance(raw, dict):
        text = "expected enter_long, exit_long and so on, each with its condition"
        raise ConfigError([Finding("wrong_value", tree.place, "", text)])
    try:
        found = build_params(Rule.over(lookup), cast("Mapping[str, object]", raw), "")
    except ParamsError as error:
        given = {dotted(path): place for path, place in places(tree)}
        raise ConfigError([finding(given, where.removeprefix("."), text) for where, text in error.wrong]) from None
    return cast("RuleParams", found)


def _of_configuration(files: Sequence[Path], choice: Choice) -> Wanted:
    from finantrade.cli.configuration import ready  # noqa: PLC0415
    from finantrade.edges.feature_files import lookup_of  # noqa: PLC0415
    from finantrade.edges.strategy_files import load_strategy  # noqa: PLC0415
    from finantrade.strategies.params import build_symbol_params  # noqa: PLC0415
    from finantrade.strategies.rule import Rule  # noqa: PLC0415

    config = ready(files, choice).config
    found: dict[str, RuleParams] = {}
    lookup = lookup_of(config.features.files)
    for one in config.strategies:
        cls = load_strategy(one.name, one.file, lookup)
        for symbol in (one.symbols or config.symbols) if issubclass(cls, Rule) else ():
            params = build_symbol_params(cls, one.params, one.per_symbol.get(symbol, {}), one.name, one.name)
            found[symbol] = cast("RuleParams", params)
    if not found:
        names = ", ".join(dict.fromkeys(one.name for one in config.strategies)) or "none"
        raise CliError(
            f"expected a strategy {RULE!r}, found {names}: only rules can be told as columns", ExitCode.USAGE
        )
    return Wanted(by_symbol=found, timeframe=config.timeframe)
