"""Which browser the tests drive, when one is installed for them, and when they may go without."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from tests.edges.test_setup import load


class Machine:
    """A machine with nothing on its path but what a case puts there, and an apt that is recorded instead of run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.brings: tuple[str, ...] = ("chromium",)
        self.fails = ""
        self.steps: list[str] = []
        self.tool: ModuleType = load("browser")
        for name in ("CHROME", "CI", "INSTALL_BROWSER"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PATH", str(folder))
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(self.tool, "step", self._step)

    def put(self, *names: str) -> None:
        for name in names:
            (self.folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def _step(self, name: str, command: Sequence[str]) -> None:
        action = next(word for word in command if word in {"update", "install"})
        self.steps.append(action)
        if action == self.fails:
            raise self.tool.StepFailed("no such place")
        if action == "install":
            self.put(*self.brings)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_a_browser_that_is_there_is_taken(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.put("google-chrome", "chromium-browser", "mine")
    monkeypatch.setenv("CI", "true")
    assert (machine.tool.main(), machine.steps) == (0, [])
    assert machine.tool.browser() == str(machine.folder / "chromium-browser")
    monkeypatch.setenv("CHROME", str(machine.folder / "mine"))
    assert machine.tool.browser() == str(machine.folder / "mine")


@pytest.mark.parametrize("wanted", [{}, {"CI": ""}, {"CI": "false", "INSTALL_BROWSER": "0"}], ids=str)
def test_nobody_is_given_a_browser_unasked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wanted: dict[str, str]
) -> None:
    machine.put("apt-get")
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    assert (machine.tool.main(), machine.steps) == (0, [])
    said = capsys.readouterr().err
    assert "sudo apt-get install --no-install-recommends chromium" in said
    assert "the tests that need one are skipped" in said


@pytest.mark.parametrize("name", ["CI", "INSTALL_BROWSER"])
def test_where_it_is_asked_for_root_installs_one(machine: Machine, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    machine.put("apt-get")
    monkeypatch.setenv(name, "1")
    assert (machine.tool.main(), machine.steps) == (0, ["update", "install"])
    assert machine.tool.main() == 0
    assert machine.steps == ["update", "install"]


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        ("update", "the browser could not be installed"),
        ("install", "the browser could not be installed"),
        ("nothing comes", "expected one after installing chromium, found none"),
        ("no apt", "only root may do that here"),
        ("no root", "only root may do that here"),
        ("CHROME", "expected one at CHROME=gone, found nothing that can be run"),
    ],
)
def test_a_browser_that_has_to_be_there_and_is_not_is_an_error(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flaw: str, said: str
) -> None:
    machine.fails = flaw
    machine.put(*([] if flaw == "no apt" else ["apt-get"]))
    machine.brings = () if flaw == "nothing comes" else machine.brings
    monkeypatch.setattr(os, "geteuid", lambda: 1000 if flaw == "no root" else 0)
    monkeypatch.setenv("CI", "1")
    if flaw == "CHROME":
        monkeypatch.setenv("CHROME", "gone")
    assert machine.tool.main() == 1
    assert said in capsys.readouterr().err
