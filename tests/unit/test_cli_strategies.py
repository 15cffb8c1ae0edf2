"""``finantrade strategies`` as a user types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands import Said

from finantrade.cli.errors import ExitCode
from finantrade.edges.strategy_conformance import shortcomings
from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.registry import STRATEGIES

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "my_strategy.py"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def test_all_are_listed(said: Said) -> None:
    found = said.document("strategies", "list")["strategies"]
    assert [one["name"] for one in found] == list(STRATEGIES)
    assert [one["name"] for one in found if one["decides"] == "boundary"] == ["rotation"]
    assert all(one["idea"].endswith(".") and one["parameters"] and one["tells_ahead"] for one in found)
    # Names of modules mean nothing to who reads the list.
    assert not [one["idea"] for one in found if "`" in one["idea"]]
    _, out, _ = said("strategies", "list")
    assert all(f"{name} " in out for name in STRATEGIES)


def test_a_strategy_is_described(said: Said) -> None:
    found = said.document("strategies", "describe", "trend", "--param", "entry_bars=20", "--param", "exit_bars=10")
    assert found["decides"] == "row"
    assert found["features"] == ["close", "highest_20", "ema_200", "lowest_10", "atr_20"]
    assert found["rules"] == {
        "enter_long": "close > lag(highest_20, 1) and close > ema_200",
        "exit_long": "close < lag(lowest_10, 1)",
        "stop": "close - 2.0 * atr_20",
    }
    assert found["parameters"][0] == {
        "name": "entry_bars",
        "kind": "integer",
        "default": 55,
        "required": False,
        "low": 2,
        "high": 5000,
        "what": "Range whose breach is an entry, in bars.",
    }
    assert found["schema"]["$defs"]["TrendParams"]["properties"]["trend_bars"]["default"] == 200


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_can_be_described(said: Said, name: str) -> None:
    code, out, _ = said("strategies", "describe", name)
    assert code == ExitCode.OK
    assert "parameter" in out
    known = said.document("strategies", "describe", name)
    needs = any(one["required"] for one in known["parameters"])
    assert (known["features"] is None) == (needs or name == "rule")


def test_bounds_and_defaults_read_well(said: Said) -> None:
    _, out, _ = said("strategies", "describe", "ensemble")
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines() if line.strip()}
    assert lines["members"] == "needed array The strategies that vote."
    assert lines["leave_below"] == "0.25 -1 to 1 The position is kept until its sum is below."
    assert lines["stop_atr"].startswith("none 0 to 100 Stop")
    assert lines["allow_short"].startswith("false true or false")


def test_a_class_of_a_file_is_described(said: Said) -> None:
    found = said.document("strategies", "describe", "Dip", "--file", EXAMPLE)
    assert found["idea"].startswith("Buy a dip inside an up-trend")
    assert (found["tells_ahead"], found["rules"]) == (False, None)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("describe", "tend"), ExitCode.REFUSED, "unknown strategy 'tend'; did you mean 'trend'?"),
        (
            ("describe", "trend", "--param", "entry=3"),
            ExitCode.REFUSED,
            "--param.entry: unknown parameter; did you mean",
        ),
        (("describe", "trend", "--param", "entry_bars"), ExitCode.USAGE, "expected NAME=VALUE such as stop_atr=3"),
        (("new", "BuyDips"), ExitCode.REFUSED, "expected a name in small letters, digits and underscores"),
        (("new", "../up"), ExitCode.REFUSED, "expected a name in small letters, digits and underscores"),
    ],
)
def test_what_cannot_be_done_is_refused(said: Said, arguments: tuple[str, ...], code: int, says: str) -> None:
    found, out, err = said("strategies", *arguments)
    assert (found, out) == (code, "")
    assert says in err


def test_a_new_strategy_is_one_and_its_test_passes(said: Said, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    found = said.document("strategies", "new", "buy_dips", "--dir", folder)
    assert found == {"class": "BuyDips", "file": str(folder / "buy_dips.py"), "test": str(folder / "test_buy_dips.py")}
    assert shortcomings(load_strategy("BuyDips", found["file"])) == []
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", found["test"]]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def test_the_test_of_a_new_strategy_fails_where_the_strategy_is_wrong(said: Said, tmp_path: Path) -> None:
    found = said.document("strategies", "new", "mine", "--dir", tmp_path)
    file = Path(found["file"])
    file.write_text(file.read_text(encoding="utf-8").replace("close > average", "close < average"), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", found["test"]]
    assert subprocess.run(command, capture_output=True, check=False, cwd=tmp_path).returncode == 1


def test_the_lines_for_a_configuration_name_the_class_and_its_file(said: Said, tmp_path: Path) -> None:
    _, out, err = said("strategies", "new", "mine", "--dir", tmp_path)
    assert out == f"strategies:\n  - name: Mine\n    file: {tmp_path / 'mine.py'}\n"
    assert "python -m pytest" in err


def test_nothing_is_overwritten(said: Said, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("kept", encoding="utf-8")
    code, _, err = said("strategies", "new", "mine", "--dir", tmp_path)
    assert code == ExitCode.REFUSED
    assert "is there already, and is not overwritten" in err
    assert [one.name for one in tmp_path.iterdir()] == ["test_mine.py"]


def test_a_text_is_folded_to_the_terminal_and_not_twice(said: Said) -> None:
    lines = said("strategies", "describe", "trend")[1].splitlines()
    point = next(at for at, line in enumerate(lines) if line.startswith("1. Long at a close above"))
    assert len(lines[point]) > 120  # as wide as results are that no terminal shows
    assert lines[point + 1].startswith("2. The stop is set `stop_atr`")
    table = "target now   wanted    exit of that side   target then, and its reason"
    assert table in said("strategies", "describe", "rule")[1].splitlines()
