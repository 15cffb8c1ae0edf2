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
from finantrade.features.declaration import Feature
from finantrade.features.feature_set import FeatureSet
from finantrade.features.lookup import resolve
from finantrade.strategies.protocol import Strategy

Seats = Mapping[str, tuple[str, Strategy]]
"""Symbol → (strategy name, strategy), one instance a symbol."""


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
        self.ledger = LedgerActor(config.account.initial_balance, config.execution.funding)
        self.risk = RiskActor(config.risk, instruments, config.account.initial_balance)
        self.updater = FeaturesActor(self.features, config.reset_after_bars)
        self.strategist = StrategistActor(seats)
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
    """Return the feature set of every symbol; symbols that want the same share one compiled kernel."""
    timeframe = timeframe_ms(config.timeframe)
    wanted = {symbol: strategy.features() for symbol, (_, strategy) in seats.items()}
    shared: dict[tuple[str | Feature, ...], FeatureSet] = {}
    for features in wanted.values():
        if features not in shared:
            shared[features] = FeatureSet([resolve(one) for one in features], timeframe)
    return {symbol: shared[features] for symbol, features in wanted.items()}


def _costs(config: Config) -> Costs:
    execution = config.execution
    return Costs.in_bps(execution.maker_fee_bps, execution.taker_fee_bps, execution.slippage_bps)
