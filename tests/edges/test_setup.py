"""Setting up: which Python is taken, what is installed when, and that a set-up which was cut off is mended."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def pick(folder: Path, pythons: dict[str, str], **surroundings: str) -> subprocess.CompletedProcess[str]:
    """Run the choice on a path that has only these interpreters, each answering ``<version> <whole>``."""
    folder.mkdir()
    for name, facts in pythons.items():
        answer = f'echo "{facts} /real/{name}"' if facts else "exit 127"
        (folder / name).write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    command = [shutil.which("sh") or "sh", str(ROOT / "tools" / "pick-python"), str(folder / "environment")]
    environment = {"PATH": str(folder), **surroundings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize(
    ("pythons", "surroundings", "taken"),
    [
        ({"python3": "311 1"}, {}, "python3"),
        ({"python3": "312 1", "python3.13": "313 1"}, {}, "python3"),
        ({"python3": "310 1", "python3.12": "312 1", "python3.13": "313 1"}, {}, "python3.13"),
        ({"python3": "315 1", "python3.14": "", "python3.11": "311 1"}, {}, "python3.11"),
        ({"python3": "311 0", "python3.12": "312 1"}, {}, "python3.12"),
        ({"python3": "311 1", "mine": "314 1"}, {"PYTHON": "mine"}, "mine"),
        ({"python3": "311 1"}, {"PYTHON": ""}, "python3"),
    ],
    ids=["the only one", "python3 first", "too old", "too new and broken", "without venv", "chosen", "chosen none"],
)
def test_the_first_suitable_python_is_taken(
    tmp_path: Path, pythons: dict[str, str], surroundings: dict[str, str], taken: str
) -> None:
    picked = pick(tmp_path / "bin", pythons, **surroundings)
    assert (picked.returncode, picked.stdout, picked.stderr) == (0, f"/real/{taken}\n", "")


@pytest.mark.parametrize(
    ("pythons", "surroundings", "said"),
    [
        ({}, {}, ["found: no Python 3 at all", "sudo apt install python3 python3-venv"]),
        ({"python3": "309 1"}, {}, ["expected: Python 3.11 to 3.14 with venv; found: python3 (3.9)"]),
        ({"python3": "311 0"}, {}, ["python3 (3.11, without venv)", "sudo apt install python3-venv python3.11-venv"]),
        ({"python3": "311 1", "mine": "310 1"}, {"PYTHON": "mine"}, ["found: mine (3.10)"]),
        ({"python3": "311 1"}, {"PYTHON": "gone"}, ["found: gone, which does not run"]),
    ],
    ids=["none", "too old", "without venv", "chosen too old", "chosen is gone"],
)
def test_without_a_suitable_python_it_says_what_is_missing(
    tmp_path: Path, pythons: dict[str, str], surroundings: dict[str, str], said: Sequence[str]
) -> None:
    picked = pick(tmp_path / "bin", pythons, **surroundings)
    assert (picked.returncode, picked.stdout) == (1, "")
    assert [part for part in said if part not in picked.stderr] == []


def test_the_interpreter_behind_an_environment_is_taken() -> None:
    environment = {**os.environ, "PYTHON": sys.executable}
    picked = subprocess.run(
        [ROOT / "tools" / "pick-python"], env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert picked.stdout.strip() == getattr(sys, "_base_executable", sys.executable)


class Checkout:
    """A checkout of its own, with the commands of the set-up recorded instead of run."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.setup, self.root, self.environment, self.steps = load("setup"), root, root / ".venv", list[str]()
        self.fails = ""
        for name in ("requirements.txt", "requirements-build.txt", "requirements-dev.txt", "pyproject.toml"):
            (root / name).write_text("anyio==4.16.0\n", encoding="utf-8")
        (root / "tools").mkdir()
        (root / "tools" / "setup.py").touch()
        monkeypatch.setattr(self.setup, "ROOT", root)
        monkeypatch.setattr(self.setup, "step", self._step)

    def _step(self, name: str, command: Sequence[str]) -> None:
        self.steps.append(name.split(",", maxsplit=1)[0].split(" (", maxsplit=1)[0])
        if self.fails and self.fails in name:
            raise self.setup.StepFailed(name)
        if "venv" in command:
            (self.environment / "bin").mkdir(parents=True, exist_ok=True)
            (self.environment / "bin" / "python").symlink_to(sys.executable)
            (self.environment / "bin" / "pip").touch()
            (self.environment / "bin" / "activate").write_text(f"VIRTUAL_ENV={self.environment}", encoding="utf-8")

    def make(self, part: str) -> tuple[int, list[str]]:
        self.steps.clear()
        return self.setup.main([part, "--environment", str(self.environment)]), list(self.steps)


RUN = ["environment", "2 packages", "finantrade itself"]
DEV = ["1 packages"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path, monkeypatch)


def test_a_second_set_up_does_nothing(checkout: Checkout) -> None:
    assert checkout.make("run") == (0, RUN)
    assert checkout.make("run") == (0, [])
    assert checkout.make("dev") == (0, DEV)
    assert checkout.make("dev") == (0, [])


def test_a_new_set_up_for_development_includes_what_is_needed_to_run(checkout: Checkout) -> None:
    assert checkout.make("dev") == (0, [*RUN, *DEV])


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("requirements.txt", [*RUN[1:], *DEV]),
        ("requirements-build.txt", [*RUN[1:], *DEV]),
        ("pyproject.toml", [*RUN[1:], *DEV]),
        ("requirements-dev.txt", DEV),
    ],
)
def test_changed_pins_are_installed(checkout: Checkout, file: str, again: list[str]) -> None:
    checkout.make("dev")
    (checkout.root / file).write_text("anyio==4.16.1\n", encoding="utf-8")
    assert checkout.make("dev") == (0, again)
    assert checkout.make("dev") == (0, [])


@pytest.mark.parametrize("step", RUN)
def test_a_failed_step_is_said_and_the_next_set_up_starts_anew(
    checkout: Checkout, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.fails = step
    assert checkout.make("run") == (1, RUN[: RUN.index(step) + 1])
    assert "set-up failed; the next run starts it again" in capsys.readouterr().err
    checkout.fails = ""
    (checkout.environment / "half").touch()
    assert checkout.make("run") == (0, RUN)
    assert not (checkout.environment / "half").exists()


def test_an_environment_of_another_python_is_made_anew(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.make("run")
    monkeypatch.setattr(checkout.setup, "version", lambda: "3.99")
    assert checkout.make("run") == (0, RUN)


def test_a_moved_checkout_is_set_up_anew(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.make("run")
    moved = checkout.root.with_name("moved")
    checkout.root.rename(moved)
    checkout.environment = moved / ".venv"
    monkeypatch.setattr(checkout.setup, "ROOT", moved)
    assert checkout.make("run") == (0, RUN)


def test_a_step_shows_the_end_of_what_a_failed_command_said(capsys: pytest.CaptureFixture[str]) -> None:
    setup = load("setup")
    program = "for line in range(99): print(line)\nraise SystemExit(3)"
    with pytest.raises(setup.StepFailed) as failure:
        setup.step("counting", [sys.executable, "-c", program])
    said = str(failure.value).splitlines()
    assert (said[0], said[24]) == ("74", "98")
    assert said[25].startswith("expected exit code 0, found 3, from: ")
    assert capsys.readouterr().out.split() == ["counting", "failed"]


class TestLongTests:
    """What ``make test-long`` remembers."""

    def test_it_goes_on_where_it_stopped_until_the_sources_change(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long_tests = load("long_tests")
        kept = tmp_path / ".cache" / "long-tests.json"
        monkeypatch.setattr(long_tests, "PROGRESS", kept)
        part = long_tests.Part("3.11", Path(sys.executable), "full", ROOT / "tests" / "test_x.py")
        long_tests.Progress.load("one", fresh=False).finish(part)
        assert json.loads(kept.read_text(encoding="utf-8")) == {"sources": "one", "done": ["3.11 full tests/test_x.py"]}
        assert long_tests.Progress.load("one", fresh=False).done == ["3.11 full tests/test_x.py"]
        assert long_tests.Progress.load("two", fresh=False).done == []
        assert long_tests.Progress.load("one", fresh=True).done == []

    def test_a_failed_part_is_run_again_and_a_passed_one_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long_tests = load("long_tests")
        monkeypatch.setattr(long_tests, "PROGRESS", tmp_path / "progress.json")
        ran: list[str] = []

        def passes(part: object, progress: object) -> bool:
            ran.append(part.file.name)  # type: ignore[attr-defined]
            if "good" in ran[-1]:
                progress.finish(part)  # type: ignore[attr-defined]
            return "good" in ran[-1]

        monkeypatch.setattr(long_tests, "passes", passes)
        files = [ROOT / "tests" / "test_good.py", ROOT / "tests" / "test_bad.py"]
        for _ in range(2):
            progress = long_tests.Progress.load("one", fresh=False)
            failed = long_tests.run_all("3.11", Path(sys.executable), "full", files, progress)
            assert failed == ["3.11 full tests/test_bad.py"]
        assert ran == ["test_good.py", "test_bad.py", "test_bad.py"]


def make(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "-C", str(ROOT), *words]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_make_alone_says_what_can_be_made() -> None:
    told = make()
    targets = [line.split()[0] for line in told.stdout.splitlines()[1:]]
    assert told.returncode == 0
    assert targets[:5] == ["help", "run", "test", "test-long", "bench"]


@pytest.mark.parametrize(
    ("words", "flag"), [((), False), (("FRESH=1",), True), (("FRESH=0",), False)], ids=["plain", "fresh", "not fresh"]
)
def test_make_run_continues_unless_told_otherwise(words: Sequence[str], flag: bool) -> None:
    command = make("--dry-run", "run", *words).stdout.splitlines()[-1].strip()
    assert command == "exec .venv/bin/finantrade run -c config/demo.yml --state state" + (" --fresh" if flag else "")


def test_make_lock_says_what_it_needs() -> None:
    refused = make("lock", "UV=no-such-uv")
    assert refused.returncode != 0
    assert "expected uv, found none" in refused.stderr
