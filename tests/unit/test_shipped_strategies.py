"""The shipped strategies on made series, where the wish is known bar by bar, and against plain loops over bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import msgspec
import pytest
from tests.feature_rows import QUARTER, resolved, walk
from tests.told import Columns, made, told

from finantrade.config_checks import UNSTOPPED
from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO, exact
from finantrade.features.feature_set import FeatureSet
from finantrade.market.candles import Candles
from finantrade.strategies import registry
from finantrade.strategies.factory import Post, by_boundary, make
from finantrade.strategies.params import ParamsError
from finantrade.strategies.protocol import Foreseeing, Sleeping, Strategy

TABLE: dict[str, tuple[str, Mapping[str, Any], Columns, Sequence[float], list[str]]] = {
    "trend: in above the range, out below the short one": (
        "trend",
        {"entry_bars": 3, "exit_bars": 2, "trend_bars": None, "atr_bars": 2, "stop_atr": 2.0},
        {
            "close": [9, 10, 11, 12, 8, 12],
            "highest_3": [10, 10, 11, 12, 12, 12],
            "lowest_2": [8, 9, 9, 10, 8, 8],
            "atr_2": [1, 1, 1, 2, 2, 2],
        },
        [0, 0, 0, 1, 1, 0],
        [".", ".", "+1 9/", ".", "+0", "."],
    ),
    "trend: not below its average, short where allowed": (
        "trend",
        {"entry_bars": 3, "exit_bars": 2, "trend_bars": 9, "atr_bars": 2, "stop_atr": 1.0, "allow_short": True},
        {
            "close": [10, 11, 12, 7, 6, 8, 9],
            "highest_3": [10, 10, 10, 12, 12, 12, 9],
            "lowest_3": [9, 9, 9, 8, 6, 6, 6],
            "highest_2": [10, 11, 12, 12, 8, 7, 9],
            "lowest_2": [9, 10, 11, 7, 6, 6, 8],
            "ema_9": [15, 15, 9, 9, 9, 9, 9],
            "atr_2": [1] * 7,
        },
        [0, 0, 0, 1, -1, -1, -1],
        [".", ".", "+1 11/", "-1 8/", ".", ".", "+0"],
    ),
    "trend: a trail leaves below the best price of the exit range": (
        "trend",
        {"entry_bars": 3, "exit_bars": 2, "trend_bars": None, "atr_bars": 2, "stop_atr": 9.0, "trail_atr": 3.0},
        {
            "close": [10, 11, 20, 18, 17],
            "highest_3": [10, 11, 20, 20, 20],
            "highest_2": [10, 11, 20, 20, 21],
            "lowest_2": [9, 9, 9, 9, 9],
            "atr_2": [1] * 5,
        },
        [0, 0, 1, 1, 1],
        [".", "+1 2/", ".", ".", "+0"],
    ),
    "reversion: far below and weak, out at the average": (
        "reversion",
        {"bars": 20, "entry_deviations": 2.0, "rsi_extreme": 30.0, "stop_atr": 3.0},
        {
            "zscore_20": [-2.5, -2.5, -2.1, -1, 0.1, -3],
            "rsi_14": [40, 20, 20, 30, 50, 29],
            "close": [100, 100, 99, 100, 105, 90],
            "atr_14": [1] * 6,
        },
        [0, 0, 1, 1, 1, 0],
        [".", "+1 97/", ".", ".", "+0", "+1 87/"],
    ),
    "reversion: filters, a take-profit at the average, both sides": (
        "reversion",
        {
            "bars": 20,
            "adx_most": 25.0,
            "trend_bars": 50,
            "take_profit_at_mean": True,
            "allow_short": True,
            "exit_deviations": 1.0,
            "stop_atr": 2.0,
        },
        {
            "zscore_20": [-2.5, -2.5, -2.5, -1, 2.5, 0.9],
            "rsi_14": [20, 20, 20, 30, 71, 60],
            "adx_14": [26, 20, 20, 20, 20, 20],
            "ema_50": [90, 110, 90, 90, 130, 130],
            "sma_20": [105] * 6,
            "close": [100, 100, 100, 103, 120, 110],
            "atr_14": [1] * 6,
        },
        [0, 0, 0, 1, 1, -1],
        [".", ".", "+1 98/105", ".", "-1 122/105", "+0"],
    ),
    "breakout: only out of a narrow range, with volume and a broken swing": (
        "breakout",
        {"near_bars": 5, "range_bars": 20, "structure_bars": 2, "stop_atr": 1.0, "reward": 2.0},
        {
            "close": [11, 11, 11, 11, 11, 12, 9],
            "highest_5": [10, 10, 10, 10, 10, 10, 12],
            "compression_5_20": [0.9, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4],
            "volume_zscore_20": [2, 2, 0, 2, 2, 2, 2],
            "break_of_structure_3": [1, 0, 1, 0, 0, 0, 0],
            "change_of_character_3": [0, 0, 0, 0, 0, 1, -1],
            "swing_low_3": [9, 9, 9, 9, 9, 9, 9],
            "atr_14": [1] * 7,
        },
        [0, 0, 0, 0, 1, 1, 1],
        # First: the range before was never seen. Second: it was wide. Third: no volume. Fourth: broken one bar ago.
        [".", ".", ".", "+1 8/17", ".", ".", "+0"],
    ),
    "regime: returns when calm, goes on when lively, out when wild": (
        "regime",
        {"mean_bars": 20, "entry_bars": 20, "calm_below": 0.4, "wild_from": 0.9, "stop_atr": 1.0},
        {
            "vol_percentile_48_672": [0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.95, 0.95],
            "zscore_20": [-3, -1, 0.5, -3, 1, 1, 1, 1],
            "close": [100, 101, 102, 99, 103, 104, 105, 109],
            "highest_20": [102, 102, 102, 102, 103, 104, 105, 109],
            "atr_14": [1] * 8,
        },
        [0, 1, 1, 0, 0, 1, 1, 0],
        ["+1 99/", ".", "+0", ".", "+1 102/", ".", "+0", "."],
    ),
    "shock reversal: one bar after a forced fall, half of it back": (
        "shock_reversal",
        {"bars": 96, "mean_bars": 10, "stop_atr": 1.0},
        {
            "range_zscore_96": [0, 5, 0, 5, 0, 0],
            "volume_zscore_96": [0, 4, 0, 4, 0, 0],
            "open": [100, 100, 90, 93, 80, 84],
            "low": [99, 89, 90, 79, 79, 84],
            "close": [100, 90, 93, 80, 84, 92],
            "ema_10": [100, 98, 91, 95, 93, 91],
            "atr_14": [2] * 6,
        },
        # The first shock is followed by a bar that is beyond the average at once: out wins over in.
        [0, 0, 0, 0, 0, 1],
        [".", ".", ".", ".", "+1 77/88.5", "+0"],
    ),
}


@pytest.mark.parametrize(("name", "params", "columns", "held", "expected"), TABLE.values(), ids=TABLE.keys())
def test_the_wish_bar_by_bar(
    name: str, params: Mapping[str, Any], columns: Columns, held: Sequence[float], expected: list[str]
) -> None:
    assert told(made(name, **params), columns, held) == expected


def test_it_is_known_which_set_no_stop_of_their_own() -> None:
    unset = [
        name
        for name, cls in registry.STRATEGIES.items()
        if all(one.default is None for one in msgspec.structs.fields(cls.Params) if one.name.startswith("stop"))
    ]
    assert tuple(unset) == UNSTOPPED


MIRRORED = ("trend", "reversion", "breakout", "regime", "shock_reversal")
"""Strategies whose shorts are the mirror image of their longs."""


@pytest.mark.parametrize("name", MIRRORED)
def test_shorts_are_added_to_the_longs(name: str) -> None:
    params: Any = registry.get(name).Params
    long, both = params().rules(), params(allow_short=True).rules()
    assert (long.enter_short, long.exit_short, long.stop_short) == (None, None, None)
    assert (both.enter_long, both.exit_long, both.stop) == (long.enter_long, long.exit_long, long.stop)
    assert None not in (both.enter_short, both.exit_short, both.stop_short)


# ---- plain loops


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def signals(strategy: Strategy, candles: Candles) -> list[float]:
    """Return the target after every bar, flat before the first; positions follow at once and nothing is stopped."""
    features = FeatureSet(resolved(str(one) for one in strategy.features()), QUARTER)
    targets: list[float] = []
    target = 0.0
    for at, values in enumerate(features.batch(candles).tolist(), 1):
        if at >= features.warmup:
            row = FeatureRow("BTC", at, "schema", tuple(values), ready=True)
            wish = strategy.on_row(row, Position("s", "BTC", exact(target), ZERO, ZERO))
            target = target if wish is None else wish.target
        targets.append(target)
    return targets[features.warmup - 1 :]


def test_trend_is_the_channel_rule() -> None:
    candles, entry, leave = walk(3_000, seed=3), 20, 8
    found = signals(made("trend", entry_bars=entry, exit_bars=leave, trend_bars=None, allow_short=True), candles)
    high, low, close = (candles.column(name).tolist() for name in ("high", "low", "close"))
    side, expected = 0.0, []
    for at in range(3_000 - len(found) + 1, 3_000):
        if close[at] > max(high[at - entry : at]):
            side = 1.0
        elif close[at] < min(low[at - entry : at]):
            side = -1.0
        elif (side > 0 and close[at] < min(low[at - leave : at])) or (
            side < 0 and close[at] > max(high[at - leave : at])
        ):
            side = 0.0
        expected.append(side)
    assert found[1:] == expected
    assert {-1.0, 0.0, 1.0} == set(found)


def test_reversion_is_a_close_outside_its_bands() -> None:
    candles, bars = walk(3_000, seed=4), 20
    found = signals(made("reversion", bars=bars, rsi_extreme=50.0, entry_deviations=1.5, allow_short=True), candles)
    close = candles.column("close").tolist()
    side, rise, fall, expected = 0.0, 0.0, 0.0, list[float]()
    for at in range(1, 3_000):
        window = close[max(0, at - bars + 1) : at + 1]
        middle, change, weight = mean(window), close[at] - close[at - 1], 1 / min(at, 14)
        far = 1.5 * sqrt(mean([(one - middle) * (one - middle) for one in window]))
        rise += weight * (max(change, 0.0) - rise)
        fall += weight * (max(-change, 0.0) - fall)
        if at < 3_000 - len(found):
            continue
        if close[at] < middle - far and rise < fall:
            side = 1.0
        elif close[at] > middle + far and rise > fall:
            side = -1.0
        elif side * (close[at] - middle) > 0:
            side = 0.0
        expected.append(side)
    assert found == expected
    assert {-1.0, 0.0, 1.0} == set(found)


# ---- parameters

BAD: list[tuple[str, Mapping[str, object], str]] = [
    ("trend", {"exit_bars": 55}, "expected exit_bars < entry_bars, found exit_bars=55 and entry_bars=55"),
    ("reversion", {"exit_deviations": 2.0}, "expected exit_deviations < entry_deviations, found 2.0 and 2.0"),
    ("reversion", {"rsi_extreme": 60}, "expected rsi_extreme of at most 50, found 60.0"),
    ("breakout", {"near_bars": 100}, "expected near_bars < range_bars, found near_bars=100 and range_bars=100"),
    ("regime", {"calm_below": 0.95}, "expected calm_below <= wild_from, found calm_below=0.95 and wild_from=0.9"),
    ("rotation", {"longs": 0}, "expected longs or shorts of at least 1, found 0 of both"),
    ("ensemble", {"members": [{"name": "rotation"}]}, "members[0].name: expected a strategy that decides row by row"),
    ("ensemble", {"members": [{"name": "ensemble"}]}, "members[0].name: expected a strategy that decides row by row"),
    ("ensemble", {"members": [{"name": "trent"}]}, "unknown strategy 'trent'; did you mean 'trend'?"),
    (
        "ensemble",
        {"members": [{"name": "trend", "params": {"entry": 3}}]},
        "members[0].params.entry: unknown parameter",
    ),
    (
        "ensemble",
        {"members": [{"name": "trend"}], "leave_below": 0.6},
        "expected leave_below <= enter_from, found leave_below=0.6 and enter_from=0.5",
    ),
]


@pytest.mark.parametrize(("name", "raw", "text"), BAD)
def test_parameters_that_do_not_fit_each_other_are_refused(name: str, raw: Mapping[str, object], text: str) -> None:
    with pytest.raises(ParamsError) as caught:
        make(registry.get(name), Post(("A",), {}) if name == "rotation" else Post(("A",), {"A": {}}), raw, "s[0]")
    assert text in str(caught.value)


def test_every_parameter_is_described() -> None:
    for name, cls in registry.STRATEGIES.items():
        if name != "rule":
            for each in schema_of(cls.Params)["properties"].values():
                assert described(each), (name, each)


def schema_of(params: Any) -> dict[str, Any]:

    (schema,), components = msgspec.json.schema_components([params])
    return components[schema["$ref"].rpartition("/")[2]]


def described(field: Mapping[str, Any]) -> bool:
    return field.get("description", "").endswith((".", "none."))


@pytest.mark.parametrize("name", registry.STRATEGIES)
def test_every_shipped_strategy_tells_ahead(name: str) -> None:
    cls = registry.get(name)
    assert issubclass(cls, Sleeping if by_boundary(cls) else Foreseeing)
