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
from finantrade.config import Config, ExecutionConfig, InstrumentConfig, LaterRulesConfig, MarginMode, Remainder
from finantrade.domain.instrument import Instrument
from finantrade.domain.message import Message
from finantrade.domain.money import exact
from finantrade.domain.units import parse_time, timeframe_ms
from finantrade.engine.engine import Engine, Listener
from finantrade.execution.costs import Costs, FeeTier
from finantrade.execution.floor import Rules
from finantrade.execution.margin import Margin, Tiers, brackets_of
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
            instruments,
            rules_of(config.execution),
            config.execution.latency_ms,
            margin_of(config),
            config.account.initial_balance,
        )
        self.ledger = LedgerActor(config.account.initial_balance, config.execution.funding)
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
    return {symbol: _instrument(symbol, config.instruments[symbol]) for symbol in config.symbols}


def _instrument(symbol: str, one: InstrumentConfig | LaterRulesConfig) -> Instrument:
    later = one.later if isinstance(one, InstrumentConfig) else ()
    return Instrument(
        symbol=symbol,
        tick=one.tick,
        lot=one.lot,
        min_notional=one.min_notional,
        max_market_qty=one.max_market_qty,
        later=[(parse_time(rules.since), _instrument(symbol, rules)) for rules in later],
    )


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


def margin_of(config: Config) -> Margin | None:
    """Return the rules of margin, None where nothing is ever liquidated."""
    margin = config.execution.margin
    if margin is None:
        return None
    tiers = {
        symbol: tuple(
            Tiers(parse_time(one.since), brackets_of([b.floor for b in one.brackets], [b.rate for b in one.brackets]))
            for one in margin.tiers[symbol]
        )
        for symbol in config.symbols
    }
    isolated = margin.mode is MarginMode.ISOLATED
    return Margin(margin.leverage if isolated else None, margin.liquidation_fee_bps / 10_000, tiers)


def rules_of(execution: ExecutionConfig) -> Rules:
    """Return how orders fill."""
    base = FeeTier.in_bps(0.0, execution.maker_fee_bps, execution.taker_fee_bps)
    higher = [FeeTier.in_bps(one.volume, one.maker_fee_bps, one.taker_fee_bps) for one in execution.fee_tiers]
    costs = Costs.in_bps([base, *higher], execution.slippage_bps, execution.spread_bps, execution.impact_bps)
    share = execution.participation
    return Rules(
        costs, execution.fill_on_touch, None if share is None else exact(share),
        execution.remainder is Remainder.CANCEL,
    )  # fmt: skip
