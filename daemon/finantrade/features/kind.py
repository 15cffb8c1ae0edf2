"""A kind of feature: ``ema`` is a kind, ``ema_12`` a feature of it.

A feature's name is its kind followed by its parameters, each after an underscore; ``2p5`` stands for 2.5, since names
are identifiers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from finantrade.features.declaration import Feature, FeatureError

LONGEST = 5_000
"""The longest window, in bars: what bounds the state of a feature."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number in a feature's name, with its bounds: whole unless a ``fraction``; ``usual`` is the example."""

    name: str
    usual: int | float
    low: float = 1
    high: float = LONGEST
    fraction: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """How to make the features of a kind: ``build`` takes its parameters in order, already within their bounds."""

    name: str
    build: Callable[..., Feature]
    parameters: tuple[Parameter, ...] = ()

    @property
    def example(self) -> str:
        """A feature of this kind as one would usually ask for it."""
        return named(self.name, *(one.usual for one in self.parameters))

    def feature(self, values: tuple[int | float, ...]) -> Feature:
        """Return the declared feature. Raises FeatureError naming the parameter that does not fit."""
        if len(values) != len(self.parameters):
            wanted = ", ".join(one.name for one in self.parameters) or "none"
            raise FeatureError(
                f"{named(self.name, *values)}: expected {len(self.parameters)} parameters ({wanted}) "
                f"as in {self.example}, found {len(values)}"
            )
        for one, value in zip(self.parameters, values, strict=True):
            if not one.low <= value <= one.high or (isinstance(value, float) and not one.fraction):
                number = "a number" if one.fraction else "a whole number"
                raise FeatureError(
                    f"{named(self.name, *values)}: expected {one.name} to be {number} "
                    f"from {one.low:g} to {one.high:g}, found {value:g}"
                )
        return self.build(*values)


def named(kind: str, *values: int | float) -> str:
    """Return the name of a feature."""
    return "_".join((kind, *(str(value).replace(".", "p") for value in values)))


def length(usual: int, low: int = 1, name: str = "length") -> Parameter:
    """A window or averaging length in bars."""
    return Parameter(name, usual, low)
