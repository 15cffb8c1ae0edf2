"""The unit as systemd reads it, and the installer with every command that changes anything replaced by a recorder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "finantrade.service"
INSTALL = ROOT / "systemd" / "install.sh"
PROGRAM = "/opt/finantrade/.venv/bin/finantrade"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine: the unit cannot be judged"
)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def directives(section: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    current = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def verified(unit: str, folder: Path) -> str:
    """What systemd says about a unit whose program exists: nothing, where it understands all of it."""
    path = folder / UNIT.name
    path.write_text(unit.replace(PROGRAM, shutil.which("true") or ""), encoding="utf-8")
    complaints = analyze("verify", str(path)).stderr.splitlines()
    return "\n".join(line for line in complaints if UNIT.name in line)


@needs_systemd
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    assert verified(UNIT.read_text(encoding="utf-8"), tmp_path) == ""


@needs_systemd
def test_a_misspelt_line_would_be_seen(tmp_path: Path) -> None:
    unit = UNIT.read_text(encoding="utf-8").replace("WatchdogSec=", "WachdogSec=")
    assert "WachdogSec" in verified(unit, tmp_path)


@needs_systemd
@pytest.mark.parametrize(("threshold", "code"), [("20", 0), ("5", 1)], ids=["at most 2.0", "the threshold bites"])
def test_the_unit_is_hardened(threshold: str, code: int) -> None:
    judged = analyze("security", "--offline=true", f"--threshold={threshold}", str(UNIT))
    assert judged.returncode == code, judged.stdout[-300:] + judged.stderr


def test_the_unit_says_how_it_lives_and_dies() -> None:
    expected = {
        "Type": ["notify"],
        "NotifyAccess": ["main"],
        "ExecStart": [f"{PROGRAM} run -c /etc/finantrade/system.yml --state %S/finantrade --log json"],
        "WatchdogSec": ["30"],
        "TimeoutStopSec": ["10"],
        "KillSignal": ["SIGTERM"],
        "Restart": ["on-failure"],
        "RestartPreventExitStatus": ["78"],
        "OOMPolicy": ["continue"],
        "StateDirectory": ["finantrade"],
        "StateDirectoryMode": ["0700"],
        "CacheDirectory": ["finantrade"],
        "CacheDirectoryMode": ["0700"],
        "LoadCredential": ["token:/etc/finantrade/token"],
        "SystemCallErrorNumber": ["EPERM"],
    }
    service = directives("Service")
    assert {name: service.get(name) for name in expected} == expected
    assert "NUMBA_CACHE_DIR=%C/finantrade/numba" in service["Environment"]


def test_the_unit_leaves_out_what_breaks_the_program() -> None:
    service = directives("Service")
    assert "MemoryDenyWriteExecute" not in service, "numba compiles at run time"
    assert "ProcSubset" not in service, "hides /proc/meminfo"
    assert not [value for value in service["SystemCallFilter"] if "@resources" in value], "kills nice() by SIGSYS"


RECORDER = '#!/bin/sh\necho "$(basename "$0") $*" >>"$RECORD"\n'
STUBS = {
    "id": '#!/bin/sh\n[ "$*" != "-u finantrade" ] || exit 1\necho "${FAKE_ID:-0}"\n',
    "python": '#!/bin/sh\necho "311 1 ${FAKE_PYTHON:-/usr/bin/python3}"\n',
    "systemctl": '#!/bin/sh\n[ "$1" = --version ] && echo "systemd ${FAKE_SYSTEMD:-252} (x)" && exit\n' + RECORDER[10:],
}
RECORDED = ("useradd", "install", "rm", "cp", "make", "sed")
REAL = ("awk", "basename", "bash", "dirname", "env", "sh")


class Machine:
    """A path on which nothing can be changed: recorders, and the few real programs that only read."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.record, self.prefix = folder / "bin", folder / "record", folder / "opt" / "finantrade"
        for name, text in {**STUBS, **dict.fromkeys(RECORDED, RECORDER)}.items():
            self._write(self.bin / name, text)
        for name in REAL:
            (self.bin / name).symlink_to(shutil.which(name) or "")
        for name in ("python", "finantrade"):
            self._write(self.prefix / ".venv" / "bin" / name, RECORDER)
        self.record.touch()

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def install(self, *words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "PYTHON": "python", "RECORD": str(self.record), **surroundings}
        command = [str(self.bin / "bash"), str(INSTALL), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def recorded(self) -> list[str]:
        return self.record.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def printed(output: str) -> list[str]:
    """The commands that the installer printed, each by its name without the folder."""
    commands = (line[2:].split(" ", 1) for line in output.splitlines() if line.startswith("+ "))
    return [f"{os.path.basename(name)} {rest}" for name, rest in commands]


def test_a_dry_run_prints_what_a_real_one_runs_and_runs_nothing(machine: Machine) -> None:
    prefix = ("--prefix", str(machine.prefix))
    dry = machine.install("--dry-run", *prefix, FAKE_ID="1000")
    assert (dry.returncode, dry.stderr, machine.recorded()) == (0, "", [])
    real = machine.install(*prefix)
    assert (real.returncode, real.stderr) == (0, "")
    assert printed(dry.stdout) == printed(real.stdout) == machine.recorded()


def test_the_steps_are_those_of_the_documentation(machine: Machine) -> None:
    machine.install("--prefix", str(machine.prefix))
    told = [line.split(" ")[0] for line in machine.recorded()]
    config = [] if Path("/etc/finantrade/system.yml").exists() else ["install"]
    unit = ["install", "sed", "systemctl", "systemctl", "systemctl"]
    assert told == ["useradd", "rm", "install", "cp", "make", "python", "install", *config, "finantrade", *unit]


@pytest.mark.parametrize(("version", "grows"), [("252", False), ("254", True), ("257.3", True)])
def test_pauses_grow_where_systemd_can(machine: Machine, version: str, grows: bool) -> None:
    machine.install("--prefix", str(machine.prefix), FAKE_SYSTEMD=version)
    assert any("restart.conf" in line for line in machine.recorded()) is grows


@pytest.mark.parametrize(
    ("words", "surroundings", "code", "said"),
    [
        (["--prefix", "relative"], {}, 1, "expected an absolute path"),
        (["--prefix", "/with space"], {}, 1, "found '/with space'"),
        (["--prefix"], {}, 2, "usage:"),
        (["--surprise"], {}, 2, "usage:"),
        ([], {"FAKE_ID": "1000"}, 1, "expected to run as root"),
        ([], {"FAKE_PYTHON": "/home/someone/.pyenv/bin/python3"}, 1, "which the service cannot see"),
    ],
)
def test_what_is_refused_changes_nothing(
    machine: Machine, words: Sequence[str], surroundings: dict[str, str], code: int, said: str
) -> None:
    refused = machine.install(*words, **surroundings)
    assert refused.returncode == code
    assert said in refused.stderr
    assert machine.recorded() == []
