"""``finantrade simulate`` as a process: it says where it is, serves, and ends when it is asked to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from tests.commands import Said
from tests.series import START, candle_rows, entry, rows_of

from finantrade.cli.errors import ExitCode
from finantrade.domain.units import HOUR
from finantrade.market.interval import interval_ms
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.writing import write

COMMAND = [sys.executable, "-c", "from finantrade.cli.main import run; run()"]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def document(process: subprocess.Popen[str]) -> Any:
    """Read what it says once it listens."""
    assert process.stdout is not None
    text = ""
    while not text.endswith("\n}\n"):
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        text += line
    return json.loads(text)


@contextmanager
def simulating(*arguments: str) -> Generator[subprocess.Popen[str]]:
    command = [*COMMAND, "simulate", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_when_asked(ending: signal.Signals) -> None:
    with simulating("--json", "--seed", "3", "--fault", "late:0.5", "--pairs", "ETHUSDT") as process:
        said = document(process)
        assert (said["seed"], said["faults"], said["symbols"]) == (3, ["late:0.5"], ["ETHUSDT"])
        assert said["synthetic"] is True
        with urlopen(f"{said['addresses']['FUTURES_URL']}/v1/time", timeout=10) as answer:
            assert said["start"] <= json.load(answer)["serverTime"] < said["end"]
        process.send_signal(ending)
        assert process.wait(timeout=20) == 0


def test_it_plays_the_local_store(tmp_path: Path) -> None:
    for kind, interval in ((Kind.CANDLES, "15m"), (Kind.CANDLES, "1h"), (Kind.FUNDING, "irregular")):
        place = Place("binance", "usdm", kind, "BTCUSDT", interval)
        settlements = rows_of(Kind.FUNDING, [START, START + 8 * HOUR], rate=[1e-4, 2e-4])
        table = settlements if kind is Kind.FUNDING else candle_rows(100, interval_ms(interval))
        write(tmp_path, place, table, entry())
    with simulating("--json", "--dataset", "store:binance/usdm", "-d", str(tmp_path), "-i", "15m") as process:
        said = document(process)
        assert (said["symbols"], said["timeframe"], said["synthetic"]) == (["BTCUSDT"], "15m", False)
        assert said["recorded"] == {"BTCUSDT": ["funding"]}
        query = f"symbol=BTCUSDT&startTime={START}"
        with urlopen(f"{said['addresses']['FUTURES_URL']}/v1/fundingRate?{query}", timeout=10) as answer:
            assert [row["fundingRate"] for row in json.load(answer)] == ["0.0001", "0.0002"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "misin"], "did you mean missing?"),
        (["--start", "2031"], "expected a time such as"),
        (["--start", "20310101"], "expected a time from 2024-01-01T00:00:00Z to"),
        (["--dataset", "nothing"], "expected a data set"),
        (["-i", "1h"], "expected bars of 1h, found 15m in data set synthetic-15m"),
        (["--dataset", "store:"], "expected a data set such as store:binance/usdm, found 'store:'"),
    ],
)
def test_what_cannot_be_played_is_refused(said: Said, arguments: list[str], words: str) -> None:
    code, out, err = said("simulate", *arguments)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert words in err


def test_a_taken_port_is_said(said: Said) -> None:
    with simulating("--json") as process:
        port = document(process)["addresses"]["FSTREAM_URL"].rstrip("/").rsplit(":", 1)[1]
        code, _, err = said("simulate", "--port", port)
        assert code == ExitCode.REFUSED
        assert f"cannot listen on port {port}" in err
