"""Candles, their checks, their files and data sets: what is accepted, and what is refused in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf, nan
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finantrade.domain.market import Heartbeat
from finantrade.domain.units import MINUTE, timeframe_text
from finantrade.market import parquet
from finantrade.market.candles import REQUIRED, VALUES, BadBars, Candles, Gap, gaps
from finantrade.market.checks import check
from finantrade.market.datasets import UnknownData, bundled_datadir, list_datasets, load
from finantrade.market.fact_order import key_of
from finantrade.market.manifest import BadDataset, Manifest, describe, store, write_manifest

QUARTER = 15 * MINUTE
START = 1_704_067_200_000
"""2024-01-01T00:00:00Z."""


def columns(rows: int) -> dict[str, list[float]]:
    """Return acceptable columns: open 10, high 12, low 9, close 11, volumes 5."""
    prices = {"open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0}
    return {name: [prices.get(name, 5.0)] * rows for name in VALUES}


def candles(rows: int = 4, times: Mapping[int, int] | None = None, **changed: Mapping[int, float]) -> Candles:
    """Return quarter-hour bars; ``times`` and every other argument replace values by row."""
    opens = [START + row * QUARTER for row in range(rows)]
    values = columns(rows)
    for row, time in (times or {}).items():
        opens[row] = time
    for name, cells in changed.items():
        for row, value in cells.items():
            values[name][row] = value
    return Candles.of("BTCUSDT", QUARTER, opens, values)


@dataclass(frozen=True)
class Bad:
    """Bars with a fault, and the whole text that refuses them."""

    name: str
    text: str
    times: Mapping[int, int] = field(default_factory=dict)
    values: Mapping[str, Mapping[int, float]] = field(default_factory=dict)


ROW_2 = "BTCUSDT row 2 at 2024-01-01T00:30:00Z: "
ROW_1 = "BTCUSDT row 1 at 2024-01-01T00:15:00Z: "
TWICE = "BTCUSDT row 2 at 2024-01-01T00:15:00Z: expected each open time once, found "
BAD_BARS = (
    Bad("NaN open", f"{ROW_2}expected open to be a finite price above zero, found open nan", values={"open": {2: nan}}),
    Bad("infinite", f"{ROW_2}expected high to be a finite price above zero, found high inf", values={"high": {2: inf}}),
    Bad("zero low", f"{ROW_2}expected low to be a finite price above zero, found low 0.0", values={"low": {2: 0.0}}),
    Bad(
        "negative close",
        f"{ROW_2}expected close to be a finite price above zero, found close -1.0",
        values={"close": {2: -1.0}},
    ),
    Bad(
        "high below open",
        f"{ROW_2}expected high at or above open and close, found high 12.0, open 12.5, close 11.0",
        values={"open": {2: 12.5}},
    ),
    Bad(
        "high below close",
        f"{ROW_2}expected high at or above open and close, found high 10.5, open 10.0, close 11.0",
        values={"high": {2: 10.5}},
    ),
    Bad(
        "low above open",
        f"{ROW_2}expected low at or below open and close, found low 10.5, open 10.0, close 11.0",
        values={"low": {2: 10.5}},
    ),
    Bad(
        "low above close",
        f"{ROW_2}expected low at or below open and close, found low 9.0, open 10.0, close 8.0",
        values={"close": {2: 8.0}},
    ),
    Bad(
        "negative volume",
        f"{ROW_2}expected volume to be finite and not negative, found volume -1.0",
        values={"volume": {2: -1.0}},
    ),
    Bad(
        "unknown volume",
        f"{ROW_2}expected volume to be finite and not negative, found volume nan",
        values={"volume": {2: nan}},
    ),
    *(
        Bad(
            f"negative {name}",
            f"{ROW_2}expected {name} to be finite and not negative, or NaN where unknown, found {name} -0.5",
            values={name: {2: -0.5}},
        )
        for name in VALUES[5:]
    ),
    Bad(
        "infinite trades",
        f"{ROW_2}expected trades to be finite and not negative, or NaN where unknown, found trades inf",
        values={"trades": {2: inf}},
    ),
    Bad(
        "two of the same fault",
        f"{ROW_1}expected volume to be finite and not negative, found volume -2.0 (the first of 2 such rows)",
        values={"volume": {1: -2.0, 3: -1.0}},
    ),
    Bad(
        "unsorted",
        "BTCUSDT row 2 at 2024-01-01T00:15:00Z: expected open times to ascend, found it after 2024-01-01T00:30:00Z",
        times={1: START + 2 * QUARTER, 2: START + QUARTER},
    ),
    Bad(
        "identical twice",
        f"{TWICE}a row identical with row 1",
        times={2: START + QUARTER},
    ),
    Bad(
        "conflicting twice",
        f"{TWICE}a row conflicting with row 1",
        times={2: START + QUARTER},
        values={"volume": {2: 6.0}},
    ),
    Bad(
        "identical twice, one column unknown in both",
        f"{TWICE}a row identical with row 1",
        times={2: START + QUARTER},
        values={"trades": {1: nan, 2: nan}},
    ),
    Bad(
        "off the grid",
        "BTCUSDT row 2 at 2024-01-01T00:30:01Z: expected open times on the 15m grid, found one 1000 ms past it",
        times={2: START + 2 * QUARTER + 1_000},
    ),
    Bad(
        "microseconds",
        f"BTCUSDT row 2 at {START * 1_000} ms: expected open times in milliseconds since 1970, "
        f"before the year 10000, found {START * 1_000}",
        times={2: START * 1_000},
    ),
    Bad(
        "before 1970",
        "BTCUSDT row 0 at -900000 ms: expected open times in milliseconds since 1970, "
        "before the year 10000, found -900000",
        times={0: -QUARTER},
    ),
)


@pytest.mark.parametrize("case", BAD_BARS, ids=lambda case: case.name)
def test_bad_bars_are_refused_in_these_words(case: Bad) -> None:
    with pytest.raises(BadBars) as refused:
        check(candles(times=case.times, **case.values))
    assert str(refused.value) == case.text


@pytest.mark.parametrize(
    "good",
    [
        candles(),
        candles(0),
        candles(1),
        candles(times={3: START + 9 * QUARTER}),
        candles(volume={1: 0.0}, trades={1: nan, 2: 0.0}, quote_volume=dict.fromkeys(range(4), nan)),
        candles(open={1: 11.0}, high={1: 11.0}, low={1: 11.0}),
    ],
    ids=["plain", "none", "one", "gap", "unknown or no volumes", "flat"],
)
def test_good_bars_are_let_through(good: Candles) -> None:
    assert check(good) is good


def test_columns_are_contiguous_and_nan_where_absent() -> None:
    wide = np.arange(1.0, 31.0).reshape(3, 10)
    found = Candles.of("BTCUSDT", QUARTER, [1, 2, 3], dict.fromkeys(REQUIRED, wide[:, 2]))
    for name, column in found.columns().items():
        expected = [3.0, 13.0, 23.0] if name in REQUIRED else [nan] * 3
        np.testing.assert_array_equal(column, np.array(expected), strict=True)
        assert column.flags.c_contiguous
    assert found.open_time.dtype == np.int64


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"volume": None},
            "BTCUSDT: expected the columns open, high, low, close, volume, found no volume",
        ),
        ({"vwap": [1.0, 1.0]}, f"BTCUSDT: expected columns out of {', '.join(VALUES)}, found vwap"),
        ({"low": [1.0]}, "BTCUSDT: expected 2 rows in column low as in open_time, found 1"),
        ({"low": [[1.0], [1.0]]}, "BTCUSDT: expected 2 rows in column low as in open_time, found 2x1"),
    ],
)
def test_columns_that_do_not_fit_are_refused(change: Mapping[str, Any], text: str) -> None:
    changed = {name: column for name, column in (columns(2) | change).items() if column is not None}
    with pytest.raises(BadBars) as refused:
        Candles.of("BTCUSDT", QUARTER, [START, START + QUARTER], changed)
    assert str(refused.value) == text


@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        (START, START + 4 * QUARTER, (0, 4)),
        (START + 1, START + 2 * QUARTER, (1, 2)),
        (START + QUARTER, START + 2 * QUARTER + 1, (1, 3)),
        (0, START, (0, 0)),
        (START + 9 * QUARTER, START + 10 * QUARTER, (4, 4)),
    ],
)
def test_between_is_half_open(start: int, end: int, rows: tuple[int, int]) -> None:
    whole = candles()
    found = whole.between(start, end)
    assert found.open_time.tolist() == whole.open_time[slice(*rows)].tolist()
    assert len(found) == len(found.close) == rows[1] - rows[0]


def test_gaps_have_exact_ranges() -> None:
    holed = candles(times={1: START + 2 * QUARTER, 2: START + 3 * QUARTER, 3: START + 7 * QUARTER})
    assert gaps(holed) == (
        Gap(START + QUARTER, START + QUARTER, 1),
        Gap(START + 4 * QUARTER, START + 6 * QUARTER, 3),
    )
    assert gaps(candles()) == gaps(candles(0)) == ()


def test_only_facts_of_a_replay_have_a_key() -> None:
    with pytest.raises(TypeError, match=r"^expected a fact of a replay feed, found Heartbeat$"):
        key_of(Heartbeat(), START)


@pytest.mark.parametrize(
    ("length", "text"), [(MINUTE, "1m"), (QUARTER, "15m"), (240 * MINUTE, "4h"), (1_440 * MINUTE, "1d"), (90, "90ms")]
)
def test_timeframes_are_written_as_people_write_them(length: int, text: str) -> None:
    assert timeframe_text(length) == text


HEADER = b'{"format":1,"symbol":"BTCUSDT","timeframe":900000}'
FIVE = {name: [1.0] for name in REQUIRED}


@pytest.mark.parametrize(
    ("header", "table", "text"),
    [
        (None, {"open_time": [1], **FIVE}, "expected candles (metadata 'finantrade'), found other data"),
        (
            b"{}",
            {"open_time": [1], **FIVE},
            "expected the header of candles, found b'{}': Object missing required field",
        ),
        (
            HEADER.replace(b"1,", b"2,", 1),
            {"open_time": [1], **FIVE},
            "expected candles in format 1, found format 2",
        ),
        (HEADER, FIVE, "found no open_time"),
        (HEADER, {"open_time": [1], **FIVE, "low": [1]}, "found low int64"),
        (HEADER, {"open_time": [1], **FIVE, "vwap": [1.0]}, "found vwap double"),
        (HEADER, {"open_time": [1], **FIVE, "low": [None]}, "found low null"),
        (
            HEADER,
            {"open_time": [1, 2], **{name: [1.0, None] for name in REQUIRED}},
            "expected no nulls, found 1 in column open",
        ),
    ],
)
def test_other_parquet_files_are_refused(
    tmp_path: Path, header: bytes | None, table: dict[str, Any], text: str
) -> None:
    path = tmp_path / "a.parquet"
    metadata = {} if header is None else {b"finantrade": header}
    pq.write_table(pa.table(table).replace_schema_metadata(metadata), path)
    with pytest.raises(parquet.BadParquet) as refused:
        parquet.read(path)
    assert str(refused.value).startswith(f"{path}: expected ")
    assert text in str(refused.value)


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("time,open\n")
    with pytest.raises(parquet.BadParquet, match=r"a\.parquet: expected a Parquet file, found: "):
        parquet.read(path)


def manifest_of(entries: tuple[Any, ...], name: str = "mine") -> Manifest:
    return Manifest(
        name=name,
        title="Mine",
        synthetic=True,
        timeframe="15m",
        source="a test",
        licence="MIT",
        licence_file=None,
        symbols=entries,
    )


@pytest.fixture
def datadir(tmp_path: Path) -> Path:
    """Give a data directory with one good set, ``mine``, of one symbol."""
    folder = tmp_path / "mine"
    folder.mkdir()
    write_manifest(manifest_of((store(candles(times={3: START + 5 * QUARTER}), folder),)), folder)
    return tmp_path


def test_a_stored_set_is_loaded_as_it_was(datadir: Path) -> None:
    dataset = load("mine", datadir)
    assert list_datasets(datadir) == (dataset.manifest,)
    assert list(dataset.candles) == ["BTCUSDT"]
    found, stored = dataset.candles["BTCUSDT"], candles(times={3: START + 5 * QUARTER})
    assert found.open_time.tolist() == stored.open_time.tolist()
    assert {name: column.tolist() for name, column in found.columns().items()} == columns(4)
    assert describe(dataset.manifest) == (
        "mine (synthetic, 15m): Mine\n"
        "  BTCUSDT: 4 bars from 2024-01-01T00:00:00Z to 2024-01-01T01:15:00Z, 1 gaps of 2 bars\n"
    )


def edit(**changes: object) -> Callable[[Path], None]:
    """Return what changes fields of the manifest, ``symbol_*`` in its only symbol."""

    def apply(folder: Path) -> None:
        path = folder / "manifest.json"
        content = msgspec.json.decode(path.read_bytes())
        for name, value in changes.items():
            target, key = (content["symbols"][0], name[7:]) if name.startswith("symbol_") else (content, name)
            target[key] = value
        path.write_bytes(msgspec.json.encode(content))

    return apply


def replace_bars(folder: Path, bars: Candles) -> None:
    """Put other bars in place of the file, with a hash that agrees."""
    path = folder / "BTCUSDT-15m.parquet"
    parquet.write(bars, path)
    edit(symbol_sha256=sha256(path.read_bytes()).hexdigest())(folder)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda folder: (folder / "BTCUSDT-15m.parquet").unlink(), "BTCUSDT-15m.parquet: expected a file"),
        (
            lambda folder: (folder / "BTCUSDT-15m.parquet").write_bytes(b"other"),
            "BTCUSDT-15m.parquet: expected sha256 ",
        ),
        (
            lambda folder: (folder / "manifest.json").write_text("{"),
            "manifest.json: expected the manifest of a data set",
        ),
        (edit(colour="red"), "Object contains unknown field `colour`"),
        (edit(symbol_rows="4"), "Expected `int`, got `str` - at `$.symbols[0].rows`"),
        (edit(symbol_file="../secret"), "Expected `str` matching regex"),
        (edit(name="yours"), "manifest.json: expected the name of its folder, 'mine', found 'yours'"),
        (edit(licence_file="LICENSE"), "manifest.json: expected the licence file LICENSE beside it, found none"),
        (edit(timeframe="1h"), "BTCUSDT-15m.parquet: expected timeframe 1h, as manifest.json says, found 15m"),
        (edit(symbol_rows=5), "BTCUSDT-15m.parquet: expected rows 5, as manifest.json says, found 4"),
        (edit(symbol_symbol="BTC"), "BTCUSDT-15m.parquet: expected symbol BTC, as manifest.json says, found BTCUSDT"),
        (edit(symbol_gaps=[]), "BTCUSDT-15m.parquet: expected gaps (), as manifest.json says, found (Gap(start="),
        (
            lambda folder: replace_bars(folder, candles(low={1: nan})),
            "BTCUSDT-15m.parquet: BTCUSDT row 1 at 2024-01-01T00:15:00Z: expected low to be a finite price above zero",
        ),
        (lambda folder: replace_bars(folder, candles(0)), "BTCUSDT-15m.parquet: expected bars, found none"),
    ],
)
def test_a_spoiled_set_is_refused(datadir: Path, spoil: Callable[[Path], object], text: str) -> None:
    spoil(datadir / "mine")
    with pytest.raises(BadDataset) as refused:
        load("mine", datadir)
    assert str(refused.value).startswith(str(datadir / "mine"))
    assert text in str(refused.value)


def test_unknown_names_are_told_the_nearest(datadir: Path) -> None:
    where = str(datadir)
    for name, symbols, text in (
        ("mien", None, f"expected a data set of {where} (mine), found 'mien'; did you mean mine?"),
        ("../mine", None, f"expected a data set of {where} (mine), found '../mine'; did you mean mine?"),
        ("zzzz", None, f"expected a data set of {where} (mine), found 'zzzz'"),
        ("mine", ["BTCUSD"], "expected a symbol of data set mine (BTCUSDT), found 'BTCUSD'; did you mean BTCUSDT?"),
    ):
        with pytest.raises(UnknownData) as refused:
            load(name, datadir, symbols)
        assert str(refused.value) == text


def test_bundled_data_is_found_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "site-packages" / "finantrade"
    monkeypatch.setattr("finantrade.market.datasets.PACKAGE", package)
    with pytest.raises(BadDataset, match=r"^expected the bundled data in .*, found neither$"):
        bundled_datadir()
    shipped = package / "shipped" / "replay_data"
    (shipped / "mine").mkdir(parents=True)
    (shipped / "mine" / "manifest.json").touch()
    assert bundled_datadir() == shipped


def test_a_directory_without_data_says_so(tmp_path: Path) -> None:
    assert list_datasets(tmp_path) == ()
    with pytest.raises(UnknownData, match=r"\(it has none\), found 'mine'$"):
        load("mine", tmp_path)
