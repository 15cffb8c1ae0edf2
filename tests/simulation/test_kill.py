"""L5 on the real thing: ``finantrade run`` killed with SIGKILL at random moments decides as if it never had been."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest
import yaml
from tests.markets import config, market

from finantrade.backtesting import backtest
from finantrade.config import ApiConfig, Config, FeedConfig, JournalConfig
from finantrade.domain.units import MINUTE
from finantrade.journal.store import Journal
from finantrade.market.manifest import Manifest, store, write_manifest

FINANTRADE = Path(sys.executable).with_name("finantrade")
BARS = 1_500
DATASET = "killed"
PATIENCE_S = 60.0
KILL_WITHIN_S = 0.5
"""After it is ready; one time in three the process dies while it is still starting."""
STARTING_S = 2.0


class Victim:
    """The running daemon; ``wait_for`` reads its log, which is JSON, up to an event."""

    def __init__(self, place: Path, file: Path) -> None:
        command = [FINANTRADE, "run", "-c", file, "--state", place / "state", "--datadir", place / "data"]
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--log", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self._lines: IO[str] = self.process.stdout

    def wait_for(self, done: Callable[[dict[str, Any]], bool]) -> bool:
        """Return True once such a line has come, False where the log ended before."""
        return any(done(json.loads(line)) for line in self._lines)


@contextmanager
def victim(place: Path, file: Path) -> Iterator[Victim]:
    """Run the daemon, and leave nothing of it behind."""
    one = Victim(place, file)
    rescue = threading.Timer(PATIENCE_S, one.process.kill)
    rescue.start()
    try:
        yield one
    finally:
        rescue.cancel()
        one.process.kill()
        one.process.communicate()


def prepare(place: Path, lasting_s: float) -> tuple[Config, Path]:
    """Write a data set and a configuration that plays it in about so many seconds."""
    folder = place / "data" / DATASET
    folder.mkdir(parents=True)
    (place / "state").mkdir()
    candles = market(11, BARS)
    manifest = Manifest(
        name=DATASET, title="A seeded walk.", synthetic=True, timeframe="30m", source="tests", licence="MIT",
        licence_file=None, symbols=tuple(store(one, folder) for one in candles.values()),
    )  # fmt: skip
    write_manifest(manifest, folder)
    settings = config(
        feed=FeedConfig(dataset=DATASET, rate=BARS * 30 * MINUTE / 1000 / lasting_s, longest_wait_s=0.05),
        journal=JournalConfig(synchronous="NORMAL", snapshot_every_inputs=200, min_free_disk_mb=0),
        api=ApiConfig(port=0),
    )
    file = place / "config.yml"
    file.write_text(yaml.safe_dump(msgspec.to_builtins(settings)), encoding="utf-8")
    return settings, file


def killed(place: Path, file: Path, draw: random.Random) -> int:
    """Start it and kill it at a random moment; return how it ended."""
    with victim(place, file) as one:
        if draw.random() < 1 / 3:
            time.sleep(draw.uniform(0.0, STARTING_S))
        elif one.wait_for(lambda line: line["event"] == "ready"):
            time.sleep(draw.uniform(0.0, KILL_WITHIN_S))
        os.kill(one.process.pid, signal.SIGKILL)
        return one.process.wait()


def play_to_the_end(place: Path, file: Path) -> None:
    """Run it until the data has ended, then ask it to stop."""
    with victim(place, file) as one:
        ended = {"condition": "feed_ended"}
        assert one.wait_for(
            lambda line: line["event"] == "feed_ended" or (line["event"] == "ready" and ended.items() <= line.items())
        )
        one.process.terminate()
        _, said = one.process.communicate(timeout=PATIENCE_S)
        assert one.process.returncode == 0, said


def judged(place: Path, settings: Config) -> None:
    """The session verifies, and has decided what a backtest of the same data decides."""
    command = [FINANTRADE, "verify", "--state", place / "state", "--json"]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert json.loads(verdict.stdout)["verdict"] == "equal"
    whole = backtest(settings, candles=tuple(market(11, BARS).values()))
    with closing(Journal.open_readonly(place / "state" / settings.name / "0001")) as journal:
        tail = journal.tail
        assert tail.head.hex() == whole.head
        assert tail.decisions == whole.core.engine.chain.count > 100
        assert tail.seq == whole.core.engine.seq, "every fact is recorded once"


def kill_again_and_again(place: Path, kills: int) -> None:
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    draw = random.Random(seed)
    settings, file = prepare(place, lasting_s=kills * KILL_WITHIN_S * 0.4)
    ends = [killed(place, file, draw) for _ in range(kills)]
    assert ends == [-signal.SIGKILL] * kills
    play_to_the_end(place, file)
    judged(place, settings)


def test_killed_a_few_times(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, 5)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_killed_many_times(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, 50)


@pytest.mark.long
def test_never_killed(tmp_path: Path) -> None:
    settings, file = prepare(tmp_path, lasting_s=1.0)
    play_to_the_end(tmp_path, file)
    judged(tmp_path, settings)
