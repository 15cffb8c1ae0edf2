"""Keeping a run: its trial in the ledger, its report and frames in a folder, its row in the index; and letting it go.

A run is kept whole or not at all. Files are written into a draft beside the others, flushed, and put in place with one
rename, while the index is held in a transaction that ends with the run's row. What a killed process leaves is a draft,
an old folder set aside, or one without a row: the next that writes clears them away, or puts the old one back.

The same run kept again takes the place of the old one, tags and note stay.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from finantrade.domain.units import Millis
from finantrade_research.curve import Curve, buy_and_hold, daily_returns
from finantrade_research.luck.trials import Outcome, Trial, judge
from finantrade_research.report import Report, read_report, write_report
from finantrade_research.runs import frames, ledger
from finantrade_research.runs.catalogue import Run, find_run
from finantrade_research.runs.identity import Identity
from finantrade_research.runs.schema import reading, writing

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.market.candles import Candles

REPORT = "report.json"
DRAFT, OLD = ".draft-", ".old-"
ID_DIGITS = 12
FOLDER = re.compile(rf"({re.escape(DRAFT)}|(?P<old>{re.escape(OLD)}))?(?P<id>[0-9a-f]{{{ID_DIGITS}}})")
FILES = (REPORT, frames.EQUITY, frames.DAILY, frames.TRADES)
"""What folders of ours are called and what is in them: nothing else in the directory is ever touched."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A backtest that was run: what it is known by, what it came to, and the bars it went over."""

    identity: Identity
    result: Result
    report: Report
    candles: Sequence[Candles]

    @property
    def trial(self) -> Trial:
        """The trial that it was."""
        returns = daily_returns(Curve.of(self.result))
        return Trial(self.identity.parameters, Outcome.COMPLETE, self.report.luck.track.sharpe, returns)

    @property
    def span(self) -> ledger.Span:
        """The span that it was tried on."""
        return ledger.span(self.identity.span, self.report.data.name, self.candles)


def run_id(identity: Identity) -> str:
    """Return the name that a run has in every store."""
    return identity.run[:ID_DIGITS]


def keep(root: Path, finished: Finished, now: Millis) -> Report:
    """Keep a run and return its report, with its id and with all trials on its span counted."""
    with writing(root) as index:
        ledger.record(index, finished.span, [finished.trial], now)
    report = msgspec.structs.replace(judged(root, finished), run=run_id(finished.identity))
    with writing(root) as index:
        _clear(root, index)
        _write(root, finished, report)
        _enter(index, finished.identity, report, now)
    shutil.rmtree(root / f"{OLD}{report.run}", ignore_errors=True)
    return report


def judged(root: Path, finished: Finished) -> Report:
    """Return the report of a run with all trials on its span counted, itself among them, kept or not."""
    with reading(root) as index:
        tried = ledger.tried(index, finished.identity.span)
        others = ledger.overlapping(index, finished.span)
    if all(one.parameters != finished.identity.parameters for one in tried):
        tried.append(finished.trial)
    return _judged(finished.report, tried, others)


def stored_report(root: Path, run: Run) -> Report:
    """Return the report of a run, the trials on its span counted as they are now. Raises BadReport."""
    report = read_report((root / run.id / REPORT).read_bytes())
    with reading(root) as index:
        on = index.execute("SELECT * FROM span WHERE id = ?", (run.span,)).fetchone()
        return _judged(report, ledger.tried(index, run.span), ledger.overlapping(index, ledger.Span(**dict(on))))


def delete_runs(root: Path, names: Sequence[str]) -> list[Run]:
    """Let go of runs and return what they were; that they were tried stays in the ledger. Raises NoRun before any."""
    runs = list({run.id: run for run in (find_run(root, name) for name in names)}.values())
    with writing(root) as index:
        for run in runs:
            index.execute("DELETE FROM tag WHERE run = ?", (run.id,))
            index.execute("DELETE FROM run WHERE id = ?", (run.id,))
    with writing(root) as index:
        _clear(root, index)
    return runs


def _judged(report: Report, tried: Sequence[Trial], others: int) -> Report:
    luck = msgspec.structs.replace(report.luck, trials=judge(report.luck.track, tried, others))
    return msgspec.structs.replace(report, luck=luck)


def _write(root: Path, finished: Finished, report: Report) -> None:
    curve = Curve.of(finished.result)
    held = buy_and_hold(finished.candles, curve.initial) or curve
    draft, place = root / f"{DRAFT}{report.run}", root / report.run
    draft.mkdir()
    (draft / REPORT).write_bytes(write_report(report))
    frames.write_equity(curve, draft / frames.EQUITY)
    frames.write_daily(curve, held, draft / frames.DAILY)
    frames.write_trades(finished.result, draft / frames.TRADES)
    _flush([*draft.iterdir(), draft])
    if place.exists():
        place.rename(root / f"{OLD}{report.run}")
    draft.rename(place)
    _flush([root])


def _enter(index: sqlite3.Connection, identity: Identity, report: Report, now: Millis) -> None:
    fields = _fields(identity, report, now)
    names = ", ".join(fields)
    changed = ", ".join(f"{name} = excluded.{name}" for name in fields)
    index.execute(
        f"INSERT INTO run ({names}) VALUES ({', '.join('?' * len(fields))}) ON CONFLICT (id) DO UPDATE SET {changed}",  # noqa: S608  names of this module
        tuple(fields.values()),
    )


def _fields(identity: Identity, report: Report, now: Millis) -> Mapping[str, object]:
    spans = report.data.symbols
    return {
        "id": report.run,
        "made": now,
        "name": report.name,
        "strategies": _text(dict.fromkeys(one["name"] for one in report.strategies)),
        "symbols": _text(report.config["symbols"]),
        "timeframe": report.timeframe,
        "dataset": report.data.name,
        "first_open": min(one.first_open for one in spans),
        "last_open": max(one.last_open for one in spans),
        "span": identity.span,
        "parameters": identity.parameters,
        "head": report.head,
        "figures": msgspec.json.encode({**msgspec.structs.asdict(report.metrics), "psr": report.luck.psr}).decode(),
        "caveats": _text(_caveats(report)),
    }


def _caveats(report: Report) -> list[str]:
    found = {"faulted": report.faults, "poor coverage": report.coverage.poor, "synthetic": report.data.synthetic}
    return [name for name, there in found.items() if there]


def _text(names: Iterable[str]) -> str:
    return msgspec.json.encode(list(names)).decode()


def _clear(root: Path, index: sqlite3.Connection) -> None:
    # Whoever is writing holds the index, and that is us: what is not in it belongs to nobody.
    kept = {row["id"] for row in index.execute("SELECT id FROM run")}
    for place in sorted(root.iterdir()):
        match = FOLDER.fullmatch(place.name)
        if match is None or place.name in kept or not _ours(place):
            continue
        if match["old"] and match["id"] in kept and not (root / match["id"]).exists():
            place.rename(root / match["id"])
        else:
            shutil.rmtree(place)


def _ours(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink() and all(one.name in FILES for one in place.iterdir())


def _flush(places: Iterable[Path]) -> None:
    for place in places:
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
