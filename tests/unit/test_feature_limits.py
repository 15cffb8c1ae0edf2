"""What every feature keeps: its range, its neutral value where nothing happens, how far back it reaches, its size."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.feature_rows import OF_BARS, QUARTER, at_times_missing, bars_of, plain_rows, resolved, walk

from finantrade.domain.market import Bar
from finantrade.features.catalogue import CATALOGUE, HIGHER, resolve
from finantrade.features.declaration import Column, Memory
from finantrade.features.description import descriptions
from finantrade.features.feature_set import FeatureSet
from finantrade.features.kernels import extremes
from finantrade.market.candles import Candles

NAMES = (*OF_BARS, *HIGHER)
PRICE = 0.1
BYTES = 200_000

# At a price that never moves and without any trade: everything else is 0, prices are that price.
STILL: dict[str, float] = {
    **dict.fromkeys(
        ("rsi_14", "stoch_k_14", "stoch_k_20", "stoch_d_14_3", "stoch_rsi_14_14", "mfi_14", "ultimate_7_14_28"), 50.0
    ),
    **dict.fromkeys(("bb_percent_20_2", "keltner_percent_20_10_2"), 0.5),
    **dict.fromkeys(("vol_percentile_20_100", "volume_percentile_100", "taker_buy_ratio", "hurst_100_4"), 0.5),
    **dict.fromkeys(("variance_ratio_100_4", "compression_10_50"), 1.0),
    **dict.fromkeys(("aroon_up_14", "aroon_down_14"), 100.0),
    "williams_r_14": -50.0,
    # With stop and price at one place every bar touches it and turns it.
    "psar_0p02_0p2": PRICE,
    "kama_10": PRICE,
}
# No swing ever, and no level; the clock goes on.
NEVER = ("swing", "break", "change", "support", "resistance")
CLOCK = ("hour", "weekday", "session_asia", "session_europe", "session_us", "weekend", "funding")


def column(rows: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    return rows[:, NAMES.index(name)]


@cache
def standing_still() -> NDArray[np.float64]:
    bars = [Bar("X", i * QUARTER, (i + 1) * QUARTER - 1, *(PRICE,) * 4, *(0.0,) * 5) for i in range(5_000)]
    return np.array(plain_rows(resolved(NAMES), bars))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(CLOCK)])
def test_where_nothing_happens_the_value_is_neutral(name: str) -> None:
    feature = resolve(name)
    found = column(standing_still(), name)[-1]
    if name.startswith(NEVER):
        assert at_times_missing(feature)
        assert math.isnan(found)
        return
    stem = name.removesuffix(f"_{feature.timeframe}")
    expected = STILL.get(stem, PRICE if is_price(name) else 0.0)
    assert found == pytest.approx(expected, abs=1e-15)


def is_price(name: str) -> bool:
    """Whether the value is a price itself, not the distance of two."""
    distances = ("macd", "std", "true_range", "atr", "plus_dm", "minus_dm", "linreg_slope", "awesome")
    return resolve(name).unit == "price" and not name.startswith(distances)


@pytest.fixture(scope="module")
def jumps() -> tuple[Candles, NDArray[np.float64]]:
    """A walk with jumps of 10 000 times up and down, hours without trades and hours without movement."""
    candles = walk(6_000, seed=3)
    rng = np.random.default_rng(11)
    columns = candles.columns()
    scale = np.cumprod(np.where(rng.random(len(candles)) < 0.004, 10.0 ** rng.choice([-4.0, 4.0], len(candles)), 1.0))
    scale = np.clip(scale, 1e-8, 1e8)
    still, silent = (np.repeat(rng.random(len(candles) // 30) < 0.1, 30) for _ in range(2))
    for name in ("open", "high", "low", "close"):
        columns[name] = np.where(still, 1.0, columns[name]) * scale
    for name in set(columns) - {"open", "high", "low", "close"}:
        columns[name] = np.where(silent, 0.0, columns[name])
    torn = Candles.of("BTCUSDT", QUARTER, candles.open_time, columns)
    return torn, np.array(plain_rows(resolved(NAMES), bars_of(torn)))


@pytest.mark.parametrize("name", NAMES)
def test_values_keep_to_their_range_whatever_happens(jumps: tuple[Candles, NDArray[np.float64]], name: str) -> None:
    feature = resolve(name)
    rows = column(jumps[1], name)
    found = rows[np.isfinite(rows)]
    assert len(found) > 100
    assert not np.isinf(rows).any()
    room = 1e-9 * abs(found).max() + 1e-12
    assert feature.low - room <= found.min()
    assert found.max() <= feature.high + room


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_tells_everything(name: str) -> None:
    feature = resolve(name)
    (one,) = descriptions([feature], QUARTER)
    assert one.formula
    assert one.why.endswith(".")
    assert one.source
    assert one.low < one.high
    if Column.CLOSE_TIME not in feature.inputs:
        assert one.source.startswith("bars")


# ---- how far back a value reaches

AGO = 2_000
"""Bars after which what fades has faded to 1e-9; the slowest is Kaufman's average."""


@pytest.fixture(scope="module")
def pasts() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same bars after no past at all, and after one of 300 bars at a thousand times the price and the volume."""
    recent, past = walk(AGO + 400), walk(300, seed=5)
    scaled = {name: values * 1000.0 for name, values in past.columns().items()}
    columns = {name: np.concatenate((values, recent.column(name))) for name, values in scaled.items()}
    times = (np.arange(len(past) + len(recent)) - len(past)) * QUARTER
    whole = bars_of(Candles.of("BTCUSDT", QUARTER, times, columns))
    features = resolved(OF_BARS)
    return np.array(plain_rows(features, whole[300:])), np.array(plain_rows(features, whole))[300:]


@pytest.mark.parametrize("name", OF_BARS)
def test_a_value_rests_on_what_its_memory_says(
    pasts: tuple[NDArray[np.float64], NDArray[np.float64]], name: str
) -> None:
    feature = resolve(name)
    (one,) = descriptions([feature], QUARTER)
    fresh, old = (column(rows, name) for rows in pasts)
    if feature.reach is Memory.START:
        fresh, old = np.diff(fresh), np.diff(old)
    start = {Memory.WINDOW: one.warmup, Memory.START: 100}.get(feature.reach, AGO)
    usual = np.nanmax(abs(fresh[start:]))
    np.testing.assert_allclose(old[start:], fresh[start:], rtol=1e-9, atol=1e-9 * usual, err_msg=name)


def test_all_together_are_small() -> None:
    assert 8 * FeatureSet(resolved(CATALOGUE.usual()), QUARTER).composition.size < BYTES


def test_a_rank_does_not_hang_on_the_last_bits() -> None:
    state = [0.0] * 4
    found = [extremes.rank(state, 0, x, 3) for x in (2.0, 1.0, math.nextafter(1.0, 2.0), math.nextafter(1.0, 0.0))]
    assert found[2:] == [0.25, 0.5]
