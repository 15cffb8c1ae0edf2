"""What pictures are drawn on: an eventful stretch of recorded bars, and the values of features there.

Features run as plain Python: a few thousand bars take two seconds, which is less than to compile so many kernels, and a
user's kernel that does not keep to its state is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from finantrade.cli.errors import CliError, ExitCode
from finantrade.features.declaration import Column, Feature
from finantrade.features.feature_set import Floats
from finantrade.features.fence import KernelFault, fenced_rows
from finantrade.features.graph import leaves
from finantrade.features.series import columns_beside
from finantrade.market.bars import bars_of
from finantrade.market.candles import Candles

LEAD = 3_000
"""Bars before the stretch: enough for the fifty days of a trend on daily bars."""
LENGTH = 180
"""Bars of a stretch."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Bars of one symbol, those before ``start`` for warming up only; ``told`` says in a few words what they are.

    ``beside`` has what is known beside each bar, by column.
    """

    candles: Candles
    start: int
    told: str
    beside: Mapping[Column, Floats] = field(default_factory=dict[Column, Floats])


@dataclass(frozen=True, slots=True, eq=False)
class Act:
    """A feature on a stage: its value at every bar of it."""

    stage: Stage
    feature: Feature
    values: Floats


def stage(candles: Candles, first_open: int | None, told: str) -> Stage:
    """Return the stretch that opens then, or the last one, with the bars before it. Raises CliError where too few."""
    start = len(candles) - LENGTH if first_open is None else int(np.searchsorted(candles.open_time, first_open))
    if not 0 <= start <= len(candles) - LENGTH:
        raise CliError(
            f"expected {LENGTH} bars of {candles.symbol} to draw on, found {min(len(candles), len(candles) - start)}",
            ExitCode.USAGE,
        )
    lead = max(0, start - LEAD)
    return Stage(candles.slice(lead, start + LENGTH), start - lead, told)


def acts(features: Sequence[Feature], stages: Sequence[Stage]) -> dict[str, Act]:
    """Return each feature, by name, on the first stage on which it has anything to tell; the others are left out."""
    found: dict[str, Act] = {}
    for one in stages:
        left = [feature for feature in features if feature.name not in found]
        found |= {act.feature.name: act for act in _played(left, one)}
    return found


def lacking(feature: Feature, stage: Stage) -> tuple[str, ...]:
    """Return those columns that it reads of which a stage has nothing."""
    there = {name for name, values in stage.candles.columns().items() if np.isfinite(values).any()}
    return tuple(column for column in leaves(feature) if column not in {*there, *stage.beside, Column.CLOSE_TIME})


def _played(features: Sequence[Feature], stage: Stage) -> Iterator[Act]:
    if not features:
        return
    missing = np.full(len(stage.candles), np.nan)
    columns = [stage.beside.get(column, missing) for column in columns_beside(features)]
    beside = np.array(columns).T.tolist() if columns else repeat(())
    try:
        rows = np.array(list(fenced_rows(features, stage.candles.timeframe, bars_of(stage.candles), beside)))
    except KernelFault as fault:
        raise CliError(str(fault), ExitCode.FAILED, "`finantrade features check` says of which") from None
    for column, feature in enumerate(features):
        values = rows[:, column]
        if np.isfinite(values[stage.start :]).any():
            yield Act(stage, feature, values)
