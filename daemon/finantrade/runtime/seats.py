"""From the configured strategies to their instances: one a symbol, with its parameters, and the features it asks for.

Kernels that are not of the catalogue are tried out first: compiled, nothing would stop them.
"""

from __future__ import annotations

from finantrade.config import Config
from finantrade.domain.units import timeframe_ms
from finantrade.edges.feature_files import lookup_of
from finantrade.edges.feature_trial import try_out
from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.params import build_symbol_params
from finantrade.wiring import Seat, Seats


def seat_strategies(config: Config) -> Seats:
    """Return every symbol's strategy.

    Raises ValueError (UnknownStrategy, StrategyLoadError, bad parameters) naming the place in the configuration, or
    FeatureError naming the file.
    """
    lookup = lookup_of(config.features.files)
    seats: dict[str, Seat] = {}
    for index, one in enumerate(config.strategies):
        cls = load_strategy(one.name, one.file, lookup)
        for symbol in one.symbols or config.symbols:
            own, place = one.per_symbol.get(symbol, {}), f"strategies[{index}]"
            params = build_symbol_params(cls, one.params, own, f"{place}.params", f"{place}.per_symbol.{symbol}")
            seats[symbol] = Seat.of(one.name, cls(symbol, params), lookup)
    try_out([one for seat in seats.values() for one in seat.features], timeframe_ms(config.timeframe))
    return seats
