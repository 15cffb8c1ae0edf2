"""Returns by calendar month and year (UTC), from the last mark of each; a month without a mark came to nothing."""

from __future__ import annotations

from math import nan

import msgspec
import numpy as np

from finantrade_research.curve import Curve, Floats, Times, days
from finantrade_research.ratios import quotient

MONTHS = 12


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """One year's twelve returns, NaN for months outside of the span, and what they come to together."""

    year: int
    months: tuple[float, ...]
    total: float


def monthly_returns(curve: Curve) -> tuple[Year, ...]:
    """Return the years of a curve, the first and the last as far as they are in it; NaN after ruin."""
    every, closes = days(curve)
    months = _months(every)
    numbers, ends = np.unique(months, return_index=True)
    levels = np.concatenate(([curve.initial], closes[np.append(ends[1:], len(closes)) - 1]))
    returns = quotient(levels[1:], levels[:-1]) - 1
    first = int(numbers[0]) // MONTHS
    table = np.full((int(numbers[-1]) // MONTHS - first + 1) * MONTHS, nan)
    table[numbers - first * MONTHS] = returns
    return tuple(_year(1970 + first + row, values) for row, values in enumerate(table.reshape(-1, MONTHS)))


def _months(every: Times) -> Times:
    return every.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _year(year: int, months: Floats) -> Year:
    total = float(np.prod(1 + months[~np.isnan(months)])) - 1
    return Year(year=year, months=tuple(months.tolist()), total=total)
