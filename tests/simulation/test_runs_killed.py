"""``kill -9`` while runs are kept and deleted, at any moment: what is listed is whole, and nothing else stays."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.kept_runs import finished, kept
from tests.victims import ROOT, ended, spread

from finantrade_research.runs import frames, schema
from finantrade_research.runs.catalogue import list_runs
from finantrade_research.runs.keeping import keep, run_id, stored_report

FIRST, SECOND, THIRD = (finished(balance=balance) for balance in (10_000, 20_000, 30_000))
HEADS = {run_id(one.identity): one.result.head for one in (FIRST, SECOND, THIRD)}

# More than SQLite keeps in memory, so that the file itself has been changed when the process ends in mid-transaction.
SPILL = """
import os, signal, sys
from pathlib import Path
from finantrade_research.runs import schema
with schema.writing(Path(sys.argv[1])) as index:
    index.execute("PRAGMA cache_size = 2")
    index.execute("DELETE FROM run")
    for number in range(200):
        index.execute("INSERT INTO span VALUES (?, ?, 0, 0)", (str(number), "x" * 20_000))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_runs_that_are_kept_by_a_killed_process_are_whole(tmp_path: Path, seeds: Callable[[int, int], range]) -> None:
    ((code, last),) = ended("runs_victim", [str(tmp_path)], {"whole": 0})
    assert (code, [one.id for one in list_runs(tmp_path / "whole")]) == (0, [run_id(FIRST.identity)])
    points = spread(seeds(7, 80), last)
    assert [code for code, _ in ended("runs_victim", [str(tmp_path)], points)] == [-signal.SIGKILL] * len(points)
    for store in points:
        check_whole(tmp_path / store)


def check_whole(root: Path) -> None:
    """What is listed can be read, and the next that writes leaves nothing but that."""
    before = {one.id for one in list_runs(root)}
    keep(root, THIRD, 3)
    found = list_runs(root)
    assert {one.id for one in found} == before | {run_id(THIRD.identity)}
    for one in found:
        assert stored_report(root, one).head == one.head == HEADS[one.id]
        assert frames.read_equity(root / one.id / frames.EQUITY).final > 0
        assert len(frames.read_trades(root / one.id / frames.TRADES)) > 5
    assert {place.name for place in root.iterdir()} == {one.id for one in found} | {schema.FILE_NAME}


def test_a_transaction_that_was_cut_off_on_the_disk_is_rolled_back(tmp_path: Path) -> None:
    (one,) = kept(tmp_path)
    done = subprocess.run([sys.executable, "-c", SPILL, tmp_path], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / f"{schema.FILE_NAME}-journal").stat().st_size > 0
    assert [run.id for run in list_runs(tmp_path)] == [one.run]
