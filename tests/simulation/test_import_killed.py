"""``kill -9`` during an import, at any moment: the store stays whole, and going on ends where it would have."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.series import PLACE, candle_rows, write_klines
from tests.victims import ROOT, contents, ended, spread

from finantrade.cli.main import main
from finantrade.market.store.faults import NotStored
from finantrade.market.store.reading import read, troubles

ROWS = candle_rows(70 * 96)
LENGTHS = (2_990, 4_990, 6_707)
"""Rows after one, two and all files."""


def files(folder: Path) -> Path:
    """Write three months as files that overlap, so that months are rewritten, each with a hole of its own."""
    for number, rows in enumerate((np.r_[0:2_000, 2_010:3_000], np.r_[2_900:5_000], np.r_[4_000:6_000, 6_003:6_720])):
        write_klines(folder, ROWS.take(rows), f"BTCUSDT-15m-2024-0{number + 1}", zipped=number == 1)
    return folder


def run(folder: Path, source: Path, points: Mapping[str, int]) -> list[list[int]]:
    """Import into stores, killed at points."""
    return ended("import_victim", [str(folder), str(source)], points)


def test_an_import_killed_anywhere_is_resumed(tmp_path: Path, seeds: Callable[[int, int], range]) -> None:
    source = files(tmp_path / "files")
    ((code, last),) = run(tmp_path, source, {"whole": 0})
    assert code == 0
    points = spread(seeds(6, last), last)
    assert [code for code, _ in run(tmp_path, source, points)] == [-signal.SIGKILL] * len(points)
    for store in points:
        check_whole(tmp_path / store)
    assert [code for code, _ in run(tmp_path, source, dict.fromkeys(points, 0))] == [0] * len(points)
    for store in points:
        assert contents(tmp_path / store) == contents(tmp_path / "whole"), store
        assert main(["data", "verify", "--store", str(tmp_path / store)]) == 0


def check_whole(store: Path) -> None:
    """A store is not there yet, or is a beginning of the whole one."""
    try:
        found = read(store, PLACE)
    except NotStored:
        return
    assert list(troubles(store, PLACE)) == []
    np.testing.assert_array_equal(found.time, ROWS.time[np.isin(ROWS.time, found.time)])
    assert len(found) in LENGTHS


def test_two_importers_at_once_give_what_one_gives(tmp_path: Path) -> None:
    source = files(tmp_path / "files")
    run(tmp_path, source, {"whole": 0})
    command = [sys.executable, "-m", "tests.simulation.import_victim", str(tmp_path), str(source), "both=0"]
    importers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for importer in importers:
        said, _ = importer.communicate()
        assert json.loads(said)[0][0] == 0
    assert contents(tmp_path / "both") == contents(tmp_path / "whole")


@pytest.mark.long
def test_a_reader_never_sees_half_a_write(tmp_path: Path) -> None:
    source, store = files(tmp_path / "files"), tmp_path / "whole"
    command = [sys.executable, "-m", "tests.simulation.import_victim", str(tmp_path), str(source), "whole=0"]
    seen: set[int] = set()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as writer:
        while writer.poll() is None:
            try:
                seen.add(len(read(store, PLACE)))
            except NotStored:
                seen.add(0)
    assert writer.returncode == 0
    assert len(read(store, PLACE)) == LENGTHS[-1]
    assert seen <= {0, *LENGTHS}
