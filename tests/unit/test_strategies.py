"""Strategies row by row: what they say, what they remember, how their parameters and files are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.edges.strategy_conformance import shortcomings
from finantrade.edges.strategy_files import StrategyLoadError, load_strategy
from finantrade.strategies import registry
from finantrade.strategies.ema_cross import EmaCross
from finantrade.strategies.params import ParamsError, build_params, build_symbol_params
from finantrade.strategies.protocol import Strategy
from finantrade.strategies.registry import UnknownStrategy
from finantrade.strategies.rule import Rule

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "my_strategy.py"
ZERO = Decimal(0)


def make(cls: type[Strategy], **raw: object) -> Strategy:
    return cls("BTC", build_params(cls, raw, "params"))


def row(*values: float) -> FeatureRow:
    return FeatureRow("BTC", 0, "schema", values, ready=True)


def holding(qty: float) -> Position:
    return Position("s", "BTC", Decimal(str(qty)), ZERO, ZERO)


FLAT = holding(0)


def walk(strategy: Strategy, rows: Sequence[tuple[float, ...]], held: Sequence[float] = ()) -> list[Signal | None]:
    positions = [*held, *[0.0] * (len(rows) - len(held))]
    return [strategy.on_row(row(*values), holding(qty)) for values, qty in zip(rows, positions, strict=True)]


# ---- ema_cross

UP, DOWN = Signal("BTC", 1.0, reason="ema_12 > ema_26"), Signal("BTC", 0.0, reason="ema_12 < ema_26")


def test_without_stops_it_needs_two_features_and_remembers_nothing() -> None:
    strategy = make(EmaCross)
    assert strategy.features() == ("ema_12", "ema_26")
    assert walk(strategy, [(2, 1), (2, 1), (1, 1), (1, 2), (1, 1), (2, 1)]) == [UP, UP, None, DOWN, None, UP]
    assert strategy.snapshot() == b""


def test_without_stops_the_same_signal_is_said_again_not_a_new_one() -> None:
    strategy = make(EmaCross)
    first, second = walk(strategy, [(2, 1), (3, 1)])
    assert first is second


def test_short_where_allowed() -> None:
    assert walk(make(EmaCross, allow_short=True), [(1, 2)]) == [Signal("BTC", -1.0, reason="ema_12 < ema_26")]


def test_levels_are_set_at_the_cross_and_kept() -> None:
    strategy = make(EmaCross, stop_atr=2, take_profit_atr=3, atr=7, allow_short=True)
    assert strategy.features() == ("ema_12", "ema_26", "close", "atr_7")
    long = Signal("BTC", 1.0, 98.0, 103.0, "ema_12 > ema_26")
    short = Signal("BTC", -1.0, 114.0, 104.0, "ema_12 < ema_26")
    rows = [(2.0, 1.0, 100.0, 1.0), (2.0, 1.0, 110.0, 2.0), (1.0, 1.0, 110.0, 2.0), (1.0, 2.0, 110.0, 2.0)]
    assert walk(strategy, rows, held=[0, 1, 1, 1]) == [long, long, None, short]


def test_flat_has_no_levels() -> None:
    assert walk(make(EmaCross, stop_atr=2), [(1.0, 2.0, 100.0, 1.0)]) == [DOWN]


def test_a_level_at_or_below_zero_waits_flat_for_one_that_is_not() -> None:
    strategy = make(EmaCross, stop_atr=2)
    found = walk(strategy, [(2.0, 1.0, 100.0, 50.0), (2.0, 1.0, 100.0, 40.0)])
    assert found == [Signal("BTC", 0.0, reason="no price level"), Signal("BTC", 1.0, 20.0, None, "ema_12 > ema_26")]


def test_after_its_position_was_closed_from_outside_it_has_new_levels_once() -> None:
    strategy = make(EmaCross, stop_atr=2)
    rows = [(2.0, 1.0, close, 1.0) for close in (100.0, 101.0, 97.0, 98.0)]
    stops = [signal and signal.stop for signal in walk(strategy, rows, held=[0, 1, 0, 0])]
    assert stops == [98.0, 98.0, 95.0, 95.0]


# ---- rule

LONG, SHORT = Signal("BTC", 1.0, reason="enter_long"), Signal("BTC", -1.0, reason="enter_short")
OUT_LONG, OUT_SHORT = Signal("BTC", 0.0, reason="exit_long"), Signal("BTC", 0.0, reason="exit_short")
LAPSED = Signal("BTC", 0.0, reason="lapsed")
FOUR = {
    "enter_long": "close > 0",
    "exit_long": "volume > 0",
    "enter_short": "ema_12 > 0",
    "exit_short": "ema_26 > 0",
}
EL, XL, ES, XS = 1, 2, 4, 8

TRUTH = {
    "flat": {0: None, EL: LONG, ES: SHORT, EL | ES: None, EL | XL: None, ES | XS: None, EL | ES | XS: LONG}
    | {XL: None, XS: None, EL | ES | XL: SHORT, EL | ES | XL | XS: None, EL | XS: LONG, ES | XL: SHORT},
    "long": {0: LONG, EL: LONG, XL: OUT_LONG, ES: SHORT, EL | ES: LONG, EL | XL: OUT_LONG, ES | XL: SHORT}
    | {XS: LONG, ES | XS: LONG, ES | XS | XL: OUT_LONG, EL | ES | XL: SHORT, EL | ES | XS: LONG},
    "short": {0: SHORT, ES: SHORT, XS: OUT_SHORT, EL: LONG, EL | ES: SHORT, ES | XS: OUT_SHORT, EL | XS: LONG}
    | {XL: SHORT, EL | XL: SHORT, EL | XL | XS: OUT_SHORT, EL | ES | XS: LONG, EL | ES | XL: SHORT},
}


@pytest.mark.parametrize(
    ("now", "said", "expected"),
    [(now, said, expected) for now, table in TRUTH.items() for said, expected in table.items()],
)
def test_the_truth_table(now: str, said: int, expected: Signal | None) -> None:
    strategy = make(Rule, **FOUR)
    assert strategy.features() == ("close", "volume", "ema_12", "ema_26")
    first = {"flat": 0, "long": EL, "short": ES}[now]
    qty = {"flat": 0.0, "long": 1.0, "short": -1.0}[now]
    rows = [tuple(float(bool(bits & bit)) for bit in (EL, XL, ES, XS)) for bits in (first, said)]
    assert walk(strategy, rows, held=[0.0, qty])[1] == expected


def test_levels_are_computed_at_the_entry_and_kept() -> None:
    raw = {"stop": "close - atr_14", "take_profit": "close + 2 * atr_14", "stop_short": "close + 3 * atr_14"}
    strategy = make(Rule, enter_long="close > 50", enter_short="close < 50", size=0.5, **raw)
    assert strategy.features() == ("close", "atr_14")
    long = Signal("BTC", 0.5, 59.0, 62.0, "enter_long")
    short = Signal("BTC", -0.5, 43.0, None, "enter_short")
    assert walk(strategy, [(60, 1), (70, 2), (40, 1)], held=[0, 1, 1]) == [long, long, short]


@pytest.mark.parametrize("stop", ["close - 60", "close / 0", "lag(close, 1)", "close * 1e308 * 1e308"])
def test_an_entry_without_a_usable_level_is_not_made(stop: str) -> None:
    assert walk(make(Rule, enter_long="close > 50", stop=stop), [(60.0,)]) == [None]


def test_an_exit_is_made_though_the_entry_of_the_other_side_has_no_level() -> None:
    strategy = make(Rule, enter_long="close > 50", exit_long="close < 50", enter_short="close < 50", stop_short="1 / 0")
    assert walk(strategy, [(60.0,), (40.0,)], held=[0, 1]) == [LONG, OUT_LONG]


LIVES: dict[str, tuple[list[float], list[float], list[Signal | None]]] = {
    "stopped out, no longer wanted: lapses, and the next entry is fresh": (
        [60, 40, 40, 60],
        [0, 1, 0, 0],
        [LONG, LONG, LAPSED, LONG],
    ),
    "stopped out, still wanted: said on, lapses when no longer wanted": (
        [60, 60, 60, 60, 40],
        [0, 1, 0, 0, 0],
        [LONG, LONG, LONG, LONG, LAPSED],
    ),
    "never filled: given two rows": ([60, 40, 40, 40], [0, 0, 0, 0], [LONG, LONG, LAPSED, LAPSED]),
    "filled late: kept": ([60, 40, 40, 40], [0, 0, 1, 1], [LONG, LONG, LONG, LONG]),
}


@pytest.mark.parametrize(("closes", "held", "expected"), LIVES.values(), ids=LIVES.keys())
def test_the_life_of_a_target(closes: list[float], held: list[float], expected: list[Signal | None]) -> None:
    assert walk(make(Rule, enter_long="close > 50"), [(close,) for close in closes], held) == expected


def test_a_wanted_target_whose_position_was_closed_has_new_levels_once() -> None:
    strategy = make(Rule, enter_long="close > 50", stop="close - 5")
    stops = [s and s.stop for s in walk(strategy, [(60.0,), (61.0,), (54.0,), (55.0,), (56.0,)], held=[0, 1, 0, 0, 0])]
    assert stops == [55.0, 55.0, 49.0, 49.0, 49.0]


def test_a_kept_signal_is_the_same_object() -> None:
    first, second = walk(make(Rule, enter_long="close > 50"), [(60.0,), (60.0,)], held=[0, 1])
    assert first is second


TAGGED = {
    "enter_long": {"dip": "close < 10", "break": "close > 50"},
    "exit_long": {"tired": "20 < close < 30", "deep": "close < 5"},
    "enter_short": "40 < close < 45",
}


def test_the_first_condition_that_is_true_gives_the_reason() -> None:
    said = walk(make(Rule, **TAGGED), [(9.0,), (25.0,), (60.0,), (55.0,), (42.0,), (9.0,)], held=[0, 1, 0, 1, 1, -1])
    assert [one and (one.target, one.reason) for one in said] == [
        (1.0, "dip"), (0.0, "tired"), (1.0, "break"), (1.0, "break"), (-1.0, "enter_short"), (1.0, "dip"),
    ]  # fmt: skip


def test_an_exit_under_any_tag_wins_over_an_entry_under_any() -> None:
    assert walk(make(Rule, **TAGGED), [(4.0,), (9.0,), (4.0,)], held=[0, 0, 1])[0] is None
    said = walk(make(Rule, **TAGGED), [(9.0,), (4.0,)], held=[0, 1])
    assert said[1] == Signal("BTC", 0.0, reason="deep")


# ---- state

LONG_ROWS = [(10.0 + i % 7, 11.0 + i % 5, 100.0 + i % 11, 1.0 + i % 3) for i in range(60)]
STATEFUL: list[tuple[type[Strategy], dict[str, object]]] = [
    (EmaCross, {}),
    (EmaCross, {"stop_atr": 2.0, "allow_short": True}),
    (
        Rule,
        {
            "enter_long": "crosses_above(ema_12, ema_26) or lag(close, 5) > close + 0 * atr_14",
            "exit_long": "any_of(crosses_below(ema_12, ema_26), 3) and all_of(close > 101, 2)",
            "enter_short": "all_of(ema_12 < ema_26, 3)",
            "stop": "min(close, lag(close, 2)) - atr_14",
        },
    ),
    (
        Rule,
        {
            "enter_long": {"cross": "crosses_above(ema_12, ema_26)", "dip": "lag(close, 5) > close + 0 * atr_14"},
            "exit_long": {"cross": "any_of(crosses_below(ema_12, ema_26), 3)", "late": "all_of(close > 101, 2)"},
        },
    ),
]


@pytest.mark.parametrize(("cls", "raw"), STATEFUL, ids=["ema_cross", "ema_cross with stop", "rule", "rule with tags"])
def test_restored_at_any_row_it_goes_on_as_if_never_stopped(cls: type[Strategy], raw: dict[str, Any]) -> None:
    whole = make(cls, **raw)
    count = len(whole.features())
    rows = [values[:count] for values in LONG_ROWS]
    held = [float(i % 4 - 1) for i in range(len(rows))]
    expected = walk(whole, rows, held)
    assert len({signal.target for signal in expected if signal}) > 1
    before = make(cls, **raw)
    for at in range(len(rows)):
        after = make(cls, **raw)
        after.restore(before.snapshot())
        assert after.snapshot() == before.snapshot()
        assert walk(after, rows[at:], held[at:]) == expected[at:]
        walk(before, rows[at : at + 1], held[at : at + 1])


# ---- parameters

BAD_PARAMS: list[tuple[type[Strategy], Mapping[str, object], str]] = [
    (EmaCross, {"fasst": 1}, "strategies[0].params.fasst: unknown parameter; did you mean 'fast'?"),
    (EmaCross, {"zebra": 1}, "strategies[0].params.zebra: unknown parameter"),
    (EmaCross, {"fast": "12"}, "strategies[0].params.fast: expected a whole number, found '12'"),
    (EmaCross, {"fast": 0}, "strategies[0].params.fast: expected a whole number >= 1, found 0"),
    (EmaCross, {"fast": True}, "strategies[0].params.fast: expected a whole number, found true"),
    (EmaCross, {"stop_atr": 0}, "strategies[0].params.stop_atr: expected a number > 0.0, found 0"),
    (EmaCross, {"stop_atr": []}, "strategies[0].params.stop_atr: expected a number or nothing, found an empty list"),
    (EmaCross, {"fast": 26}, "strategies[0].params: expected fast < slow, found fast=26 and slow=26"),
    (
        EmaCross,
        {"fasst": 1, "slow": None},
        "strategies[0].params.fasst: unknown parameter; did you mean 'fast'?\n"
        "strategies[0].params.slow: expected a whole number, found nothing",
    ),
    (Rule, {}, "strategies[0].params: expected enter_long, enter_short or both"),
    (Rule, {"enter_long": "1 > 0"}, "strategies[0].params: expected at least one feature in the rules, found none"),
    (
        Rule,
        {"enter_long": "close >"},
        "strategies[0].params: enter_long: column 8: unexpected end: cannot be read as an expression",
    ),
    (
        Rule,
        {"enter_long": "close > 1", "stop": "close > 1"},
        "strategies[0].params: stop: column 1: expected a number, found a condition",
    ),
    (
        Rule,
        {"enter_long": {"dip": "close > 1", "up": "clos(1) > 1"}, "exit_long": {"9": "close < 1"}, "enter_short": {}},
        "strategies[0].params: exit_long.9: expected a tag of at most 40 letters, digits, - and _, beginning with a"
        " letter\nstrategies[0].params: enter_short: expected from 1 to 20 conditions by tag, found 0\n"
        "strategies[0].params: enter_long.up: column 1: unknown function 'clos'",
    ),
    (Rule, {"enter_long": 5}, "strategies[0].params.enter_long: expected text or a mapping or nothing, found 5"),
    (Rule, {"enter_long": "close > 1", "size": 1.5}, "strategies[0].params.size: expected a number <= 1.0, found 1.5"),
]


@pytest.mark.parametrize(("cls", "raw", "text"), BAD_PARAMS)
def test_bad_parameters(cls: type[Strategy], raw: Mapping[str, object], text: str) -> None:
    with pytest.raises(ParamsError) as caught:
        build_params(cls, raw, "strategies[0].params")
    assert str(caught.value) == text


def test_what_differs_for_a_symbol_is_laid_over_the_rest() -> None:
    found = build_symbol_params(EmaCross, {"fast": 5, "slow": 9}, {"slow": 30}, "params", "per_symbol.BTC")
    assert found == build_params(EmaCross, {"fast": 5, "slow": 30}, "params")


def test_a_bad_parameter_is_named_where_it_stands() -> None:
    with pytest.raises(ParamsError) as caught:
        build_symbol_params(EmaCross, {"fast": "x", "slow": "y"}, {"slow": "z"}, "params", "per_symbol.BTC")
    assert str(caught.value).splitlines() == [
        "params.fast: expected a whole number, found 'x'",
        "per_symbol.BTC.slow: expected a whole number, found 'z'",
    ]


# ---- registry and files


@pytest.mark.parametrize("name", registry.STRATEGIES)
def test_every_shipped_strategy_conforms(name: str) -> None:
    assert shortcomings(registry.get(name)) == []


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownStrategy, match=r"^unknown strategy 'ema_corss'; did you mean 'ema_cross'\?$"):
        registry.get("ema_corss")
    with pytest.raises(UnknownStrategy, match=r"^unknown strategy 'zebra'; there are rule, ema_cross, trend, "):
        load_strategy("zebra")


def test_the_example_of_the_documentation_is_a_strategy() -> None:
    cls = load_strategy("Dip", str(EXAMPLE))
    assert shortcomings(cls) == []
    strategy = make(cls, hold=2)
    assert strategy.features() == ("close", "rsi_14", "atr_14", "ema_50_4h")
    rows = [(100.0, 50.0, 1.0, 90.0), (100.0, 20.0, 1.0, 90.0), (99.0, 30.0, 1.0, 90.0), (99.0, 31.0, 1.0, 90.0)]
    dip, late = Signal("BTC", 1.0, 98.0, None, "dip"), Signal("BTC", 0.0, reason="too long")
    assert walk(strategy, rows, held=[0, 0, 1, 1]) == [None, dip, None, late]
    again = make(cls, hold=2)
    again.restore(strategy.snapshot())
    assert again.snapshot() == strategy.snapshot()


def test_what_the_documentation_shows_is_the_example() -> None:
    shown = (EXAMPLE.parents[1] / "strategies.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    source = EXAMPLE.read_text(encoding="utf-8")
    assert [line for line in shown.splitlines() if line not in source and line.strip() != "..."] == []


def test_a_strategy_of_an_installed_package() -> None:
    assert load_strategy("finantrade.strategies.rule.Rule") is Rule
    assert load_strategy("finantrade.strategies.rule:Rule") is Rule


BAD_FILES = {
    "no class": ("x = 1\n", ": no class 'Mine'; its classes are none"),
    "another class": ("class Mien: ...\n", ": no class 'Mine'; did you mean 'Mien'?"),
    "not Python": ("class Mine:\n  def\n", ":2: SyntaxError: "),
    "raises": ("x = 1\ny = x / 0\n", ":2: ZeroDivisionError: division by zero"),
    "no parameters": (
        "class Mine:\n"
        "    def __init__(self, symbol, params): ...\n"
        "    def features(self): ...\n"
        "    def on_row(self, row): ...\n"
        "    async def snapshot(self): ...\n",
        ": class Mine: no Params: expected a msgspec.Struct of its parameters\n"
        "{file}: class Mine: on_row: expected on_row(self, row, position), found on_row(self, row)\n"
        "{file}: class Mine: snapshot: expected a plain method snapshot(self)\n"
        "{file}: class Mine: no restore: expected restore(self, state)",
    ),
    "loose parameters": (
        "import msgspec\n"
        "class Mine:\n"
        "    class Params(msgspec.Struct): ...\n"
        "    def __init__(self, symbol, params): ...\n"
        "    def features(self): ...\n"
        "    def on_row(self, row, position): ...\n"
        "    def snapshot(self): ...\n"
        "    def restore(self, state): ...\n",
        ": class Mine: Params: expected frozen=True\n{file}: class Mine: Params: expected forbid_unknown_fields=True",
    ),
}


@pytest.mark.parametrize(("source", "text"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_strategy_files(tmp_path: Path, source: str, text: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(source, encoding="utf-8")
    with pytest.raises(StrategyLoadError) as caught:
        load_strategy("Mine", str(file))
    assert str(caught.value).startswith(f"{file}{text.replace('{file}', str(file))}")


def test_a_missing_file_and_a_missing_package(tmp_path: Path) -> None:
    with pytest.raises(StrategyLoadError, match=r"gone\.py: no such strategy file$"):
        load_strategy("Mine", str(tmp_path / "gone.py"))
    with pytest.raises(StrategyLoadError, match=r"^no_such_package: cannot be imported: ModuleNotFoundError"):
        load_strategy("no_such_package.Mine")


def test_two_files_of_one_name_are_two_strategies(tmp_path: Path) -> None:
    loaded: list[type[Strategy]] = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        copy = tmp_path / folder / "mine.py"
        copy.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
        loaded.append(load_strategy("Dip", str(copy)))
    assert loaded[0].__module__ != loaded[1].__module__
