"""Features for people: everything a declaration says, and what follows from it through the graph."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from finantrade.domain.units import Millis
from finantrade.features.declaration import Column, Feature
from finantrade.features.graph import in_order, warmups
from finantrade.features.series import context_of


class Description(msgspec.Struct, frozen=True):
    """A feature: ``warmup`` in base bars, ``inputs`` by name; ``timeframe`` empty for the base one.

    ``series`` is what it rests on beside bars, by the names of ``feed.context``.

    ``memory`` says how far back its value reaches, ``state_bytes`` what it remembers, its inputs included. Values lie
    from ``low`` to ``high``, either of which may be infinite.
    """

    name: str
    group: str
    unit: str
    timeframe: str
    inputs: tuple[str, ...]
    series: tuple[str, ...]
    formula: str
    low: float
    high: float
    warmup: int
    memory: str
    state_bytes: int
    source: str
    why: str


def descriptions(features: Sequence[Feature], timeframe: Millis) -> tuple[Description, ...]:
    """Return each feature as it is over bars of ``timeframe`` ms. Raises FeatureError as a set of them would."""
    bars = warmups(in_order(features), timeframe)
    return tuple(_described(feature, bars[feature.name]) for feature in features)


def _described(feature: Feature, warmup: int) -> Description:
    return Description(
        name=feature.name,
        group=str(feature.group),
        unit=str(feature.unit),
        timeframe=feature.timeframe,
        inputs=tuple(str(one) if isinstance(one, Column) else one.name for one in feature.inputs),
        series=tuple(map(str, context_of((feature,)))),
        formula=feature.formula,
        low=feature.low,
        high=feature.high,
        warmup=warmup,
        memory=feature.reach.name.lower(),
        state_bytes=8 * sum(one.state for one in in_order((feature,))),
        source=feature.source,
        why=feature.why,
    )
