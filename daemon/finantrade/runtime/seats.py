"""From the configured strategies to their instances, each on its symbols, with its parameters and features.

Kernels that are not of the catalogue are tried out first: compiled, nothing would stop them.
"""

from __future__ import annotations

from finantrade.config import Config
from finantrade.domain.units import timeframe_ms
from finantrade.edges.feature_files import lookup_of
from finantrade.edges.feature_trial import try_out
from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.factory import make, posts
from finantrade.wiring import Seats, Trader


def seat_strategies(config: Config) -> Seats:
    """Return every symbol's strategy.

    Raises ValueError (UnknownStrategy, StrategyLoadError, bad parameters) naming the place in the configuration, or
    FeatureError naming the file.
    """
    lookup = lookup_of(config.features.files)
    seats: dict[str, Trader] = {}
    for index, one in enumerate(config.strategies):
        cls = load_strategy(one.name, one.file, lookup)
        for post in posts(cls, one.symbols or config.symbols, one.per_symbol):
            strategy = make(cls, post, one.params, f"strategies[{index}]")
            seats |= dict.fromkeys(post.symbols, Trader.of(one.name, strategy, lookup))
    try_out([one for seat in seats.values() for one in seat.features], timeframe_ms(config.timeframe))
    return seats
