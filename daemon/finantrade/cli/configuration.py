"""From files and options to one checked configuration.

1. The files are read as the daemon reads them: files, environment, checks.
2. Pairs, strategy, timeframe and parameters that were chosen on the command line become overrides of that.
3. The result is read and checked as a whole once more: an option can no more break a rule than a file can.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.strategy_checks import strategy_findings
from finantrade.config import Config, StrategyConfig
from finantrade.config_file import ConfigError, LoadedConfig, load_config, overridden, parse_value
from finantrade.conversion import suggestion
from finantrade.edges.strategy_files import load_strategy

HERE = "command line"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen beside the files. ``params`` are texts such as ``fast=9``."""

    strategy: str | None = None
    timeframe: str | None = None
    pairs: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    dataset: str | None = None
    context: tuple[str, ...] | None = None
    port: int | None = None


def load(files: Sequence[Path], choice: Choice | None = None) -> LoadedConfig:
    """Return the configuration. Raises ConfigError, CliError, or the errors of a strategy that cannot be loaded."""
    if not files:
        raise CliError("expected a configuration: -c FILE", ExitCode.USAGE, "config/demo.yml is the one of `make run`")
    loaded = load_config(files, env=os.environ)
    overrides = _overrides(loaded.config, choice) if choice is not None else {}
    return overridden(loaded, overrides, HERE) if overrides else loaded


def ready(files: Sequence[Path], choice: Choice | None = None) -> LoadedConfig:
    """Return the configuration after all checks that need nothing started. Raises as `load` does."""
    loaded = load(files, choice)
    findings = list(dict.fromkeys(strategy_findings(loaded)))
    if findings:
        raise ConfigError(findings)
    return loaded


def parse_pairs(text: str | None) -> tuple[str, ...]:
    """Read names with a comma between, such as ``BTCUSDT,ETHUSDT``."""
    return tuple(one.strip() for one in text.split(",") if one.strip()) if text else ()


def _overrides(config: Config, choice: Choice) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    if choice.port is not None:
        overrides["api.port"] = choice.port
    if choice.dataset is not None:
        overrides |= {"feed.dataset": choice.dataset, "feed.binance": None}
    if choice.context is not None:
        overrides["feed.context"] = list(choice.context)
    if choice.timeframe is not None:
        overrides["timeframe"] = choice.timeframe
    if choice.pairs:
        overrides["symbols"] = list(choice.pairs)
    if choice.pairs or choice.strategy or choice.params:
        overrides["strategies"] = msgspec.to_builtins(_strategies(config, choice))
    return overrides


def _strategies(config: Config, choice: Choice) -> list[StrategyConfig]:
    pairs = choice.pairs or config.symbols
    entries = _named(config, choice.strategy, pairs) if choice.strategy else list(config.strategies)
    kept = entries
    if choice.pairs or choice.strategy:
        kept = [one for entry in entries if (one := _restricted(entry, config.symbols, pairs)).symbols]
    if not kept:
        near = suggestion(pairs[0], config.symbols)
        raise CliError(
            f"no configured strategy trades {', '.join(pairs)}{near}",
            ExitCode.USAGE,
            f"configured are {', '.join(config.symbols)}; `-s NAME` chooses a strategy for others",
        )
    for text in choice.params:
        kept = _with_param(kept, text)
    return kept


def _named(config: Config, name: str, pairs: Sequence[str]) -> list[StrategyConfig]:
    """Let the strategy trade every pair: by its own entries, what they leave over by the first, else by defaults."""
    found = [one for one in config.strategies if one.name == name]
    if not found:
        return [StrategyConfig(name=name, symbols=tuple(pairs))]
    taken = {symbol for one in found for symbol in one.symbols or config.symbols}
    first, *others = found
    left = tuple(symbol for symbol in pairs if symbol not in taken)
    return [msgspec.structs.replace(first, symbols=(*(first.symbols or config.symbols), *left)), *others]


def _restricted(entry: StrategyConfig, symbols: Sequence[str], pairs: Sequence[str]) -> StrategyConfig:
    own = tuple(symbol for symbol in entry.symbols or (*symbols, *pairs) if symbol in pairs)
    per_symbol = {symbol: params for symbol, params in entry.per_symbol.items() if symbol in pairs}
    return msgspec.structs.replace(entry, symbols=tuple(dict.fromkeys(own)), per_symbol=per_symbol)


def _with_param(entries: Sequence[StrategyConfig], text: str) -> list[StrategyConfig]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise CliError(f"expected NAME=VALUE such as fast=9, found {text!r}", ExitCode.USAGE)
    known = dict(_parameters(entries))
    if name not in known:
        near = suggestion(name, known) or f"; there are {', '.join(known) or 'none'}"
        raise CliError(f"no strategy here has a parameter {name!r}{near}", ExitCode.USAGE)
    parsed = parse_value(value, f"--param {name}")
    return [_set(one, name, parsed) if one in known[name] else one for one in entries]


def _parameters(entries: Sequence[StrategyConfig]) -> Iterator[tuple[str, list[StrategyConfig]]]:
    fields = [(one, load_strategy(one.name, one.file).Params.__struct_fields__) for one in entries]
    for name in dict.fromkeys(name for _, names in fields for name in names):
        yield name, [one for one, names in fields if name in names]


def _set(entry: StrategyConfig, name: str, value: object) -> StrategyConfig:
    per_symbol = {symbol: _without(params, name) for symbol, params in entry.per_symbol.items()}
    return msgspec.structs.replace(entry, params={**entry.params, name: value}, per_symbol=per_symbol)


def _without(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key != name}
