"""Laws of the data engine: normalising, resampling against a plain loop, and the store over any partition of writes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, isnan, nan
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.series import PLACE, START, assert_same, candle_rows, entry, raw, rows_of

from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.market.coverage import coverage, shares
from finantrade.market.findings import BadSeries
from finantrade.market.interval import interval_text
from finantrade.market.normalise import normalise
from finantrade.market.place import Place
from finantrade.market.raw import Policy
from finantrade.market.resample import folded
from finantrade.market.series import SERIES, Fold, Grid, Kind, Stamp
from finantrade.market.store.manifest import read_manifest
from finantrade.market.store.merging import merge
from finantrade.market.store.reading import read, troubles
from finantrade.market.store.writing import OnConflict, write
from finantrade.market.table import Table, joined

DROP = Policy(drop_bad=True)
QUARTER = 15 * MINUTE


@st.composite
def some_rows(draw: st.DrawFn, most: int = 60) -> Table:
    """Candles with holes, some of them bad if drawn so."""
    whole = candle_rows(most, seed=draw(st.integers(0, 1_000)))
    kept = draw(st.lists(st.integers(0, most - 1), min_size=2, unique=True).map(sorted))
    return whole.take(np.array(kept))


@st.composite
def damaged(draw: st.DrawFn) -> Table:
    table = draw(some_rows())
    time, values = table.time.copy(), {name: column.copy() for name, column in table.values.items()}
    for row in draw(st.lists(st.integers(0, len(table) - 1), max_size=4)):
        name = draw(st.sampled_from(["time", "open", "high", "low", "close", "volume"]))
        if name == "time":
            time[row] = draw(st.sampled_from([0, -1, int(time[0]), int(time[row]) + 1, START * 1000]))
        else:
            values[name][row] = draw(st.sampled_from([nan, inf, -inf, 0.0, -1.0, 1e300, 5e-324, 100.0]))
    return Table.of(table.kind, table.symbol, table.interval, time, values)


@given(damaged())
def test_normalising_again_changes_nothing(table: Table) -> None:
    once = normalise(raw(table), DROP)
    if len(once.table):
        again = normalise(raw(once.table))
        assert_same(again.table, once.table)
        assert again.gaps == once.gaps


@given(damaged(), st.data())
def test_order_and_repetition_change_nothing(table: Table, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.integers(0, len(table) - 1), max_size=10))
    order = data.draw(st.permutations([*range(len(table)), *again]))
    found = normalise(raw(table.take(np.array(order))), DROP)
    expected = normalise(raw(table), DROP)
    assert_same(found.table, expected.table)
    assert found.gaps == expected.gaps


@given(damaged())
def test_no_bad_row_enters_and_no_good_one_is_lost(table: Table) -> None:
    found = normalise(raw(table), DROP).table
    close, high, low = (found.values[name] for name in ("close", "high", "low"))
    assert np.isfinite(close).all()
    assert ((low > 0) & (low <= close) & (close <= high)).all()
    assert (np.diff(found.time) > 0).all()
    good = [row for row in range(len(table)) if acceptable(table, row)]
    assert set(table.time[good].tolist()) == set(found.time.tolist())
    if len(good) == len(table):
        assert_same(normalise(raw(table)).table, found)
    else:
        with pytest.raises(BadSeries):
            normalise(raw(table))


def acceptable(table: Table, row: int) -> bool:
    """The checks of candles, for one row, in plain words."""
    values = {name: float(table.values[name][row]) for name in ("open", "high", "low", "close", "volume")}
    time = int(table.time[row])
    if time % QUARTER or not START - DAY < time < START + 1000 * DAY:
        return False
    prices = [values[name] for name in ("open", "high", "low", "close")]
    if not all(0 < price < inf for price in prices) or not 0 <= values["volume"] < inf:
        return False
    if values["high"] < max(values["open"], values["close"]) or values["low"] > min(values["open"], values["close"]):
        return False
    others = [one for one in np.flatnonzero(table.time == time).tolist() if one != row]
    good = [one for one in others if any_differs(table, row, one) and acceptable_alone(table, one)]
    return not good


def acceptable_alone(table: Table, row: int) -> bool:
    return acceptable(table.take(np.array([row])), 0)


def any_differs(table: Table, row: int, other: int) -> bool:
    return table.row(row) != table.row(other)


# Resampling


def folded_slowly(table: Table, interval: Millis) -> tuple[list[dict[str, float]], list[bool], int]:
    """Group row by row; return closed periods, which are whole, and how many rows are of none yet."""
    offset = 4 * DAY if interval % (7 * DAY) == 0 else 0
    groups: dict[int, list[int]] = {}
    for row, time in enumerate(table.time.tolist()):
        groups.setdefault((time - offset) // interval * interval + offset, []).append(row)
    periods: list[dict[str, float]] = []
    whole: list[bool] = []
    last = int(table.time[-1])
    for begin, rows in groups.items():
        if begin + interval > last + table.interval:
            return periods, whole, len(rows)
        cells = {"time": float(begin)}
        for column in SERIES[table.kind].columns:
            values = [float(table.values[column.name][row]) for row in rows]
            cells[column.name] = fold(values, column.fold)
        periods.append(cells)
        whole.append(len(rows) == interval // table.interval)
    return periods, whole, 0


def fold(values: Sequence[float], how: Fold) -> float:
    match how:
        case Fold.FIRST:
            return values[0]
        case Fold.LAST:
            return values[-1]
        case Fold.HIGHEST:
            return nan if any(map(isnan, values)) else max(values)
        case Fold.LOWEST:
            return nan if any(map(isnan, values)) else min(values)
        case Fold.SUM:
            return sum(values)


@st.composite
def some_periods(draw: st.DrawFn) -> tuple[Table, Millis]:
    kind = draw(st.sampled_from([one for one in Kind if SERIES[one].stamp is Stamp.PERIOD]))
    base, longer = draw(
        st.sampled_from([(MINUTE, 5 * MINUTE), (QUARTER, HOUR), (QUARTER, DAY), (8 * HOUR, DAY), (DAY, 7 * DAY)])
    )
    steps = draw(st.lists(st.integers(0, 60), min_size=1, max_size=40, unique=True).map(sorted))
    begin = START + draw(st.integers(-30, 30)) * base
    cells = st.floats(-1e6, 1e6) | st.just(nan)
    columns = {name: draw(st.lists(cells, min_size=len(steps), max_size=len(steps))) for name in SERIES[kind].names}
    return rows_of(kind, [begin + step * base for step in steps], base, **columns), longer


@given(some_periods())
def test_resampling_is_what_a_plain_loop_does(drawn: tuple[Table, Millis]) -> None:
    table, interval = drawn
    periods, whole, forming = folded_slowly(table, interval)
    found = folded(table, interval)
    assert found.table.time.tolist() == [int(one["time"]) for one in periods]
    assert (found.complete.tolist(), found.forming) == (whole, forming)
    for name, column in found.table.values.items():
        np.testing.assert_allclose(column, [one[name] for one in periods], rtol=1e-12, atol=1e-6, err_msg=name)


@given(some_periods(), st.integers(1, 60))
def test_resampling_does_not_look_ahead(drawn: tuple[Table, Millis], cut: int) -> None:
    table, interval = drawn
    early = folded(table.take(slice(0, cut)), interval).table
    whole = folded(table, interval).table
    assert_same(early, whole.take(slice(0, len(early))))


# The store


@given(some_rows(3_000), st.lists(st.integers(1, 2_999), max_size=5), st.data())
def test_any_partition_of_writes_gives_the_same_store(table: Table, cuts: list[int], data: st.DataObject) -> None:
    edges = sorted({0, len(table), *(cut % len(table) for cut in cuts)})
    pieces = [table.take(slice(*edge)) for edge in pairwise(edges)]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for number, piece in enumerate(data.draw(st.permutations([*pieces, *pieces[:2]]))):
            write(root, PLACE, piece, entry(str(number)))
        assert_same(read(root, PLACE), table)
        assert list(troubles(root, PLACE)) == []
        assert read_manifest(root, PLACE).rows == len(table)
        begin, end = sorted(data.draw(st.tuples(*[st.integers(START - DAY, START + 60 * DAY)] * 2)))
        assert_same(read(root, PLACE, begin, end), table.between(begin, end))


@given(st.sampled_from(list(Kind)), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_every_kind_comes_back_from_the_store(kind: Kind, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    regular = SERIES[kind].grid is Grid.REGULAR
    times = START + np.arange(rows) * (DAY if regular else HOUR)
    columns = {name: random.normal(size=rows) for name in SERIES[kind].names}
    table = rows_of(kind, times.tolist(), DAY if regular else 0, **columns)
    place = Place("v", "m", kind, "BTCUSDT", interval_text(table.interval))
    with TemporaryDirectory() as folder:
        write(Path(folder), place, table, entry())
        assert_same(read(Path(folder), place), table)


@given(some_rows(), some_rows())
def test_merging_counts_every_row_once(old: Table, new: Table) -> None:
    found = merge(old, new)
    there = set(old.time.tolist())
    common = [time for time in new.time.tolist() if time in there]
    assert found.added == len(new) - len(common)
    assert found.identical + found.completed + len(found.places) == len(common)
    assert found.rows.time.tolist() == sorted(there | set(new.time.tolist()))
    assert found.rows.time[found.places].tolist() == found.others.time.tolist()
    after, _ = found.replacing("x")
    assert_same(merge(after.rows, new).rows, after.rows)
    assert not len(merge(after.rows, new).places)


@given(some_rows(), some_rows())
def test_what_stands_is_of_the_chosen_side(old: Table, new: Table) -> None:
    for policy, first, second in ((OnConflict.KEEP, old, new), (OnConflict.REPLACE, new, old)):
        with TemporaryDirectory() as folder:
            write(Path(folder), PLACE, old, entry("a"))
            write(Path(folder), PLACE, new, entry("b"), on_conflict=policy)
            found = read(Path(folder), PLACE)
        missing = second.take(~np.isin(second.time, first.time))
        expected = joined(first, missing)
        assert_same(found, expected.take(np.argsort(expected.time, kind="stable")))


# Coverage


@given(some_rows(), st.integers(-40, 100), st.integers(0, 200))
def test_coverage_is_what_counting_gives(table: Table, begin: int, length: int) -> None:
    start = START + begin * QUARTER - 7 * MINUTE
    end = start + length * QUARTER
    found = coverage(table, "15m", start, end)
    grid = [time for time in range(START - 100 * QUARTER, START + 400 * QUARTER, QUARTER) if start <= time < end]
    here = set(table.time.tolist())
    assert found.present == sum(time in here for time in grid)
    if found.present:
        missing = [time for gap in found.gaps for time in range(gap.start, gap.end + 1, QUARTER)]
        assert missing == [time for time in grid if time not in here]
    assert found.expected == len(grid)
    edges = np.array([start + step * DAY // 8 for step in range(9)])
    present, expected = shares(table, edges)
    first, last = int(table.time[0]), int(table.time[-1])
    for number, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        inside = [time for time in range(START - 100 * QUARTER, START + 400 * QUARTER, QUARTER) if low <= time < high]
        assert expected[number] == sum(first <= time <= last for time in inside)
        assert present[number] == sum(time in here for time in inside)
