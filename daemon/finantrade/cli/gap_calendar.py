"""A series' holes as a picture: a line a year with a sign for each month, then a line for each month with holes.

Each sign is the share of expected rows that are there: full, half, almost none, a cross for none, a dot where the
series does not reach.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from finantrade.market.table import Table

FULL, MOST, HALF, LITTLE, NONE, NOTHING = "█", "▓", "▒", "░", "✗", "·"
SIGNS = ((1.0, FULL), (0.9, MOST), (0.5, HALF), (0.0, LITTLE))
MOST_MONTHS = 12
"""So many months are shown day by day."""


def calendar(title: str, table: Table) -> Iterator[str]:
    """Yield the lines of the picture; none where nothing can be expected."""
    from finantrade.market.series import SERIES, Grid  # noqa: PLC0415  numpy is not for every command

    if not len(table) or SERIES[table.kind].grid is Grid.NONE:
        return
    months = months_of(table)
    yield f"\n{title}"
    yield "        J F M A M J J A S O N D"
    years = sorted({one["month"][:4] for one in months})
    by_name = {one["month"]: one for one in months}
    for year in years:
        cells = (by_name.get(f"{year}-{month:02}") for month in range(1, 13))
        yield f"  {year}  " + " ".join(
            NOTHING if one is None else _sign(one["present"], one["expected"]) for one in cells
        )
    yield from _days(table, [one["month"] for one in months if one["present"] < one["expected"]])


def months_of(table: Table) -> list[dict[str, Any]]:
    """Return for each month that the series reaches how many rows are present and expected."""
    if not len(table):
        return []
    months = _months(str(table.time[0].astype("datetime64[ms]"))[:7], str(table.time[-1].astype("datetime64[ms]"))[:7])
    counted = _counted(table, months, "M")
    return [
        {"month": month, "present": present, "expected": expected}
        for month, (present, expected) in zip(months, counted, strict=True)
    ]


def _months(first: str, last: str) -> list[str]:
    year, month = int(first[:4]), int(first[5:])
    found = [first]
    while found[-1] < last:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        found.append(f"{year:04}-{month:02}")
    return found


def _days(table: Table, months: Sequence[str]) -> Iterator[str]:
    if months:
        yield "           1         11        21       31"
    for month in months[:MOST_MONTHS]:
        _, length = monthrange(int(month[:4]), int(month[5:]))
        days = [f"{month}-{day:02}" for day in range(1, length + 1)]
        yield f"  {month}  " + "".join(_sign(*pair) for pair in _counted(table, days, "D"))
    if len(months) > MOST_MONTHS:
        yield f"  … and {len(months) - MOST_MONTHS} more months with gaps"


def _counted(table: Table, begins: Sequence[str], unit: Literal["D", "M"]) -> list[tuple[int, int]]:
    """Return present and expected rows of consecutive days or months."""
    import numpy as np  # noqa: PLC0415

    from finantrade.market.coverage import shares  # noqa: PLC0415

    starts = np.array(begins, dtype=f"datetime64[{unit}]")
    edges = np.append(starts, starts[-1:] + 1).astype("datetime64[ms]").astype(np.int64)
    present, expected = shares(table, edges)
    return list(zip(present.tolist(), expected.tolist(), strict=True))


def _sign(present: int, expected: int) -> str:
    if not expected:
        return NOTHING
    if not present:
        return NONE
    return next(sign for least, sign in SIGNS if present / expected >= least)
