"""Every kind of feature against its formula in pandas, written plainly: none of our kernels is its own oracle."""

from __future__ import annotations

import numpy as np
import pytest
from tests.feature_rows import bars_of, plain_rows, resolved, walk
from tests.oracles import basic, candles, context, microstructure, momentum, structure, trend, volatility, volume
from tests.oracles.data import Oracle, frame, hourly

from finantrade.features.catalogue import CATALOGUE
from finantrade.features.kernels.calendar import turn_sine

GROUPS = (basic, trend, momentum, volatility, candles, volume, microstructure, structure)
ORACLES: dict[str, Oracle] = {name: oracle for group in GROUPS for name, oracle in group.ORACLES.items()}
BARS = 600
HOURS = 250


def expect(found: np.ndarray, expected: np.ndarray, name: str) -> None:
    """Compare to a relative 1e-9, of the usual size of the value where it passes through 0."""
    usual = float(np.nanmedian(abs(expected)))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * usual + 1e-14, err_msg=name)


def test_there_is_one_oracle_for_every_kind() -> None:
    """Those of ``context`` are used in ``test_feature_context``."""
    assert sum(len(group.ORACLES) for group in GROUPS) == len(ORACLES)
    assert sorted([*ORACLES, *context.ORACLES]) == sorted(CATALOGUE.examples())


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    found = np.array(plain_rows(resolved(ORACLES), bars_of(walk(BARS))))
    return dict(zip(ORACLES, found.T, strict=True))


@pytest.mark.parametrize("name", ORACLES)
def test_a_feature_is_what_pandas_makes_of_it(rows: dict[str, np.ndarray], name: str) -> None:
    expected = ORACLES[name](frame(BARS)).to_numpy(float)
    assert np.nanmin(expected) < np.nanmax(expected)
    expect(rows[name], expected, name)


def test_a_feature_of_a_higher_timeframe_is_that_of_its_closed_bars() -> None:
    data = hourly(frame(4 * HOURS))
    found = np.array(plain_rows(resolved(f"{name}_1h" for name in ORACLES), bars_of(walk(4 * HOURS))))
    for column, (name, oracle) in zip(found.T, ORACLES.items(), strict=True):
        closed = oracle(data).to_numpy(float)
        expect(column, np.concatenate(([np.nan] * 3, np.repeat(closed, 4)))[: len(column)], name)


def test_the_series_of_the_calendar_are_sine_and_cosine() -> None:
    turns = np.linspace(0.0, 1.0, 10_001)[:-1]
    found = [turn_sine(float(turn)) for turn in turns]
    np.testing.assert_allclose(found, np.sin(2 * np.pi * turns), rtol=0, atol=1e-15)
