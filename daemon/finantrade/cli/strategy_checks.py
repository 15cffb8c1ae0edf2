"""What is wrong with the strategies of a configuration: each is loaded and made, as the core will, but nothing runs.

A strategy is other people's code. Whatever it raises is a finding at its place in the configuration, no fault of ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from finantrade.cli.rule_places import finding
from finantrade.config import Config, StrategyConfig
from finantrade.config_file import Finding, LoadedConfig
from finantrade.domain.units import timeframe_ms
from finantrade.edges.feature_files import lookup_of
from finantrade.edges.feature_trial import try_out
from finantrade.edges.strategy_files import StrategyLoadError, load_strategy
from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.feature_set import FeatureSet
from finantrade.features.lookup import Lookup
from finantrade.features.series import untold
from finantrade.strategies.factory import Post, make, posts
from finantrade.strategies.params import ParamsError
from finantrade.strategies.protocol import StrategyClass
from finantrade.strategies.registry import UnknownStrategy


def strategy_findings(loaded: LoadedConfig) -> Iterator[Finding]:
    """Yield what is wrong, in the order of the file; the same once for every symbol it is wrong for."""
    config, given = loaded.config, loaded.places()
    try:
        lookup = lookup_of(config.features.files)
    except FeatureError as error:
        yield Finding("feature", given["features.files"], "features.files", str(error))
        return
    for index, one in enumerate(config.strategies):
        path = f"strategies[{index}]"
        try:
            cls = load_strategy(one.name, one.file, lookup)
        except (UnknownStrategy, StrategyLoadError) as error:
            yield Finding("strategy", given[f"{path}.name"], f"{path}.name", str(error))
            continue
        for post in posts(cls, one.symbols or config.symbols, one.per_symbol):
            yield from _seat(loaded, one, path, lookup, cls, post)


def _seat(
    loaded: LoadedConfig, one: StrategyConfig, path: str, lookup: Lookup, cls: StrategyClass, post: Post
) -> Iterator[Finding]:
    given = loaded.places()
    try:
        wanted = make(cls, post, one.params, path).features()
    except ParamsError as error:
        yield from (finding(given, where, text) for where, text in error.wrong)
    except Exception as error:  # noqa: BLE001  a strategy may raise anything
        yield Finding("strategy", given[path], path, f"cannot be made: {type(error).__name__}: {error}")
    else:
        yield from (Finding("feature", given[path], path, text) for text in _no_features(loaded.config, lookup, wanted))


def _no_features(config: Config, lookup: Lookup, wanted: tuple[str | Feature, ...]) -> Iterator[str]:
    resolved: list[Feature] = []
    for one in wanted:
        try:
            resolved.append(lookup.resolve(one))
        except FeatureError as error:
            yield str(error)
    try:
        FeatureSet(resolved, timeframe_ms(config.timeframe))
        try_out(resolved, timeframe_ms(config.timeframe))
    except FeatureError as error:
        yield str(error)
    yield from untold(resolved, config.feed.context)
