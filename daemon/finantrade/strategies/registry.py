"""Every strategy that is shipped, by name. Loading one from a file is an edge's business: `edges.strategy_files`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from finantrade.conversion import suggestion
from finantrade.strategies.breakout import Breakout
from finantrade.strategies.ema_cross import EmaCross
from finantrade.strategies.ensemble import Ensemble
from finantrade.strategies.ml import Ml
from finantrade.strategies.protocol import StrategyClass
from finantrade.strategies.regime import Regime
from finantrade.strategies.reversion import Reversion
from finantrade.strategies.rotation import Rotation
from finantrade.strategies.rule import Names, Rule
from finantrade.strategies.shock_reversal import ShockReversal
from finantrade.strategies.trend import Trend

STRATEGIES: Mapping[str, StrategyClass] = MappingProxyType(
    {
        "rule": Rule,
        "ema_cross": EmaCross,
        "trend": Trend,
        "reversion": Reversion,
        "breakout": Breakout,
        "regime": Regime,
        "shock_reversal": ShockReversal,
        "rotation": Rotation,
        "ensemble": Ensemble,
        "ml": Ml,
    }
)


class UnknownStrategy(ValueError):
    """No strategy has this name."""


def get(name: str) -> StrategyClass:
    """Return the strategy of this name. Raises UnknownStrategy with the nearest name there is."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    near = suggestion(name, STRATEGIES) or f"; there are {', '.join(STRATEGIES)}"
    raise UnknownStrategy(f"unknown strategy {name!r}{near}")


def get_over(name: str, names: Names | None) -> StrategyClass:
    """Return the strategy of this name, whose rules may name what is found in ``names``. Raises UnknownStrategy."""
    found = get(name)
    return found if names is None or found not in (Rule, Ensemble) else found.over(names)
