"""From values to whole pixels, and the round numbers beside an axis.

Coordinates are whole, so that a difference in the last bit of a value, as between two machines, moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
ROOM = 0.07
"""The share of an axis that is left free above and below."""
UNITS = ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e5, 1e3, "k"))
"""From which value on a unit is used, how much it is, and its letter."""


class Scale(NamedTuple):
    """Values from ``low`` to ``high`` on pixels from ``bottom`` up to ``top``, which is the smaller number."""

    low: float
    high: float
    top: int
    bottom: int

    def y(self, value: float) -> int:
        """Return the pixel of a value; one beyond the axis is put at its end."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - self.top))


def fitted(values: Sequence[float], top: int, bottom: int) -> Scale:
    """Return a scale that shows all finite values, with some room; around the value where there is but one."""
    finite = [value for value in values if isfinite(value)]
    low, high = min(finite), max(finite)
    spread = high - low or abs(high) or 1.0
    return Scale(low - ROOM * spread, high + ROOM * spread, top, bottom)


def ticks(scale: Scale, most: int) -> tuple[list[float], float]:
    """Return at most so many round values within a scale, and the step between them."""
    raw = (scale.high - scale.low) / most
    power = 10.0 ** floor(log10(raw))
    step = next(one * power for one in ROUND if one * power >= raw * (1 - 1e-9))
    first, last = ceil(scale.low / step - 1e-9), floor(scale.high / step + 1e-9)
    return [index * step for index in range(first, last + 1)], step


def label(value: float, step: float) -> str:
    """Return a round value as text, as exact as its step: ``8,500``, ``0.25``, ``12M``, ``-2e-5``."""
    if abs(value) < step / 2:
        return "0"
    for least, unit, letter in UNITS:
        if abs(value) >= least:
            return f"{value / unit:,.4g}{letter}"
    if step < 1e-4:
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(power)}"
    power = floor(log10(step) + 1e-9)
    # A step of 2.5 or 0.25 needs a digit more than its size says.
    return f"{value:,.{max(0, (step / 10.0**power % 1 > 0.1) - power)}f}"
