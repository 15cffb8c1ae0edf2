"""What a tear sheet is drawn from: the report of a kept run, its days, its marks and its trades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finantrade.domain.units import DAY, HOUR
from finantrade_research.curve import Curve, Floats
from finantrade_research.report import Report
from finantrade_research.runs import frames
from finantrade_research.runs.catalogue import Run
from finantrade_research.runs.keeping import stored_report

HOURS = 24


@dataclass(frozen=True, slots=True)
class Sheet:
    """A kept run as far as it is drawn; ``days`` are the columns of its daily frame, ``trades`` its closed ones."""

    run: Run
    report: Report
    days: Mapping[str, Floats]
    curve: Curve
    trades: list[dict[str, Any]]

    @classmethod
    def of(cls, root: Path, run: Run) -> Sheet:
        """Read a run from its store. Raises BadReport and OSError."""
        place = root / run.id
        return cls(
            run=run,
            report=stored_report(root, run),
            days=frames.read_daily(place / frames.DAILY),
            curve=frames.read_equity(place / frames.EQUITY),
            trades=[one for one in frames.read_trades(place / frames.TRADES) if not one["is_open"]],
        )

    @property
    def time(self) -> Floats:
        """The end of each day, milliseconds UTC."""
        return self.days["time"].astype(np.float64) + DAY


def returns_by_hour(curve: Curve) -> Floats:
    """Return the mean return of equity in each hour of the day (UTC), by the hour in which a mark's bar ended."""
    values = np.concatenate(([curve.initial], curve.equity))
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = np.where(values[:-1] > 0, values[1:] / values[:-1] - 1, 0.0)
    # Days with a mark in the hour, not marks: an hour's return is that of all its bars together.
    hours, days = curve.times // HOUR % HOURS, curve.times // DAY
    totals = np.bincount(hours, weights=changes, minlength=HOURS)
    pairs = np.unique(days * HOURS + hours) % HOURS
    seen = np.bincount(pairs, minlength=HOURS)
    return np.where(seen > 0, totals / np.maximum(seen, 1), 0.0)


def time_in_market(sheet: Sheet, *, short: bool) -> Floats:
    """Return the share of each day in which anything was held on one side, by the trades that have closed."""
    first = int(sheet.days["time"][0])
    held = np.zeros(len(sheet.days["time"]))
    for begin, end in _together(sorted(_spans(sheet, short=short))):
        for day in range(max(begin - first, 0) // DAY, min((end - first - 1) // DAY + 1, len(held))):
            midnight = first + day * DAY
            held[day] += (min(end, midnight + DAY) - max(begin, midnight)) / DAY
    return held


def _spans(sheet: Sheet, *, short: bool) -> Iterator[tuple[int, int]]:
    for one in sheet.trades:
        if bool(one["is_short"]) is short:
            yield int(one["open_timestamp"]), int(one["close_timestamp"])


def _together(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged
