"""From the configured strategies to their instances: one a symbol, with that symbol's parameters."""

from __future__ import annotations

from finantrade.config import Config, StrategyConfig
from finantrade.edges.strategy_files import load_class
from finantrade.strategies import registry
from finantrade.strategies.protocol import Strategy
from finantrade.strategies.registry import build_params
from finantrade.wiring import Seats


def seat_strategies(config: Config) -> Seats:
    """Return every symbol's strategy.

    Raises UnknownStrategy, UnknownFeature or ValueError naming the place in the configuration.
    """
    seats: dict[str, tuple[str, Strategy]] = {}
    for index, one in enumerate(config.strategies):
        cls = load_class(one.file, one.name) if one.file else registry.get(one.name)
        for symbol in one.symbols or config.symbols:
            seats[symbol] = one.name, cls(symbol, build_params(cls, *_raw(one, symbol, index)))
    return seats


def _raw(one: StrategyConfig, symbol: str, index: int) -> tuple[dict[str, object], str]:
    return {**one.params, **one.per_symbol.get(symbol, {})}, f"strategies[{index}].params"
