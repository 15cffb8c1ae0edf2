"""Runs side by side: the figures of each, where their configurations differ, and how alike their days were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from finantrade_research.curve import daily_returns
from finantrade_research.luck.clusters import correlations
from finantrade_research.report import Report
from finantrade_research.runs import frames
from finantrade_research.runs.catalogue import Run
from finantrade_research.runs.keeping import stored_report
from finantrade_research.runs.tables import differences


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """``figures`` by name, a value a run; ``differences``: a path, then what each run's configuration has there.

    ``correlation`` is that of daily returns with those of the first run, NaN where they are not of the same days.
    ``same_span`` and ``same_decisions``: whether all went over the same bars, and came to the same head.
    """

    runs: tuple[str, ...]
    same_span: bool
    same_decisions: bool
    correlation: tuple[float, ...]
    figures: dict[str, tuple[float, ...]]
    differences: list[tuple[str, ...]]


def compare(root: Path, runs: Sequence[Run]) -> Comparison:
    """Compare kept runs. Raises BadReport."""
    reports = [stored_report(root, one) for one in runs]
    return Comparison(
        runs=tuple(one.id for one in runs),
        same_span=len({one.span for one in runs}) == 1,
        same_decisions=len({one.head for one in reports}) == 1,
        correlation=_correlation(root, runs),
        figures=_figures(reports),
        differences=differences({run.id: one.config for run, one in zip(runs, reports, strict=True)}),
    )


def _figures(reports: Sequence[Report]) -> dict[str, tuple[float, ...]]:
    rows: list[Mapping[str, Any]] = [
        {**msgspec.structs.asdict(one.metrics), "psr": one.luck.psr, "dsr": one.luck.trials.dsr} for one in reports
    ]
    return {name: tuple(row[name] for row in rows) for name in rows[0]}


def _correlation(root: Path, runs: Sequence[Run]) -> tuple[float, ...]:
    returns = [daily_returns(frames.read_equity(root / one.id / frames.EQUITY)) for one in runs]
    spans = [(one.first_open, one.last_open) for one in runs]
    return tuple(
        float(correlations(np.column_stack((returns[0], one)))[0, 1])
        if span == spans[0] and len(one) == len(returns[0])
        else np.nan
        for one, span in zip(returns, spans, strict=True)
    )
