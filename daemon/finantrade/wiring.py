"""THE graph, in order, on one screen.

    inputs ──► boundary ──► paper ──► risk ──► ledger ──► features ──► strategist
                            ▲ │        ▲ │       ▲ │                        │
                            │ └─ Fill ─┴─┼───────┘ │                        │
                            └── Order ───┤         │                        │
                                Amend    └◄ Equity ┴◄────── Signal ─────────┘

Risk books a fill before the ledger marks it: a limit that this fill breaks is judged on what is held by then.
Live, paper, replay, backtest, recovery and verification all build their core here. Nothing below knows which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Self

from finantrade.actors.boundary import BoundaryActor
from finantrade.actors.features import FeaturesActor
from finantrade.actors.ledger import LedgerActor
from finantrade.actors.paper import PaperActor
from finantrade.actors.risk import RiskActor
from finantrade.actors.strategist import StrategistActor
from finantrade.config import Config
from finantrade.domain.instrument import Instrument
from finantrade.domain.message import Message
from finantrade.domain.units import timeframe_ms
from finantrade.engine.engine import Engine, Listener
from finantrade.execution.costs import Costs
from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.feature_set import FeatureSet
from finantrade.features.lookup import Lookup
from finantrade.features.series import untold
from finantrade.strategies.protocol import AnyStrategy


class Trader(NamedTuple):
    """Who trades a symbol: a strategy by its name, and the features that it asked for, in its order."""

    name: str
    strategy: AnyStrategy
    features: tuple[Feature, ...]

    @classmethod
    def of(cls, name: str, strategy: AnyStrategy, lookup: Lookup) -> Self:
        """Ask a strategy for its features. Raises FeatureError where one is not to be found."""
        return cls(name, strategy, tuple(lookup.resolve(one) for one in strategy.features()))


Seats = Mapping[str, Trader]
"""By symbol; symbols that are judged together have the same instance."""


class Core:
    """The engine with its actors by name, for those who read their state between two steps."""

    def __init__(
        self,
        config: Config,
        seats: Seats,
        listeners: Mapping[type[Message], Listener] | None,
    ) -> None:
        instruments = instruments_of(config)
        self.features = feature_sets(config, seats)
        self.boundary = BoundaryActor(config.symbols, config.boundary_deadline_ms)
        self.paper = PaperActor(
            instruments, _costs(config), config.execution.latency_ms, config.execution.fill_on_touch
        )
        self.ledger = LedgerActor(config.account.initial_balance)
        self.risk = RiskActor(config.risk, instruments, config.account.initial_balance)
        self.updater = FeaturesActor(self.features, config.reset_after_bars, config.feed.latency_ms)
        self.strategist = StrategistActor({symbol: (seat.name, seat.strategy) for symbol, seat in seats.items()})
        self.engine = Engine(
            (self.boundary, self.paper, self.risk, self.ledger, self.updater, self.strategist),
            listeners,
        )


def build(config: Config, seats: Seats, listeners: Mapping[type[Message], Listener] | None = None) -> Core:
    """Build the one core from a configuration and its strategies.

    What it says is returned by ``step``; or told to ``listeners`` by kind, where there are any, and nothing is kept.
    """
    return Core(config, seats, listeners)


def instruments_of(config: Config) -> dict[str, Instrument]:
    """Return the trading rules of every configured symbol."""
    return {
        symbol: Instrument(symbol=symbol, tick=one.tick, lot=one.lot, min_notional=one.min_notional)
        for symbol in config.symbols
        for one in (config.instruments[symbol],)
    }


def feature_sets(config: Config, seats: Seats) -> dict[str, FeatureSet]:
    """Return the feature set of every symbol; symbols that want the same share one compiled kernel.

    Raises FeatureError, also where a feature rests on a series that the session does not take in: it would never come.
    """
    timeframe = timeframe_ms(config.timeframe)
    shared: dict[tuple[Feature, ...], FeatureSet] = {}
    for symbol, seat in seats.items():
        for text in untold(seat.features, config.feed.context):
            raise FeatureError(f"strategy {seat.name!r} on {symbol}: {text}")
        if seat.features not in shared:
            shared[seat.features] = FeatureSet(seat.features, timeframe)
    return {symbol: shared[seat.features] for symbol, seat in seats.items()}


def _costs(config: Config) -> Costs:
    execution = config.execution
    return Costs.in_bps(execution.maker_fee_bps, execution.taker_fee_bps, execution.slippage_bps)
