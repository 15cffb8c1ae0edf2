"""``kill -9`` during a fetch, at any moment: the store stays whole, and the same command ends where it would have."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import anyio.to_thread
import numpy as np
import pytest
from tests.archives import SYMBOL, UM, World, exchange_venue, fill, funding, metrics, world
from tests.series import assert_same
from tests.victims import ended, spread

from finantrade.cli.main import main
from finantrade.market.store.reading import list_series, read, troubles

SERIES = 3


def run(there: World, points: Mapping[str, int]) -> list[list[int]]:
    """Fetch into stores, killed at points."""
    exchange = there.exchange.addresses.API_URL.removesuffix("/api")
    return ended("fetch_victim", [str(there.root), there.archive.base, exchange], points)


def check_beginning(store: Path, whole: Path) -> None:
    """Every series that is there is whole, and has nothing but what the whole one has."""
    for one in list_series(store):
        assert one.manifest is not None, one.trouble
        place = one.manifest.place
        assert list(troubles(store, place)) == []
        found, expected = read(store, place), read(whole, place)
        expected = expected.take(np.isin(expected.time, found.time))
        np.testing.assert_array_equal(found.time, expected.time)
        for name, column in found.values.items():
            known = ~np.isnan(column)  # an answer may yet complete a row of a file
            np.testing.assert_array_equal(column[known], expected.values[name][known], err_msg=name)


@pytest.mark.timeout(600)
async def test_a_fetch_killed_anywhere_is_resumed(tmp_path: Path, seeds: Callable[[int, int], range]) -> None:
    venue = exchange_venue(holes=[1_000, 1_750])
    async with world(tmp_path, venue=venue) as there:
        fill(there.archive, venue, "2024-01", "2024-02-01", "2024-02-02")
        there.archive.put(f"{UM}/monthly/fundingRate/{SYMBOL}/{SYMBOL}-fundingRate-2024-01.zip",
                          funding(venue, "2024-01-20", "2024-02-01"))  # fmt: skip
        there.archive.put(f"{UM}/daily/metrics/{SYMBOL}/{SYMBOL}-metrics-2024-02-05.zip", metrics(venue, "2024-02-05"))
        fetch = partial(anyio.to_thread.run_sync, run, there)
        ((code, last),) = await fetch({"whole": 0})
        assert code == 0
        points = spread(seeds(6, 40), last)
        # What waits for what differs from run to run, and a few points with it.
        killed = await fetch(points)
        assert {code for code, _ in killed[:-1]} == {-signal.SIGKILL}
        for store in points:
            check_beginning(tmp_path / store, tmp_path / "whole")
        assert [code for code, _ in await fetch(dict.fromkeys(points, 0))] == [0] * len(points)
        for store in points:
            series = [one.manifest for one in list_series(tmp_path / store) if one.manifest]
            assert len(series) == SERIES
            for one in series:
                assert_same(read(tmp_path / store, one.place), read(tmp_path / "whole", one.place))
            assert main(["data", "verify", "--store", str(tmp_path / store)]) == 0
