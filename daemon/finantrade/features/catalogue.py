"""The one explicit catalogue: every kind of feature there is, and how a name becomes a declaration.

A name is ``<kind>[_<parameters>][_<timeframe>]``: ``close``, ``ema_12``, ``bb_width_20_2``, ``rsi_14_4h``. Any kind may
carry a timeframe; it is then computed from closed bars of that length only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.kind import Kind
from finantrade.features.kinds import (
    averages,
    calendar,
    candle,
    channels,
    directional,
    flow,
    funding,
    interest,
    liquidations,
    microstructure,
    momentum,
    oscillators,
    patterns,
    premium,
    prices,
    ranges,
    raw,
    returns,
    sentiment,
    stops,
    structure,
    trend,
    volatility,
    volume,
)

_NAME = re.compile(r"(?P<kind>[a-z]+(?:_[a-z]+)*)(?P<numbers>(?:_[0-9]+(?:p[0-9]+)?)*)(?:_(?P<timeframe>[0-9]+[mhd]))?")


HIGHER = tuple(
    f"{name}_{timeframe}"
    for timeframe in ("1h", "4h", "1d")
    for name in ("trend_50", "rsi_14", "natr_14", "stoch_k_20")
)
"""What is usually asked of higher timeframes: trend, momentum, volatility, and where in its range the price is."""


class UnknownFeature(FeatureError):
    """No feature has this name; says which names are near."""


class Catalogue:
    """Kinds by name. Raises FeatureError where two kinds share one."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds: dict[str, Kind] = {}
        for kind in kinds:
            if kind.name in self.kinds:
                raise FeatureError(f"expected one kind of the name {kind.name}, found two")
            self.kinds[kind.name] = kind

    def resolve(self, name: str) -> Feature:
        """Return the declaration of a feature.

        Raises UnknownFeature for an unknown kind or spelling, FeatureError for parameters that do not fit.
        """
        kind, numbers, timeframe = self._read(name)
        feature = _on(kind.feature(numbers), timeframe)
        if feature.name != name:
            raise UnknownFeature(f"expected {feature.name}, found {name!r}")
        return feature

    def parameters(self, name: str) -> dict[str, int | float]:
        """Return the numbers in a feature's name by what they are called. Raises as `resolve` does."""
        self.resolve(name)
        kind, numbers, _ = self._read(name)
        return {one.name: value for one, value in zip(kind.parameters, numbers, strict=True)}

    def kind_of(self, name: str) -> Kind:
        """Return the kind that a feature's name begins with. Raises as `resolve` does."""
        kind, _, _ = self._read(name)
        return kind

    def examples(self) -> tuple[str, ...]:
        """Return a usual name of every kind."""
        return tuple(kind.example for kind in self.kinds.values())

    def usual(self) -> tuple[str, ...]:
        """Return the examples, and those of higher timeframes."""
        return (*self.examples(), *HIGHER)

    def _read(self, name: str) -> tuple[Kind, tuple[int | float, ...], str | None]:
        match = _NAME.fullmatch(name)
        kind = self.kinds.get(match["kind"]) if match else None
        if match is None or kind is None:
            raise UnknownFeature(f"expected a feature such as ema_12 or rsi_14_4h, found {name!r}{self._near(name)}")
        return kind, tuple(_number(one) for one in match["numbers"].split("_")[1:]), match["timeframe"]

    def _near(self, name: str) -> str:
        stem = re.split(r"_?[0-9]", name)[0]
        near = get_close_matches(stem, self.kinds, n=3, cutoff=0.5)
        examples = ", ".join(self.kinds[one].example for one in near)
        return f"; did you mean {examples}?" if near else f"; there are {', '.join(self.kinds)}"


CATALOGUE = Catalogue(
    (
        *raw.KINDS,
        *prices.KINDS,
        *trend.KINDS,
        *averages.KINDS,
        *channels.KINDS,
        *directional.KINDS,
        *stops.KINDS,
        *momentum.KINDS,
        *oscillators.KINDS,
        *volatility.KINDS,
        *ranges.KINDS,
        *returns.KINDS,
        *candle.KINDS,
        *patterns.KINDS,
        *volume.KINDS,
        *flow.KINDS,
        *microstructure.KINDS,
        *structure.KINDS,
        *calendar.KINDS,
        *funding.KINDS,
        *interest.KINDS,
        *premium.KINDS,
        *liquidations.KINDS,
        *sentiment.KINDS,
    )
)


def resolve(name: str) -> Feature:
    """Return the declaration of a feature of the catalogue. Raises UnknownFeature or FeatureError, both ValueErrors."""
    return CATALOGUE.resolve(name)


def _number(text: str) -> int | float:
    value = float(text.replace("p", "."))
    return int(value) if value.is_integer() else value


def _on(feature: Feature, timeframe: str | None) -> Feature:
    if timeframe is None:
        return feature
    try:
        return feature.on(timeframe)
    except ValueError as error:
        raise UnknownFeature(f"{feature.name}_{timeframe}: {error}") from None
