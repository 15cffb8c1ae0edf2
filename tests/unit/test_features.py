"""Names, declarations, warm-up, higher timeframes and snapshots."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from tests.feature_rows import (
    OF_BARS,
    QUARTER,
    Rows,
    at_times_missing,
    bars_of,
    bits,
    incremental_rows,
    plain_rows,
    resolved,
    walk,
)

from finantrade.domain.market import Bar
from finantrade.domain.units import HOUR, MINUTE
from finantrade.features.catalogue import CATALOGUE, Catalogue, UnknownFeature, resolve
from finantrade.features.composition import compose
from finantrade.features.declaration import Column, Feature, FeatureError, Group, State, Unit
from finantrade.features.feature_line import SnapshotMismatch
from finantrade.features.feature_set import FeatureSet
from finantrade.features.graph import in_order
from finantrade.features.kernel_source import definitions_of
from finantrade.features.kernels import ratios, smoothing

NAN = math.nan
CROSS = ("ema_12", "ema_26", "close_1h")


@pytest.fixture(scope="module")
def cross() -> FeatureSet:
    return FeatureSet(resolved(CROSS), QUARTER)


def close_only(name: str, kernel: Callable[..., float], **more: object) -> Feature:
    return Feature(name, Group.RAW, (Column.CLOSE,), kernel, Unit.PRICE, "bars", "Shown in a test.", **more)  # type: ignore[arg-type]


def bar(open_time: int, close: float) -> Bar:
    return Bar("X", open_time, open_time + QUARTER - 1, close - 1.0, close + 2.0, close - 3.0, close, 10.0 * close)


# ---- names


@pytest.mark.parametrize("name", CATALOGUE.examples())
def test_every_name_in_a_graph_resolves_to_what_it_stands_for(name: str) -> None:
    for timeframe in ("", "_4h"):
        nodes = in_order([resolve(name + timeframe)])
        assert [resolve(node.name) for node in nodes] == list(nodes)


@pytest.mark.parametrize(
    ("name", "parameters", "timeframe"),
    [
        ("close", (), ""),
        ("ema_12", (12,), ""),
        ("bb_upper_20_2", (2,), ""),
        ("bb_upper_20_2p5", (2.5,), ""),
        ("rsi_14_4h", (14,), "4h"),
        ("close_1d", (), "1d"),
    ],
)
def test_a_name_is_read(name: str, parameters: tuple[float, ...], timeframe: str) -> None:
    feature = resolve(name)
    assert (feature.name, feature.parameters, feature.timeframe) == (name, parameters, timeframe)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("emma_12", "found 'emma_12'; did you mean ema_12"),
        ("bb_widht_20_2", "did you mean bb_width_20_2"),
        ("qqqqq", "there are open, high, low, close, volume"),
        ("EMA_12", "expected a feature such as ema_12 or rsi_14_4h, found 'EMA_12'"),
        ("ema 12", "found 'ema 12'"),
        ("", "found ''"),
        ("ema_012", "expected ema_12, found 'ema_012'"),
        ("bb_upper_20_2p0", "expected bb_upper_20_2, found 'bb_upper_20_2p0'"),
        ("ema_12_7h", "ema_12_7h: expected a timeframe such as"),
        ("ema", "ema: expected 1 parameters (length) as in ema_12, found 0"),
        ("close_5", "close_5: expected 0 parameters (none) as in close, found 1"),
        ("ema_0", "ema_0: expected length to be a whole number from 1 to 5000, found 0"),
        ("sma_5001", "from 1 to 5000, found 5001"),
        ("ema_2p5", "ema_2p5: expected length to be a whole number"),
        ("std_1", "std_1: expected length to be a whole number from 2"),
        ("bb_upper_20_11", "expected deviations to be a number from 0.1 to 10, found 11"),
        ("macd_26_12_9", "macd_26_12_9: expected a fast length below the slow one, found 26 and 12"),
    ],
)
def test_a_wrong_name_is_refused(name: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        resolve(name)
    assert says in str(refused.value)
    assert isinstance(refused.value, FeatureError)


def test_an_unknown_kind_is_told_from_wrong_parameters() -> None:
    with pytest.raises(UnknownFeature):
        resolve("emma_12")


def test_a_kind_is_in_the_catalogue_once() -> None:
    kinds = tuple(CATALOGUE.kinds.values())
    with pytest.raises(FeatureError, match="one kind of the name open, found two"):
        Catalogue((*kinds, kinds[0]))


# ---- declarations and sets


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (lambda: close_only("not a name", ratios.same), "expected a feature name that is an identifier"),
        (lambda: close_only("x", ratios.change), "x: expected a kernel of 3 arguments (state, at, 1 inputs, 0 param"),
        (
            lambda: close_only("x", ratios.same, state=-1),
            "expected state >= 0, lookback >= 1 and span >= 0, found -1",
        ),
        (lambda: close_only("x", ratios.same, timeframe="7x"), "expected a timeframe such as"),
        (
            lambda: Feature(
                "x", Group.RAW, (resolve("ema_3"),), ratios.same, Unit.PRICE, "bars", "Why.", timeframe="1h"
            ),
            "x: expected inputs of the same timeframe, found ema_3 of the base timeframe",
        ),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(declare: Callable[[], Feature], says: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        declare()
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("features", "timeframe", "says"),
    [
        (("ema_3", "ema_3"), QUARTER, "expected every feature once, found ema_3, ema_3"),
        (("ema_3_1h",), 4 * HOUR, "expected a timeframe that is a multiple of the base 4h, found 1h"),
        (("ema_3_15m",), 10 * MINUTE, "multiple of the base 10m, found 15m"),
    ],
)
def test_a_set_that_cannot_work_is_refused(features: tuple[str, ...], timeframe: int, says: str) -> None:
    with pytest.raises(FeatureError) as refused:
        FeatureSet(resolved(features), timeframe)
    assert says in str(refused.value)


def test_one_name_means_one_thing_in_a_set() -> None:
    impostor = close_only("ema_3", smoothing.ema, parameters=(4,), state=2)
    with pytest.raises(FeatureError, match="one declaration of ema_3, found two"):
        FeatureSet([resolve("trend_3"), impostor], QUARTER)


def test_one_function_name_means_one_thing_in_a_set() -> None:
    with pytest.raises(FeatureError, match="one meaning of ema among the kernels of a set, found two"):
        FeatureSet([resolve("ema_3"), close_only("mine", ema)], QUARTER)


def test_shared_inputs_are_computed_once() -> None:
    composition = compose(resolved(("bb_upper_20_2", "bb_width_20_2", "zscore_20", "sma_20")), QUARTER)
    text = "".join(part.text for part in composition.parts)
    assert [text.count(f" {kernel}(") for kernel in ("sma", "std", "band")] == [1, 1, 2]


@pytest.mark.parametrize("size", [1, 3])
def test_however_a_step_is_parted_its_rows_are_the_same(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    features = resolved(("bb_upper_20_2", "macd_hist_12_26_9_1h", "adx_14", "volume_1h", "session_vwap_1h", "cci_20"))
    bars = [one for i, one in enumerate(bars_of(walk(400))) if i % 90]
    whole = bits(plain_rows(features, bars))
    monkeypatch.setattr("finantrade.features.parts.PART", size)
    parts = compose(features, QUARTER).parts
    assert max(part.text.count(" if math.isnan(") for part in parts) <= size
    assert bits(plain_rows(features, bars)) == whole


def test_the_schema_changes_with_anything_that_changes_a_value() -> None:
    plain = close_only("mine", ratios.same)
    sets = [
        FeatureSet([resolve("ema_3"), plain], QUARTER),
        FeatureSet([plain, resolve("ema_3")], QUARTER),
        FeatureSet([resolve("ema_4"), plain], QUARTER),
        FeatureSet([resolve("ema_3"), plain], HOUR),
        FeatureSet([resolve("ema_3"), close_only("mine", other_text)], QUARTER),
        FeatureSet([resolve("ema_3"), close_only("mine", ratios.same, lookback=2)], QUARTER),
        FeatureSet([resolve("ema_3"), plain, resolve("close")], QUARTER),
    ]
    assert len({one.schema_id for one in sets}) == len(sets)
    assert FeatureSet([resolve("ema_3"), plain], QUARTER).schema_id == sets[0].schema_id


def test_a_set_describes_itself(cross: FeatureSet) -> None:
    assert cross.names == CROSS
    assert [(one.name, one.group, one.unit, one.timeframe, one.inputs, one.warmup) for one in cross.describe()] == [
        ("ema_12", "trend", "price", "", ("close",), 12),
        ("ema_26", "trend", "price", "", ("close",), 26),
        ("close_1h", "raw", "price", "1h", ("close",), 7),
    ]


def test_a_set_may_be_empty() -> None:
    line = FeatureSet([], QUARTER).start()
    assert not line.ready
    assert (line.update(bar(0, 1.0)), line.ready) == ((), True)
    assert line.extend(walk(3)).shape == (3, 0)


# ---- kernels


def ema(state: State, at: int, x: float) -> float:
    """Bear a name that another kernel has."""
    return x


def other_text(state: State, at: int, x: float) -> float:
    """Do what ``same`` does in other words."""
    return 1.0 * x


LIMITS = (1.0, 2.0)
SCALE = 2.5


def scaled(x: float) -> float:
    """Be called by a kernel."""
    return SCALE * x


def calls_another(state: State, at: int, x: float) -> float:
    """Call another function."""
    return scaled(x)


def power(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return x**2


def summed(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return sum(state)


def smaller(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return min(x, 1.0)


def numpy_log(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return np.log(x)


def sine(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return math.sin(x)


def listed(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return [x][0]


def reads_limits(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return LIMITS[0]


def endless(state: State, at: int, x: float) -> float:
    """Break a rule."""
    return endless(state, at, x)


@pytest.mark.parametrize(
    ("kernel", "says"),
    [
        (power, "kernel power, line 3: expected arithmetic, math.{exp, fabs, inf, isnan, log, nan, sqrt}, abs"),
        (summed, "kernel summed, line 3: expected"),
        (smaller, "found the name min"),
        (numpy_log, "found np.log"),
        (sine, "found math.sin"),
        (listed, "found List"),
        (reads_limits, "found the name LIMITS"),
        (endless, "expected no recursion, found endless → endless"),
        (lambda state, at, x: x, "expected a kernel that is a plain named function"),
        (eval("lambda: 0").__class__(compile("def f(): return 0", "<no file>", "exec").co_consts[0], {}), "in a file"),
    ],
)
def test_a_kernel_that_could_differ_between_drivers_is_refused(kernel: Callable[..., float], says: str) -> None:
    with pytest.raises(FeatureError) as refused:
        definitions_of(kernel)
    assert says in str(refused.value)


def test_a_kernel_brings_what_it_calls() -> None:
    assert list(definitions_of(calls_another)) == ["SCALE", "scaled", "calls_another"]
    assert plain_rows([close_only("x", calls_another)], [bar(0, 4.0)]) == [(10.0,)]


class Fenced(list[float]):
    """A state whose owner may touch its own slots only."""

    def __init__(self, at: int, size: int) -> None:
        super().__init__([0.0] * (at + size))
        self.at = at

    def __getitem__(self, i: int) -> float:
        assert i >= self.at
        return super().__getitem__(i)

    def __setitem__(self, i: int, value: float) -> None:
        assert i >= self.at
        super().__setitem__(i, value)


@pytest.mark.parametrize("name", [*CATALOGUE.examples(), "sma_1", "highest_1", "lowest_1", "atr_1", "rsi_1", "ema_1"])
def test_a_kernel_keeps_to_its_own_state(name: str) -> None:
    feature = resolve(name)
    state = Fenced(9, feature.state)
    for i in range(3 * feature.state + 30):
        values = (100.0 + math.sin(i + j) for j in range(len(feature.inputs)))
        assert isinstance(feature.kernel(state, 9, *values, *feature.parameters), float)
    assert len(state) == 9 + feature.state


# ---- warm-up


@pytest.mark.parametrize(
    ("name", "warmup"),
    [
        ("close", 1),
        ("ema_26", 26),
        ("rsi_14", 15),
        ("true_range", 2),
        ("atr_14", 15),
        ("plus_di_14", 15),
        ("adx_14", 28),
        ("macd_12_26_9", 26),
        ("macd_hist_12_26_9", 34),
        ("stoch_d_14_3", 16),
        ("return_1", 2),
        ("bb_percent_20_2", 20),
        ("close_1h", 4 + 3),
        ("ema_50_4h", 50 * 16 + 15),
        ("adx_14_1h", 28 * 4 + 3),
        ("ema_5_15m", 5),
    ],
)
def test_warmup_adds_up_through_the_graph(name: str, warmup: int) -> None:
    assert FeatureSet([resolve(name)], QUARTER).warmup == warmup


@pytest.mark.parametrize("name", OF_BARS)
def test_a_value_comes_with_the_last_bar_of_the_warmup(name: str) -> None:
    features = [resolve(name)]
    warmup = FeatureSet(features, QUARTER).warmup
    values = [value for (value,) in plain_rows(features, bars_of(walk(warmup + 160)))]
    assert all(math.isnan(value) for value in values[: warmup - 1])
    enough = any if at_times_missing(features[0]) else all
    assert enough(math.isfinite(value) for value in values[warmup - 1 :])


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_warmup_holds_wherever_the_data_starts(first: int) -> None:
    features = [resolve("ema_3_1h")]
    bars = bars_of(walk(60))[first:]
    values = [value for (value,) in plain_rows(features, bars)]
    warmup = FeatureSet(features, QUARTER).warmup
    assert all(math.isfinite(value) for value in values[warmup - 1 :])
    assert math.isnan(values[warmup - 2]) == (first == 1)


def test_ready_is_true_from_the_last_bar_of_the_warmup_on(cross: FeatureSet) -> None:
    line = cross.start()
    ready: list[bool] = []
    for one in bars_of(walk(30)):
        line.update(one)
        ready.append(line.ready)
    assert ready.index(True) == 25
    assert all(ready[25:])


def test_the_cross_of_two_averages_is_the_plain_loop_to_the_bit(cross: FeatureSet) -> None:
    candles = walk(500)
    fast = slow = candles.close.tolist()[0]
    expected: Rows = []
    for i, x in enumerate(candles.close.tolist()):
        fast += 2 / 13 * (x - fast)
        slow += 2 / 27 * (x - slow)
        expected.append((fast if i >= 11 else NAN, slow if i >= 25 else NAN))
    assert bits(cross.batch(candles)[:, :2].copy()) == bits(expected)


# ---- higher timeframes: minutes of the hour, per hour, and what stands as close_1h after each bar

HOLES: dict[str, tuple[list[int], list[float]]] = {
    "closes with its last bar": ([0, 15, 30, 45, 60], [NAN, NAN, NAN, 3, 3]),
    "starts in mid-hour": ([30, 45, 60, 75, 90, 105], [NAN, NAN, NAN, NAN, NAN, 5]),
    "starts with the last bar": ([45, 60, 75, 90, 105], [NAN, NAN, NAN, NAN, 4]),
    "first bar missing": ([0, 15, 30, 45, 75, 90, 105, 120], [NAN] * 3 + [3, 3, 3, NAN, NAN]),
    "middle bar missing": ([0, 15, 30, 45, 60, 90, 105, 120], [NAN] * 3 + [3, 3, 3, NAN, NAN]),
    "last bar missing": ([0, 15, 30, 45, 60, 75, 90, 120, 135], [NAN] * 3 + [3, 3, 3, 3, NAN, NAN]),
    "whole hour missing": ([0, 15, 30, 45, 120, 135], [NAN] * 3 + [3, NAN, NAN]),
    "comes back with the next complete one": (
        [0, 15, 30, 45, 60, 75, 105, 120, 135, 150, 165, 180],
        [NAN] * 3 + [3, 3, 3, NAN, NAN, NAN, NAN, 10, 10],
    ),
    "a bar twice": ([0, 15, 15, 30, 45, 60, 75, 90, 105], [NAN] * 8 + [8]),
    "the last bar twice": ([0, 15, 30, 45, 45, 60, 75, 90, 105], [NAN] * 3 + [3, NAN, NAN, NAN, NAN, 8]),
    "one missing, one twice": ([0, 15, 15, 45, 60], [NAN] * 5),
    "order swapped": ([0, 30, 15, 45, 60], [NAN] * 5),
    "a bar off the grid": ([0, 15, 31, 45, 60], [NAN] * 5),
    "time goes back": ([60, 75, 90, 105, 0, 15, 30, 45], [NAN] * 3 + [3, NAN, NAN, NAN, 7]),
    "years later": ([0, 15, 30, 45, 60_000_000, 60_000_015], [NAN] * 3 + [3, NAN, NAN]),
}


@pytest.mark.parametrize("case", HOLES)
@pytest.mark.parametrize("day", [0, 19_800])
def test_a_higher_bar_counts_only_when_it_closed_complete(case: str, day: int) -> None:
    minutes, expected = HOLES[case]
    bars = [bar(24 * HOUR * day + minute * MINUTE, float(i)) for i, minute in enumerate(minutes)]
    assert bits(plain_rows([resolve("close_1h")], bars)) == bits([(value,) for value in expected])


def test_a_higher_bar_is_made_of_all_its_base_bars() -> None:
    names = ("open_1h", "high_1h", "low_1h", "close_1h", "volume_1h")
    bars = [bar(i * QUARTER, close) for i, close in enumerate((50.0, 80.0, 20.0, 60.0))]
    assert plain_rows(resolved(names), bars)[-1] == (49.0, 82.0, 17.0, 60.0, 2100.0)


def test_an_average_goes_on_after_an_incomplete_bar_without_it() -> None:
    whole = [bar(i * QUARTER, 10.0 + i) for i in range(20)]
    torn = [one for i, one in enumerate(whole) if i != 9]
    rows = [value for (value,) in plain_rows([resolve("ema_2_1h")], torn)]
    first, second, fourth = 13.0, 17.0, 25.0
    expected = first + 2 / 3 * (second - first)
    assert rows[9] == pytest.approx(expected)
    assert all(math.isnan(value) for value in rows[10:14])
    assert rows[14] == pytest.approx(expected + 2 / 3 * (fourth - expected))


def test_a_missing_value_is_no_observation() -> None:
    bars = bars_of(walk(40))
    torn = [
        one if i % 3 else Bar(*(getattr(one, name) for name in Bar.__struct_fields__[:8])) for i, one in enumerate(bars)
    ]
    mean = close_only("mean_trades", smoothing.ema, parameters=(3,), state=2, lookback=3)
    trades = Feature("mean_trades", mean.group, (Column.TRADES,), smoothing.ema, Unit.COUNT, "bars", "Why.", (3,), 2, 3)
    there = [one for i, one in enumerate(bars) if i % 3]
    found = [row for i, row in enumerate(plain_rows([trades], torn)) if i % 3]
    assert bits(found) == bits(plain_rows([trades], there))


# ---- lines


def test_a_row_is_a_tuple_of_floats(cross: FeatureSet) -> None:
    row = cross.start().update(bar(0, 5.0))
    assert type(row) is tuple
    assert [type(value) for value in row] == [float, float, float]


def test_a_block_may_be_empty_or_read_only(cross: FeatureSet) -> None:
    candles = walk(40)
    expected = bits(cross.batch(candles))
    for column in (candles.open_time, *candles.columns().values()):
        column.flags.writeable = False
    assert cross.batch(candles.slice(0, 0)).shape == (0, 3)
    assert bits(cross.batch(candles)) == expected


def test_two_lines_of_a_set_do_not_share_state(cross: FeatureSet) -> None:
    one, other = cross.start(), cross.start()
    incremental_rows(one, bars_of(walk(30)))
    assert other.snapshot() == cross.start().snapshot()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda data: b"", "expected a feature snapshot of format b'FLN2', found b''"),
        (lambda data: b"FLN1" + data[4:], "found b'FLN1'"),
        (lambda data: data[:4] + bytes(16) + data[20:], "found 00000000000000000000000000000000"),
        (lambda data: data[:-8], "bytes, found"),
        (lambda data: data + b"x", "bytes, found"),
    ],
)
def test_a_foreign_snapshot_is_refused_whole(cross: FeatureSet, damage: Callable[[bytes], bytes], says: str) -> None:
    line = cross.start()
    incremental_rows(line, bars_of(walk(30)))
    before = line.snapshot()
    with pytest.raises(SnapshotMismatch) as refused:
        line.restore(damage(before))
    assert says in str(refused.value)
    assert line.snapshot() == before
