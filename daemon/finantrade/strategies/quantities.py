"""The bounded numbers that parameters are made of. Each is described where it is used, so that forms can be made."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Bars = Annotated[int, Meta(ge=2, le=5_000)]
"""A length in bars."""
Window = Annotated[int, Meta(ge=1, le=500)]
"""How many bars are looked back on, at most what a rule may."""
Ranges = Annotated[float, Meta(gt=0, le=100)]
"""A distance in average true ranges."""
Deviations = Annotated[float, Meta(gt=0, le=20)]
"""A distance in standard deviations."""
Fraction = Annotated[float, Meta(gt=0, le=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Index = Annotated[float, Meta(ge=0, le=100)]
"""A figure between 0 and 100, such as an RSI."""


def every(*conditions: str | None) -> str:
    """Return the condition that all of these hold; None stands for one that is not asked."""
    return " and ".join(one for one in conditions if one is not None)


def either(*conditions: str | None) -> str:
    """Return the condition that one of these holds; None stands for one that is not asked."""
    return " or ".join(one for one in conditions if one is not None)
