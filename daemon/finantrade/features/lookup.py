"""Features by name where some are a user's own: those first, then the catalogue. One name means one thing."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from finantrade.features.catalogue import CATALOGUE
from finantrade.features.declaration import Feature, FeatureError
from finantrade.features.graph import in_order
from finantrade.features.kind import Kind


class Lookup:
    """The catalogue, and beside it the features of a user's file.

    Raises FeatureError where two have one name, or one has a name that the catalogue gives to something else.
    """

    def __init__(self, own: Sequence[Feature] = ()) -> None:
        self.own: dict[str, Feature] = {}
        for feature in own:
            if feature.name in self.own:
                raise FeatureError(f"expected every feature once, found two of the name {feature.name}")
            if _named(feature.name):
                raise FeatureError(f"expected a name of its own, found {feature.name}, which the catalogue has")
            self.own[feature.name] = feature

    def resolve(self, wanted: str | Feature) -> Feature:
        """Return a declaration: as it is, or by name, of a higher timeframe where the name ends in one.

        Raises FeatureError.
        """
        if isinstance(wanted, Feature):
            return wanted
        if wanted in self.own:
            return self.own[wanted]
        base, _, timeframe = wanted.rpartition("_")
        if base not in self.own:
            return self._catalogued(wanted)
        try:
            return self.own[base].on(timeframe)
        except ValueError as error:
            raise FeatureError(f"{wanted}: {error}") from None

    def parameters(self, name: str) -> dict[str, int | float]:
        """Return a feature's numbers by what they are called. Raises FeatureError."""
        feature = self.resolve(name)
        if not {name, name.rpartition("_")[0]} & self.own.keys():
            return CATALOGUE.parameters(name)
        called = list(inspect.signature(feature.kernel).parameters)[2 + len(feature.inputs) :]
        return dict(zip(called, feature.parameters, strict=True))

    def kind_of(self, name: str) -> Kind | None:
        """Return the kind in the catalogue that a feature is of, None for a user's own. Raises FeatureError."""
        return None if {name, name.rpartition("_")[0]} & self.own.keys() else CATALOGUE.kind_of(name)

    def usual(self) -> tuple[str, ...]:
        """Return a user's own features where there are any, else what is usually asked of the catalogue."""
        return tuple(self.own) or CATALOGUE.usual()

    def _catalogued(self, name: str) -> Feature:
        try:
            return CATALOGUE.resolve(name)
        except FeatureError as error:
            near = get_close_matches(name, self.own, n=3, cutoff=0.5)
            raise FeatureError(f"{error}; or {', '.join(near)} of your own?") if near else error from None


def foreign(features: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return those, and those among their inputs, that are not what the catalogue gives their names to."""
    return tuple(one for one in in_order(features) if _named(one.name) != one)


def _named(name: str) -> Feature | None:
    try:
        return CATALOGUE.resolve(name)
    except FeatureError:
        return None
