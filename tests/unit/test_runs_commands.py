"""`finantrade backtest` and `finantrade runs` from outside: what is kept, found again, shown and refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.commands import Said

from finantrade.cli.errors import ExitCode
from finantrade.cli.main import main
from finantrade_research.runs import keeping
from finantrade_research.runs.catalogue import list_runs

ROOT = Path(__file__).resolve().parents[2]
DEMO = str(ROOT / "config" / "demo.yml")
MONTH = ("backtest", "-c", DEMO, "-p", "ETHUSD", "--timerange", "20190901-")
KEPT = "note: the same run is kept since "


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Give the directory in which ``said`` has runs kept."""
    return tmp_path / "runs"


def without_run(document: Any) -> Any:
    return {name: value for name, value in document.items() if name not in ("run", "seconds")}


def test_the_same_backtest_is_not_computed_again_unless_asked(said: Said, runs: Path) -> None:
    first = said.document(*MONTH)
    (kept,) = list_runs(runs)
    assert (first["run"], first["metrics"]["trades"] > 10) == (kept.id, True)
    code, out, err = said(*MONTH, "--json")
    assert (code, json.loads(out), err.startswith(KEPT)) == (0, first, True)
    code, out, err = said(*MONTH, "--json", "--again")
    assert (code, without_run(json.loads(out)), err) == (0, without_run(first), "")
    assert len(list_runs(runs)) == 1
    assert KEPT not in said(*MONTH, "--param", "fast=9")[2]
    assert len(list_runs(runs)) == 2


def test_another_head_of_the_same_run_is_told(said: Said, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said(*MONTH)
    enter = keeping._enter
    monkeypatch.setattr(keeping, "_enter", lambda index, *rest: (enter(index, *rest), spoil_head(index)))

    def spoil_head(index: Any) -> None:
        index.execute("UPDATE run SET head = 'spoiled'")

    assert said(*MONTH, "--again")[2] == ""
    assert "the same run came to another head before, spoiled: on another platform?" in said(*MONTH, "--again")[2]


def test_a_run_that_is_not_to_be_kept_still_knows_of_the_trials(said: Said, runs: Path) -> None:
    first = said.document(*MONTH, "--no-store")
    assert (first["run"], first["luck"]["trials"]["tried"], runs.exists()) == ("", 1, False)
    said(*MONTH, "--param", "fast=9")
    second = said.document(*MONTH, "--no-store")
    assert (second["luck"]["trials"]["tried"], len(list_runs(runs))) == (2, 1)


def test_a_backtest_is_tagged_noted_and_exported_kept_or_not(said: Said, runs: Path, tmp_path: Path) -> None:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    said(*MONTH, "--tag", "base", "--note", "first", "--export", new)
    said(*MONTH, "--tag", "good", "--export", old)
    (kept,) = list_runs(runs)
    assert (kept.tags, kept.note) == (("base", "good"), "first")
    pd.testing.assert_frame_equal(pd.read_csv(old), pd.read_csv(new))


def test_a_store_that_cannot_be_written_costs_the_keeping_not_the_result(said: Said, runs: Path) -> None:
    runs.write_text("a file")
    code, out, err = said(*MONTH, "--json")
    assert (code, json.loads(out)["run"], err.startswith(f"error: the run could not be kept in {runs}: ")) == (
        1,
        "",
        True,
    )


def test_a_store_that_cannot_be_read_is_refused_before_the_run(said: Said, runs: Path) -> None:
    runs.mkdir()
    (runs / "index.sqlite").write_bytes(b"no index" * 100)
    for command in (MONTH, ("runs", "list"), ("runs", "show", "last")):
        code, out, err = said(*command)
        assert (code, out, "expected the index of a run store, found: " in err) == (ExitCode.REFUSED, "", True)
    code, _, err = said(*MONTH, "--no-store")
    assert (code, err.startswith("note: other trials on these bars are not counted: ")) == (0, True)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store of two runs that is not to be changed."""
    root = tmp_path_factory.mktemp("stored")
    assert main([*MONTH, "--runs", str(root), "--tag", "base", "--note", "the first"]) == 0
    assert main([*MONTH, "--runs", str(root), "--param", "fast=9"]) == 0
    return root


@pytest.fixture
def two(stored: Path, runs: Path) -> tuple[str, str]:
    """Give the ids of two kept runs, the older first."""
    shutil.copytree(stored, runs)
    newer, older = list_runs(runs)
    return older.id, newer.id


def test_runs_are_listed(said: Said, two: tuple[str, str]) -> None:
    code, out, _ = said("runs", "list")
    lines = out.splitlines()
    assert (code, [line[:12] for line in lines[2:]]) == (0, [two[1], two[0]])
    assert lines[3].endswith("base  the first")
    found = said.document("runs", "list", "--tag", "base")
    assert ([one["id"] for one in found["runs"]], found["runs"][0]["strategies"]) == ([two[0]], ["ema_cross"])
    for arguments, expected in (
        (("--where", "trades>0", "--limit", 1), 1),
        (("--where", "trades<0"), 0),
        (("-s", "ema_cross", "-p", "ETHUSD"), 2),
        (("-s", "rule"), 0),
        (("--sort", "sharpe", "--ascending"), 2),
    ):
        assert len(said.document("runs", "list", *arguments)["runs"]) == expected


def test_nothing_kept_is_said(said: Said, runs: Path) -> None:
    code, out, err = said("runs", "list")
    assert (code, out, err) == (0, "", f"no such runs in {runs}; `finantrade backtest` keeps each it makes\n")
    assert said.document("runs", "list") == {"store": str(runs), "runs": []}


def test_a_run_is_shown_as_it_was_printed(said: Said, two: tuple[str, str]) -> None:
    shown, printed = said.document("runs", "show", two[0][:8]), said.document(*MONTH)
    assert shown == printed
    assert shown["luck"]["trials"]["tried"] == 2
    code, out, _ = said("runs", "show", "last~1")
    assert (code, out.endswith("tags: base\nnote: the first\n")) == (0, True)
    for part in ("Backtest", "buy and hold", "By month", "By reason of exit", "How much is luck", two[0]):
        assert part in out


def test_runs_are_compared(said: Said, two: tuple[str, str]) -> None:
    found = said.document("runs", "compare", *two)
    assert (found["runs"], found["same_span"], found["same_decisions"]) == (list(two), True, False)
    assert found["differences"] == [["strategies[0].params.fast", "12", "9"]]
    code, out, _ = said("runs", "compare", *two)
    assert (code, "Deflated Sharpe" in out, "strategies[0].params.fast" in out) == (0, True, True)
    assert "the same decisions" in said("runs", "compare", two[0], two[0])[1]
    code, _, err = said("runs", "compare", two[0])
    assert (code, "expected two runs or more to compare, found 1" in err) == (ExitCode.USAGE, True)


def test_runs_over_different_data_are_said_to_be(said: Said, two: tuple[str, str]) -> None:
    said(*MONTH[:-1], "20190915-")
    assert "DIFFERENT DATA" in said("runs", "compare", "last", two[0])[1]


def test_tags_and_notes_are_written(said: Said, two: tuple[str, str]) -> None:
    assert said("runs", "tag", two[1], "b", "a")[1] == f"{two[1]}: a, b\n"
    assert said.document("runs", "tag", two[1], "b", "--remove") == {"run": two[1], "tags": ["a"]}
    assert said("runs", "tag", "last", "a", "--remove")[1] == f"{two[1]}: no tags\n"
    assert said("runs", "note", "last", "worse")[1] == f"{two[1]}: worse\n"
    assert said.document("runs", "note", "last", "") == {"run": two[1], "note": ""}


def test_runs_are_deleted_after_asking(said: Said, two: tuple[str, str], runs: Path) -> None:
    code, _, err = said("runs", "delete", *two)
    assert (code, f"not confirmed: Delete {two[0]}, {two[1]}" in err) == (ExitCode.USAGE, True)
    assert said.document("runs", "delete", "last", "--yes") == {"deleted": [two[1]]}
    assert said("runs", "delete", two[0], "-y")[:2] == (0, f"deleted {two[0]}\n")
    assert list_runs(runs) == []


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("show", "last"), ExitCode.REFUSED, "found none of 0 named 'last'"),
        (("show", "x"), ExitCode.REFUSED, "expected the id of a run, at least 4 digits of it, or last, found 'x'"),
        (("list", "--where", "sharpe"), ExitCode.USAGE, "expected a condition such as sharpe>=1"),
        (("delete", "ffff", "-y"), ExitCode.REFUSED, "found none of 0 named 'ffff'"),
        (("note", "last", "x"), ExitCode.REFUSED, "found none of 0"),
        (("tag", "last", "x"), ExitCode.REFUSED, "found none of 0"),
    ],
)
def test_what_is_refused(said: Said, arguments: tuple[str, ...], code: int, text: str) -> None:
    found, out, err = said("runs", *arguments)
    assert (found, out, text in err) == (code, "", True)


def test_a_report_of_other_software_is_refused(said: Said, two: tuple[str, str], runs: Path) -> None:
    (runs / two[0] / keeping.REPORT).write_text("{}")
    code, _, err = said("runs", "show", two[0])
    assert (code, "expected a report of this version" in err) == (ExitCode.REFUSED, True)
