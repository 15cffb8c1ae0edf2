"""From the configured strategies to their instances: one a symbol, with that symbol's parameters."""

from __future__ import annotations

from finantrade.config import Config
from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.params import build_symbol_params
from finantrade.strategies.protocol import Strategy
from finantrade.wiring import Seats


def seat_strategies(config: Config) -> Seats:
    """Return every symbol's strategy.

    Raises ValueError (UnknownStrategy, StrategyLoadError, bad parameters) naming the place in the configuration.
    """
    seats: dict[str, tuple[str, Strategy]] = {}
    for index, one in enumerate(config.strategies):
        cls = load_strategy(one.name, one.file)
        for symbol in one.symbols or config.symbols:
            own, place = one.per_symbol.get(symbol, {}), f"strategies[{index}]"
            params = build_symbol_params(cls, one.params, own, f"{place}.params", f"{place}.per_symbol.{symbol}")
            seats[symbol] = one.name, cls(symbol, params)
    return seats
