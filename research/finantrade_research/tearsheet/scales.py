"""Where a figure stands on paper: scales from values to places, and marks along them at round values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np

from finantrade.domain.units import DAY
from finantrade_research.curve import Floats

STEPS = (1.0, 2.0, 5.0, 10.0)
LOG_FROM = 3.0
"""A curve that grows by more than this is drawn on a logarithmic scale, where equal growth is equal height."""
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
DAYS = (1, 2, 7, 14)
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHORT_DAYS = 60
Mark = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` onto places from ``begin`` to ``end``."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def __call__(self, values: Floats) -> Floats:
        """Return the place of each value."""
        low, high = (log10(self.low), log10(self.high)) if self.log else (self.low, self.high)
        shown = np.log10(np.maximum(values, self.low)) if self.log else values
        return self.begin + (shown - low) / (high - low) * (self.end - self.begin)

    def at(self, value: float) -> float:
        """Return the place of one value."""
        return float(self(np.array([value]))[0])


def reach(*columns: Floats, with_zero: bool = False) -> tuple[float, float]:
    """Return the least and the greatest of all values with a little air; never equal."""
    values = np.concatenate([*columns, np.zeros(int(with_zero))])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if low == high:
        air = abs(high) * 0.04 or 1.0
        return low - air, high + air
    air = (high - low) * 0.04
    return low - air * (low < 0 or not with_zero), high + air * (high > 0 or not with_zero)


def marks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round values from ``low`` to ``high``, about as many as ``most``."""
    raw = (high - low) / most
    if not isfinite(raw) or raw <= 0:
        return []
    unit = 10.0 ** floor(log10(raw))
    step = next(one * unit for one in STEPS if one * unit >= raw * 0.999)
    return [number * step for number in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def log_marks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten between the two."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    return [one * 10.0**power for power in powers for one in STEPS[:3] if low <= one * 10.0**power <= high]


def time_marks(first: float, last: float, most: int = 9) -> list[Mark]:
    """Return round dates between two times (milliseconds UTC) with their names."""
    begin, end = floor(first / DAY), ceil(last / DAY)
    if end - begin <= SHORT_DAYS:
        return list(_day_marks(begin, end, next((one for one in DAYS if (end - begin) / one <= most), DAYS[-1])))
    months = np.array([begin, end]).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    count = int(months[1] - months[0])
    step = next((one for one in MONTHS if count / one <= most), MONTHS[-1])
    wanted = range(ceil(months[0] / step) * step, int(months[1]) + 1, step)
    return [mark for mark in map(_month_mark, wanted) if first <= mark[0] <= last]


def compact(value: float) -> str:
    """Return ``35.7k``, ``1.2M`` or ``0.25``: what fits beside an axis."""
    for unit, scale in (("M", 1e6), ("k", 1e3)):
        if abs(value) >= scale:
            return f"{value / scale:.1f}".rstrip("0").rstrip(".") + unit
    return f"{value:.2f}".rstrip("0").rstrip(".")


def share(value: float) -> str:
    """Return ``-12 %`` or ``0.5 %``."""
    return f"{value * 100:.1f}".removesuffix(".0") + " %"


def _day_marks(begin: int, end: int, step: int) -> Iterator[Mark]:
    for day in range(ceil(begin / step) * step, end + 1, step):
        date = str(np.datetime64(day, "D"))
        yield float(day * DAY), f"{int(date[8:])} {NAMES[int(date[5:7]) - 1]}"


def _month_mark(month: int) -> Mark:
    day = int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))
    return float(day * DAY), str(1970 + month // 12) if month % 12 == 0 else NAMES[month % 12]


def spread(values: Sequence[float]) -> float:
    """Return how many times its least the greatest of positive values is; 1 where one is not positive."""
    return max(values) / min(values) if values and min(values) > 0 else 1.0
