"""Values do not hang on how long a line has been running: after the last of many bars they are those of a fresh start.

``make test`` runs 60,000 bars, ``make test-long`` a million (28 years of quarters of an hour), over a plain walk and
over bars that are as bad as they may be. What is compared with is begun shortly before, so it cannot have gathered any
error; means and deviations are also held to exact fractions. What is promised is in docs/exactness.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from tests.conftest import SEEDS, Seeds
from tests.feature_rows import walk
from tests.parity.test_feature_conformance import HALF_HOUR, SET

from finantrade.edges.feature_trial import trial_candles
from finantrade.features.declaration import Column, Feature, Group, Memory, State, Unit
from finantrade.features.feature_set import FeatureSet
from finantrade.features.settling import WAIT
from finantrade.features.warming import FADED
from finantrade.market.candles import Candles

BARS = 1_000_000 if SEEDS is Seeds.FULL else 60_000
PARTS = 100 if SEEDS is Seeds.FULL else 15
BLOCK = 20_000
BEFORE, SHOWN = 4_000, 100
"""Bars before the ones that are compared, at which the fresh start begins, and how many are compared."""
PLACES = tuple(range(BEFORE, BARS - SHOWN, (BARS - BEFORE - SHOWN) // PARTS))
DESCRIBED = SET.describe()


def plain() -> Candles:
    return Candles.of("X", HALF_HOUR, np.arange(BARS) * HALF_HOUR, walk(BARS).columns())


def bad() -> Candles:
    return trial_candles(BARS, HALF_HOUR)


WORLDS: dict[str, Callable[[], Candles]] = {"plain": plain, "bad": bad}


@cache
def world(name: str) -> Candles:
    return WORLDS[name]()


@cache
def long_run(name: str, features: FeatureSet = SET) -> dict[int, np.ndarray]:
    """Return by place the rows there of a line that has run since the first bar."""
    candles, line, found = world(name), features.start(), dict[int, np.ndarray]()
    carried = np.empty((0, len(features.names)))
    for start in range(0, BARS, BLOCK):
        block = line.extend(candles.slice(start, min(start + BLOCK, BARS)))
        rows = np.concatenate((carried, block))
        first = start - len(carried)
        for place in PLACES:
            if start < place + SHOWN <= start + len(block):
                found[place] = rows[place - first : place + SHOWN - first].copy()
        carried = rows[-SHOWN:]
    return found


@cache
def fresh(name: str, place: int, features: FeatureSet = SET) -> np.ndarray:
    """Return the rows before and at a place that a line has that began ``BEFORE`` bars before it."""
    return features.batch(world(name).slice(place - BEFORE, place + SHOWN))


def judged(column: int, name: str) -> bool:
    """Whether what a value rests on lies after the fresh start. Jumps and holes are long in leaving what fades."""
    warmup, reach = DESCRIBED[column].warmup, SET.features[column].reach
    needed = {Memory.WINDOW: warmup, Memory.FADING: warmup * FADED, Memory.EVENT: WAIT, Memory.START: 1}[reach]
    return needed < BEFORE / 4 and (name == "plain" or reach is Memory.WINDOW)


CASES = [(name, column) for name in WORLDS for column in range(len(SET.names)) if judged(column, name)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "column"), CASES, ids=[f"{name}-{SET.names[column]}" for name, column in CASES])
def test_a_value_is_that_of_a_fresh_start(name: str, column: int) -> None:
    assert furthest(name, column) <= (1e-6 if name == "bad" else 1e-9)


def furthest(name: str, column: int, features: FeatureSet = SET) -> float:
    """Return the greatest difference from a fresh start, in shares of the greatest value of the last two warm-ups."""
    before = BEFORE - 2 * features.describe()[column].warmup
    worst = 0.0
    for place in PLACES:
        found, whole = long_run(name, features)[place][:, column], fresh(name, place, features)[:, column]
        usual, expected = float(np.nanmax(abs(whole[before:]), initial=0.0)), whole[BEFORE:]
        if features.features[column].reach is Memory.START:
            found, expected = np.diff(found), np.diff(expected)
        assert np.isnan(found).tolist() == np.isnan(expected).tolist(), f"missing otherwise at bar {place}"
        difference = float(np.nanmax(abs(found - expected), initial=0.0))
        worst = max(worst, difference / usual if difference else 0.0)
    return worst


def naive_std(state: State, at: int, x: float, n: int) -> float:
    """Standard deviation from running sums that are never made anew. State: place, count, both sums, n values."""
    place = int(state[at])
    old = state[at + 4 + place]
    state[at + 4 + place] = x
    state[at] = float((place + 1) % n)
    state[at + 1] += 1.0
    state[at + 2] += x - old
    state[at + 3] += x * x - old * old
    if state[at + 1] < n:
        return math.nan
    mean = state[at + 2] / n
    return math.sqrt(abs(state[at + 3] / n - mean * mean))


def test_sums_that_are_never_made_anew_would_be_found() -> None:
    naive = Feature(
        *("naive_std", Group.RAW, (Column.CLOSE,), naive_std, Unit.PRICE, "bars", "Shown in a test."),
        parameters=(20,),
        state=24,
        lookback=20,
    )
    assert furthest("bad", 0, FeatureSet([naive], HALF_HOUR)) > 1e-3


def window_before(values: np.ndarray, row: int, length: int) -> list[Fraction]:
    return [Fraction(value) for value in values[row - length + 1 : row + 1].tolist()]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize(
    ("mean", "spread", "column"), [("sma_20", "std_20", "close"), ("volume_sma_20", "volume_std_20", "volume")]
)
def test_means_and_deviations_are_exact(name: str, mean: str, spread: str, column: str) -> None:
    values = world(name).column(column)
    still = 0
    for place in PLACES:
        rows = long_run(name)[place]
        means, spreads = (rows[:, SET.names.index(one)] for one in (mean, spread))
        for row in range(0, SHOWN, 7):
            window = window_before(values, place + row, 20)
            middle = sum(window) / 20
            deviation = float(sum((value - middle) ** 2 for value in window) / 20) ** 0.5
            recent = float(max(values[place + row - 40 : place + row + 1]))
            assert abs(means[row] - float(middle)) <= 1e-13 * recent
            assert abs(spreads[row] - deviation) <= 1e-6 * deviation + 1e-14 * float(middle)
            if len(set(window)) == 1:
                assert spreads[row] == 0.0
                still += 1
    assert (still > 0) == (name == "bad")
