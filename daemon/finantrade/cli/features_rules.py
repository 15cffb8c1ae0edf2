"""Which rules ``features compute`` writes the signals of: those of a file, or of a configuration's strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

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


class Wanted(NamedTuple):
    """Rules for symbols, or one for all; ``timeframe`` is that of the configuration they are from.

    ``lookup`` has the features of a user's own that they and whoever asks may name, ``own`` those of the file named.
    """

    lookup: Lookup
    own: tuple[str, ...]
    everywhere: RuleParams | None = None
    by_symbol: Mapping[str, RuleParams] = MappingProxyType({})
    timeframe: str | None = None

    def of(self, symbol: str) -> RuleParams | None:
        """Return the rules of a symbol, if there are any."""
        return self.by_symbol.get(symbol, self.everywhere)


def wanted_rules(
    own: Path | None,
    file: Path | None,
    config: Sequence[Path],
    strategy: str | None,
    pairs: str | None,
    timeframe: str | None,
) -> Wanted:
    """Return the rules that were asked for, from a file or a configuration. Raises CliError, and as either does.

    ``own`` is a file of features.
    """
    from finantrade.cli.configuration import Choice, parse_pairs  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.edges.feature_files import load_features  # noqa: PLC0415

    if file is not None and (config or strategy):
        raise CliError("expected either --rules or a configuration, found both", ExitCode.USAGE)
    if strategy and not config:
        raise CliError("expected the configuration of that strategy: -c FILE", ExitCode.USAGE)
    lookup = load_features(own).lookup
    nothing = Wanted(lookup, tuple(lookup.own))
    if config:
        choice = Choice(strategy=strategy, pairs=parse_pairs(pairs), timeframe=timeframe)
        return _of_configuration(nothing, own, config, choice)
    return nothing if file is None else nothing._replace(everywhere=_of_file(file, lookup))


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


def _of_configuration(nothing: Wanted, own: Path | None, files: Sequence[Path], choice: Choice) -> Wanted:
    from finantrade.cli.configuration import ready  # noqa: PLC0415
    from finantrade.edges.strategy_files import load_strategy  # noqa: PLC0415
    from finantrade.strategies.params import build_symbol_params  # noqa: PLC0415
    from finantrade.strategies.rule import Rule  # noqa: PLC0415

    config = ready(files, choice).config
    found: dict[str, RuleParams] = {}
    lookup = _joined(nothing.lookup, own, config.features.files)
    for one in config.strategies:
        cls = load_strategy(one.name, one.file, lookup)
        for symbol in (one.symbols or config.symbols) if issubclass(cls, Rule) else ():
            params = build_symbol_params(cls, one.params, one.per_symbol.get(symbol, {}), one.name, one.name)
            if (rules := rules_of(params)) is not None:
                found[symbol] = rules
    if not found:
        names = ", ".join(dict.fromkeys(one.name for one in config.strategies)) or "none"
        raise CliError(
            f"expected a strategy that is written as rules, found {names}: only rules can be told as columns",
            ExitCode.USAGE,
        )
    return Wanted(lookup, nothing.own, by_symbol=found, timeframe=config.timeframe)


def rules_of(params: Any) -> RuleParams | None:
    """Return the rules that parameters are, or stand for; None where a strategy is not written as rules."""
    from finantrade.strategies.rule import RuleParams  # noqa: PLC0415

    if isinstance(params, RuleParams):
        return params
    rules = getattr(params, "rules", None)
    return None if rules is None else rules()


def _joined(lookup: Lookup, own: Path | None, files: Sequence[str]) -> Lookup:
    from finantrade.edges.feature_files import lookup_of  # noqa: PLC0415
    from finantrade.features.lookup import Lookup  # noqa: PLC0415

    configured = lookup_of(files)
    if own is None or own.resolve() in [Path(one).resolve() for one in files]:
        return configured
    return Lookup([*lookup.own.values(), *configured.own.values()])
