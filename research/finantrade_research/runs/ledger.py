"""The ledger of trials: everything that was tried on a span of data, counted once for each set of parameters.

A repeat does not count, whatever its code; a trial that was given up on the way counts, and becomes a complete one when
it is later run to the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from math import isnan, nan

import msgspec
import numpy as np

from finantrade.domain.units import Millis
from finantrade.market.candles import Candles
from finantrade_research.luck.trials import Outcome, Trial

MOST = 2_000
"""Trials of one span whose returns are compared; beyond them the newest."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Bars that trials are made on. ``market`` is the same for all spans of the same symbols and timeframe."""

    id: str
    market: str
    first_open: Millis
    last_open: Millis


def span(identity: str, dataset: str, candles: Sequence[Candles]) -> Span:
    """Return the span of these bars of a data set; ``identity`` is the hash of the bars."""
    held = [one for one in candles if len(one)]
    return Span(
        id=identity,
        market=" ".join([dataset, *sorted(f"{one.symbol}/{one.timeframe}" for one in held)]),
        first_open=min(int(one.open_time[0]) for one in held),
        last_open=max(int(one.open_time[-1]) for one in held),
    )


def record(index: sqlite3.Connection, on: Span, trials: Sequence[Trial], now: Millis) -> None:
    """Enter trials on a span."""
    index.execute("INSERT OR IGNORE INTO span VALUES (?, ?, ?, ?)", msgspec.structs.astuple(on))
    index.executemany(
        "INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (span, parameters) DO UPDATE SET "
        "outcome = excluded.outcome, sharpe = excluded.sharpe, returns = excluded.returns "
        "WHERE outcome = ? AND excluded.outcome = ?",
        [(on.id, *_row(one), now, Outcome.PRUNED.value, Outcome.COMPLETE.value) for one in trials],
    )


def tried(index: sqlite3.Connection, span: str) -> list[Trial]:
    """Return every trial on a span, the newest first; of those beyond ``MOST`` without returns."""
    rows = index.execute(
        "SELECT parameters, outcome, sharpe, CASE WHEN row_number() OVER (ORDER BY rowid DESC) <= ? THEN returns END "
        "AS returns FROM trial WHERE span = ? ORDER BY rowid DESC",
        (MOST, span),
    )
    return list(map(_trial, rows))


def overlapping(index: sqlite3.Connection, on: Span) -> int:
    """Return how many were tried on other spans of the same market that have any time in common with this one."""
    found = index.execute(
        "SELECT count(*) FROM trial JOIN span ON span.id = trial.span WHERE market = ? AND span.id <> ? "
        "AND first_open <= ? AND last_open >= ?",
        (on.market, on.id, on.last_open, on.first_open),
    )
    return int(found.fetchone()[0])


def _row(one: Trial) -> Iterator[object]:
    yield one.parameters
    yield one.outcome.value
    yield None if isnan(one.sharpe) else one.sharpe
    yield np.ascontiguousarray(one.returns, dtype="<f8").tobytes()


def _trial(row: sqlite3.Row) -> Trial:
    sharpe = nan if row["sharpe"] is None else float(row["sharpe"])
    returns = np.frombuffer(row["returns"] or b"", dtype="<f8").astype(np.float64)
    return Trial(row["parameters"], Outcome(row["outcome"]), sharpe, returns)
