"""``kill -9`` while a session is kept, at any moment: the store stays whole, and in the end has every bar once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
from tests.journals import GENESIS, header
from tests.series import START, assert_same, candle_rows
from tests.victims import ROOT, contents, ended, spread

from finantrade.cli.main import main
from finantrade.domain.context import OpenInterest
from finantrade.domain.market import BarArrived, BarRevised
from finantrade.domain.message import Input
from finantrade.domain.units import MINUTE
from finantrade.journal.store import Journal
from finantrade.market.bars import bars_of
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.faults import NotStored
from finantrade.market.store.manifest import read_manifest
from finantrade.market.store.reading import read, troubles

CANDLES = Place("binance", "usdm", Kind.CANDLES, "BTCUSDT", "15m")
INTEREST = Place("binance", "usdm", Kind.OPEN_INTEREST, "BTCUSDT", "5m")
FOLLOWING = '{"feed": {"binance": {}}}'
REVISED = 1_000
ACTED = candle_rows(33 * 96)
CLOSE = float(ACTED.values["close"][REVISED]) + 0.125
ROWS = candle_rows(33 * 96, close={REVISED: CLOSE})
"""Two months, one bar of which was told otherwise later."""


def session(folder: Path) -> Path:
    """Record a session of bars and open interest."""
    directory = folder / "paper" / "0001"
    told = [BarArrived(bar) for bar in bars_of(ACTED.candles())]
    revised = BarRevised(bars_of(ROWS.candles())[REVISED])
    interest = [OpenInterest("BTCUSDT", START + n * 5 * MINUTE, 1_000.0 + n) for n in range(300)]
    messages = [*told[:1_200], revised, *interest, *told[1_200:]]
    with closing(Journal.open(directory, synchronous="NORMAL")) as journal:
        journal.begin_segment(header(config=FOLLOWING), b"state 0", 0, GENESIS)
        journal.append([Input(n, START + n, message) for n, message in enumerate(messages, 1)], [])
    return directory


def run(recorded: Path, folder: Path, points: Mapping[str, int]) -> list[list[int]]:
    """Keep the session in stores, killed at points."""
    return ended("keep_victim", [str(recorded), str(folder)], points)


def test_a_keeper_killed_anywhere_goes_on(tmp_path: Path, seeds: Callable[[int, int], range]) -> None:
    recorded = session(tmp_path)
    ((code, last),) = run(recorded, tmp_path, {"whole": 0})
    assert code == 0
    assert_same(read(tmp_path / "whole", CANDLES), ROWS)
    points = spread(seeds(8, last), last)
    assert [code for code, _ in run(recorded, tmp_path, points)] == [-signal.SIGKILL] * len(points)
    for store in points:
        check_beginning(tmp_path / store)
    assert [code for code, _ in run(recorded, tmp_path, dict.fromkeys(points, 0))] == [0] * len(points)
    for store in points:
        assert contents(tmp_path / store) == contents(tmp_path / "whole"), store
        assert main(["data", "verify", "--store", str(tmp_path / store)]) == 0


def check_beginning(store: Path) -> None:
    """What a killed keeper left is whole, and nothing in it is other than it was told."""
    for place in (CANDLES, INTEREST):
        try:
            found = read(store, place)
        except NotStored:
            continue
        assert list(troubles(store, place)) == []
        if place == CANDLES:
            close = found.values["close"]
            assert close[REVISED] in (ACTED.values["close"][REVISED], CLOSE)
            expected = ROWS.values["close"][np.isin(ROWS.time, found.time)]
            np.testing.assert_array_equal(np.delete(close, REVISED), np.delete(expected, REVISED))


def test_two_keepers_at_once_keep_what_one_does(tmp_path: Path) -> None:
    recorded = session(tmp_path)
    run(recorded, tmp_path, {"whole": 0})
    command = [sys.executable, "-m", "tests.simulation.keep_victim", str(recorded), str(tmp_path), "both=0"]
    keepers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for keeper in keepers:
        said, _ = keeper.communicate()
        assert json.loads(said)[0][0] == 0
    both = tmp_path / "both"
    assert_same(read(both, CANDLES), ROWS)
    assert list(troubles(both, CANDLES)) == []
    assert read_manifest(both, CANDLES).sources == read_manifest(tmp_path / "whole", CANDLES).sources
