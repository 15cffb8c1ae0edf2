"""From the configured strategies to their instances, each on its symbols with their parameters."""

from __future__ import annotations

from finantrade.config import Config
from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.factory import make, posts
from finantrade.strategies.protocol import AnyStrategy
from finantrade.wiring import Seats


def seat_strategies(config: Config) -> Seats:
    """Return every symbol's strategy.

    Raises ValueError (UnknownStrategy, StrategyLoadError, bad parameters) naming the place in the configuration.
    """
    seats: dict[str, tuple[str, AnyStrategy]] = {}
    for index, one in enumerate(config.strategies):
        cls = load_strategy(one.name, one.file)
        for post in posts(cls, one.symbols or config.symbols, one.per_symbol):
            strategy = make(cls, post, one.params, f"strategies[{index}]")
            seats |= dict.fromkeys(post.symbols, (one.name, strategy))
    return seats
