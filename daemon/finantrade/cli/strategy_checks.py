"""What is wrong with the strategies of a configuration: each is loaded and made, as the core will, but nothing runs.

A strategy is other people's code. Whatever it raises is a finding at its place in the configuration, no fault of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from finantrade.config import Config, StrategyConfig
from finantrade.config_file import Finding, LoadedConfig
from finantrade.domain.units import timeframe_ms
from finantrade.edges.strategy_files import StrategyLoadError, load_strategy
from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.feature_set import FeatureSet
from finantrade.features.lookup import resolve
from finantrade.features.series import untold
from finantrade.strategies.params import ParamsError, build_symbol_params
from finantrade.strategies.protocol import Strategy
from finantrade.strategies.registry import UnknownStrategy


def strategy_findings(loaded: LoadedConfig) -> Iterator[Finding]:
    """Yield what is wrong, in the order of the file; the same once for every symbol it is wrong for."""
    config, given = loaded.config, loaded.places()
    for index, one in enumerate(config.strategies):
        path = f"strategies[{index}]"
        try:
            cls = load_strategy(one.name, one.file)
        except (UnknownStrategy, StrategyLoadError) as error:
            yield Finding("strategy", given[f"{path}.name"], f"{path}.name", str(error))
            continue
        for symbol in one.symbols or config.symbols:
            yield from _seat(config, one, path, cls, symbol, given)


def _seat(
    config: Config, one: StrategyConfig, path: str, cls: type[Strategy], symbol: str, given: Mapping[str, str]
) -> Iterator[Finding]:
    own = one.per_symbol.get(symbol, {})
    try:
        params = build_symbol_params(cls, one.params, own, f"{path}.params", f"{path}.per_symbol.{symbol}")
        wanted = cls(symbol, params).features()
    except ParamsError as error:
        yield from (Finding("parameter", _place(given, where, text), where, text) for where, text in error.wrong)
    except Exception as error:  # noqa: BLE001  a strategy may raise anything
        yield Finding("strategy", given[path], path, f"cannot be made: {type(error).__name__}: {error}")
    else:
        yield from (Finding("feature", given[path], path, text) for text in _no_features(config, wanted))


def _no_features(config: Config, wanted: tuple[str | Feature, ...]) -> Iterator[str]:
    resolved: list[Feature] = []
    for one in wanted:
        try:
            resolved.append(resolve(one))
        except FeatureError as error:
            yield str(error)
    try:
        FeatureSet(resolved, timeframe_ms(config.timeframe))
    except FeatureError as error:
        yield str(error)
    yield from untold(resolved, config.feed.context)


def _place(given: Mapping[str, str], where: str, text: str) -> str:
    """Return where a parameter was given, or what it is missing in.

    One that its own struct found fault with is named at the head of the text.
    """
    path = f"{where}.{text.partition(':')[0]}"
    while path not in given:
        path = path.rpartition(".")[0]
    return given[path]
