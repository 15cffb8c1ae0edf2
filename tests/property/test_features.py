"""L3: bar by bar, in a block, in pieces and as plain Python the bits are the same. L4: nothing later is seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.feature_rows import (
    OF_BARS,
    QUARTER,
    at_times_missing,
    bars_of,
    bits,
    candles_of,
    incremental_rows,
    plain_rows,
    resolved,
    walk,
)

from finantrade.domain.market import Bar
from finantrade.edges.feature_files import load_features
from finantrade.features.catalogue import CATALOGUE, resolve
from finantrade.features.declaration import Column, Feature, FeatureError, Group, State, Unit
from finantrade.features.feature_set import FeatureSet
from finantrade.features.kernels import ratios
from finantrade.features.kind import Kind

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "features.py"
START = 1_700_000_000_000 - 1_700_000_000_000 % QUARTER


def every_math(state: State, at: int, x: float, y: float) -> float:
    """Everything of ``math`` that a kernel may use."""
    if math.isnan(y) or x <= 0.0 or y <= 0.0:
        return math.inf
    return math.log(x) * math.sqrt(y) + math.exp(-math.fabs(math.log(x / y)))


def declared(name: str, inputs: tuple[Column | Feature, ...], kernel: object) -> Feature:
    return Feature(name, Group.RAW, inputs, kernel, Unit.PRICE, "bars", "Shown in a test.")  # type: ignore[arg-type]


def short(kind: Kind) -> Feature:
    """Return a feature whose lengths are short enough that a few dozen bars fill its windows several times."""
    for share in range(6, 1, -1):
        with suppress(FeatureError):
            return kind.feature(
                tuple(one.usual if one.fraction else max(int(one.low), one.usual // share) for one in kind.parameters)
            )
    return kind.feature(tuple(one.usual for one in kind.parameters))


FEATURES = (
    *(short(kind) for kind in CATALOGUE.kinds.values() if kind.example in OF_BARS),
    *load_features(EXAMPLE).lookup.own.values(),
    *resolved(("ema_3_30m", "rsi_3_30m", "bb_width_3_2_1h", "trades_1h", "stoch_k_2_1h", "open_4h")),
    declared("above_hourly", (Column.CLOSE, resolve("ema_3_1h")), ratios.difference),
    declared("mathematics", (Column.CLOSE, Column.VOLUME), every_math),
)
ENDS = 50
"""At how many bars the data of an example is ended."""


@pytest.fixture(scope="module")
def features() -> FeatureSet:
    features = FeatureSet(FEATURES, QUARTER)
    features.start()
    return features


@st.composite
def bars(draw: st.DrawFn) -> list[Bar]:
    """Bars with jumps, spans without any movement or volume, holes, doubles and missing columns."""
    steps = st.tuples(
        st.sampled_from((1.0, 1.0, 1.0, 1.001, 0.998, 1e4, 1e-4)) | st.floats(0.9, 1.1),
        st.sampled_from((0.0, 0.0, 1e-3)) | st.floats(0.0, 0.1),
        st.sampled_from((0.0, 0.0, 1.0, 1e9)) | st.floats(0.0, 1e6),
        st.sampled_from((1,) * 12 + (0, 2, 3, 5, 40)),
        st.sampled_from((1.0, 1.0, -math.nan, math.nan)),
    )
    price, time, found = draw(st.floats(1e-3, 1e5)), START + QUARTER * draw(st.integers(0, 15)), []
    for change, wick, volume, ahead, there in draw(st.lists(steps, min_size=1, max_size=90)):
        opened, price, time = price, price * change, time + ahead * QUARTER
        high, low = max(opened, price) * (1.0 + wick), min(opened, price) * (1.0 - wick)
        quote = volume * price * there
        bought = 0.25 * volume * there
        others = (quote, 5.0 * there, bought, bought * price)
        found.append(Bar("X", time, time + QUARTER - 1, opened, high, low, price, volume, *others))
    return found


@pytest.mark.timeout(600)
@given(bars())
def test_every_driver_gives_the_same_bits(features: FeatureSet, bars: list[Bar]) -> None:
    expected = bits(plain_rows(FEATURES, bars))
    assert bits(incremental_rows(features.start(), bars)) == expected
    assert bits(features.batch(candles_of(bars))) == expected


@given(bars(), st.lists(st.integers(0, 90), max_size=4))
def test_blocks_and_single_bars_may_be_mixed(features: FeatureSet, bars: list[Bar], cuts: list[int]) -> None:
    line, rows = features.start(), []
    for i, piece in enumerate(pieces(bars, cuts)):
        rows += incremental_rows(line, piece) if i % 2 else line.extend(candles_of(piece)).tolist()
    assert bits(rows) == bits(features.batch(candles_of(bars)))


@given(bars(), st.randoms(use_true_random=False))
def test_nothing_later_is_seen(features: FeatureSet, bars: list[Bar], random: Random) -> None:
    candles = candles_of(bars)
    whole = features.batch(candles)
    for cut in random.sample(range(len(bars)), min(ENDS, len(bars))):
        assert bits(features.batch(candles.slice(0, cut))) == bits(whole[:cut])


@given(bars(), st.integers(0, 89))
def test_a_restored_line_goes_on_with_the_same_bits(features: FeatureSet, bars: list[Bar], cut: int) -> None:
    first, second = features.start(), features.start()
    incremental_rows(first, bars[:cut])
    incremental_rows(second, bars)
    second.restore(first.snapshot())
    assert second.snapshot() == first.snapshot()
    assert second.ready == first.ready
    assert bits(incremental_rows(second, bars[cut:])) == bits(incremental_rows(first, bars[cut:]))
    assert second.snapshot() == first.snapshot()


@given(bars())
def test_a_reset_line_is_a_fresh_one(features: FeatureSet, bars: list[Bar]) -> None:
    line = features.start()
    incremental_rows(line, bars)
    line.reset()
    assert line.snapshot() == features.start().snapshot()
    assert not line.ready


@given(bars())
def test_a_missing_column_leaves_the_others_alone(features: FeatureSet, bars: list[Bar]) -> None:
    rows = features.batch(candles_of(bars))
    without = candles_of([Bar(*(getattr(bar, name) for name in Bar.__struct_fields__[:8])) for bar in bars])
    readers = [
        i
        for i, one in enumerate(FEATURES)
        if {"quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume"} & set(columns_of(one))
    ]
    bare = features.batch(without)
    assert np.isnan(bare[:, readers]).all()
    assert bits(np.delete(bare, readers, axis=1)) == bits(np.delete(rows, readers, axis=1))


@given(bars())
def test_missing_is_one_nan(features: FeatureSet, bars: list[Bar]) -> None:
    rows = features.batch(candles_of(bars))
    assert bits(np.where(np.isnan(rows), math.nan, rows)) == bits(rows)


@given(
    st.lists(st.sampled_from((1.0, 1.0, 0.999, 1e4, 1e-4)) | st.floats(0.5, 2.0), min_size=60, max_size=200),
    st.integers(2, 9),
)
@example([1.0] * 20 + [1e4, 1e-4] + [1.0] * 40, 7)
@example([1.0, 1.0, 1.0000000000000002, 1.0, 1.0, 1.0, 1.0], 2)
@example([1.0, 1.0, 1.0, 1.0000000000000002, 1.0, 1.0, 1.0], 2)
def test_windows_stay_exact_after_jumps(changes: Sequence[float], n: int) -> None:
    closes = np.clip(np.cumprod([100.0, *changes]), 1e-6, 1e12)
    flat = [Bar("X", i * QUARTER, (i + 1) * QUARTER - 1, x, x, x, x, 1.0) for i, x in enumerate(closes.tolist())]
    found = np.array(plain_rows(resolved((f"std_{n}", f"sma_{n}", f"highest_{n}", f"lowest_{n}")), flat))[n - 1 :]
    windows = np.lib.stride_tricks.sliding_window_view(closes, n)
    recent = np.array([closes[max(0, i - 2 * n) : i + 1].max() for i in range(n - 1, len(closes))])
    deviation, mean = windows.std(axis=1), windows.mean(axis=1)
    assert (abs(found[:, 0] - deviation) <= 1e-6 * deviation + 1e-14 * mean).all()
    assert (abs(found[:, 1] - mean) <= 1e-13 * recent).all()
    assert found[:, 2].tolist() == windows.max(axis=1).tolist()
    assert found[:, 3].tolist() == windows.min(axis=1).tolist()
    unmoved = windows.max(axis=1) == windows.min(axis=1)
    assert not found[unmoved, 0].any()


def test_a_long_walk_gives_the_same_bits(features: FeatureSet) -> None:
    candles = walk(3_000)
    bars = bars_of(candles)
    rows = features.batch(candles)
    assert bits(rows) == bits(plain_rows(FEATURES, bars)) == bits(incremental_rows(features.start(), bars))
    there = np.isfinite(rows[features.warmup - 1 :])
    assert there[:, [not at_times_missing(one) for one in FEATURES]].all()
    assert there.any(axis=0).all()


def pieces(bars: list[Bar], cuts: list[int]) -> list[list[Bar]]:
    edges = [0, *sorted(min(cut, len(bars)) for cut in cuts), len(bars)]
    return [bars[start:stop] for start, stop in pairwise(edges)]


def columns_of(feature: Feature) -> list[str]:
    found = [str(one) for one in feature.inputs if isinstance(one, Column)]
    return found + [column for one in feature.features for column in columns_of(one)]
