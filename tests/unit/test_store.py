"""The store: what a write does, what it refuses, what a broken store says, and that nothing leaves its folder."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from math import nan
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.series import PLACE, START, assert_same, candle_rows, entry, rows_of, write_klines

from finantrade.domain.units import DAY, MINUTE
from finantrade.market.candles import Gap
from finantrade.market.datasets import UnknownData, load
from finantrade.market.importing import Instructions, files_below, import_file
from finantrade.market.loaders.loading import Hints
from finantrade.market.loaders.source import BadFile
from finantrade.market.manifest import BadDataset
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.faults import NotStored, StoreBusy, StoreConflict, StoreError
from finantrade.market.store.files import LOCK, locked
from finantrade.market.store.manifest import MANIFEST, read_manifest
from finantrade.market.store.reading import list_series, read, read_verified, troubles
from finantrade.market.store.writing import OnConflict, Written, write
from finantrade.market.table import Table, joined

QUARTER = 15 * MINUTE
TWO_MONTHS = candle_rows(50 * 96)
FEBRUARY = 31 * 96


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    done = write(tmp_path, PLACE, TWO_MONTHS, entry())
    assert done == Written(added=4_800, months=("2024-01", "2024-02"))
    assert_same(read(tmp_path, PLACE), TWO_MONTHS)
    manifest, verified = read_verified(tmp_path, PLACE)
    assert_same(verified, TWO_MONTHS)
    assert [(part.month, part.rows) for part in manifest.parts] == [("2024-01", 2_976), ("2024-02", 1_824)]
    assert manifest.sources == (entry(),)
    assert list(troubles(tmp_path, PLACE)) == []
    assert names_in(tmp_path / PLACE.path) == {MANIFEST, LOCK, *(part.file for part in manifest.parts)}


def test_a_range_touches_only_its_months_and_columns(tmp_path: Path) -> None:
    write(tmp_path, PLACE, TWO_MONTHS, entry())
    january = next((tmp_path / PLACE.path).glob("2024-01-*"))
    january.write_bytes(b"broken")
    begin = START + 40 * DAY
    found = read(tmp_path, PLACE, begin, begin + DAY, ["close"])
    assert (len(found), int(found.time[0]), int(found.time[-1])) == (96, begin, begin + DAY - QUARTER)
    np.testing.assert_array_equal(found.values["close"], TWO_MONTHS.between(begin, begin + DAY).values["close"])
    assert np.isnan(found.values["open"]).all()
    with pytest.raises(StoreError, match=f"{january.name}: expected the rows of {PLACE} 2024-01, found"):
        read(tmp_path, PLACE)


def test_the_same_rows_again_change_nothing(tmp_path: Path) -> None:
    write(tmp_path, PLACE, TWO_MONTHS, entry())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / PLACE.path).iterdir()}
    assert write(tmp_path, PLACE, TWO_MONTHS.take(slice(10, 3_000)), entry()) == Written(identical=2_990)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / PLACE.path).iterdir()} == before


def test_what_was_not_known_is_completed(tmp_path: Path) -> None:
    bare = candle_rows()
    full = Table.of(Kind.CANDLES, "BTCUSDT", QUARTER, bare.time, {**bare.values, "trades": [7.0] * 6})
    write(tmp_path, PLACE, bare, entry("a"))
    done = write(tmp_path, PLACE, full.take(slice(2, 4)), entry("b"))
    assert (done.completed, done.added, done.identical) == (2, 0, 0)
    found = read(tmp_path, PLACE).values["trades"]
    np.testing.assert_array_equal(found, [nan, nan, 7, 7, nan, nan])
    assert write(tmp_path, PLACE, bare, entry("a")).identical == 6


def other(rows: int = 6) -> Table:
    """Return candles of which one differs."""
    return candle_rows(rows, close={3: 100.125}, high={3: 111.5})


def test_rows_that_differ_are_refused_and_both_shown(tmp_path: Path) -> None:
    write(tmp_path, PLACE, candle_rows(), entry("a"))
    with pytest.raises(StoreConflict) as refused:
        write(tmp_path, PLACE, joined(other(), candle_rows(1, start=START + 40 * DAY)), entry("b.csv"))
    first, second = str(refused.value).splitlines()
    assert first == f"b.csv: expected the rows that {PLACE} has, found 1 that differ in one month"
    stands = candle_rows().row(3)
    assert second == (
        f"  2024-01-01T00:45:00Z: there high {stands['high']!r}, close {stands['close']!r};"
        " here high 111.5, close 100.125"
    )
    assert_same(read(tmp_path, PLACE), candle_rows())
    assert read_manifest(tmp_path, PLACE).sources == (entry("a"),)


@pytest.mark.parametrize(("policy", "close"), [(OnConflict.KEEP, None), (OnConflict.REPLACE, 100.125)])
def test_one_of_two_stands_and_the_other_is_recorded(tmp_path: Path, policy: OnConflict, close: float | None) -> None:
    write(tmp_path, PLACE, candle_rows(), entry("a"))
    for _ in range(2):
        write(tmp_path, PLACE, other(), entry("b"), on_conflict=policy)
    found = read(tmp_path, PLACE)
    assert found.values["close"][3] == (candle_rows().values["close"][3] if close is None else close)
    (revision,) = read_manifest(tmp_path, PLACE).revisions
    rows = [candle_rows().row(3), other().row(3)]
    expected = rows if policy is OnConflict.KEEP else rows[::-1]
    assert [revision.stands, revision.other] == expected
    assert (revision.time, revision.source) == (START + 3 * QUARTER, "b")
    assert list(troubles(tmp_path, PLACE)) == []


def test_gaps_are_told_over_the_turn_of_a_month(tmp_path: Path) -> None:
    kept = np.r_[0:5, 8 : FEBRUARY - 1, FEBRUARY + 2 : 4_800]
    write(tmp_path, PLACE, TWO_MONTHS.take(kept), entry())
    assert read_manifest(tmp_path, PLACE).gaps() == (
        Gap(START + 5 * QUARTER, START + 7 * QUARTER, 3),
        Gap(START + (FEBRUARY - 1) * QUARTER, START + (FEBRUARY + 1) * QUARTER, 3),
    )


def test_invented_rows_are_not_mixed_with_recorded_ones(tmp_path: Path) -> None:
    write(tmp_path, PLACE, candle_rows(), entry(), synthetic=True)
    with pytest.raises(StoreError, match="expected synthetic rows, as there are, found recorded ones"):
        write(tmp_path, PLACE, candle_rows(), entry())


def test_events_of_one_millisecond_are_told_apart(tmp_path: Path) -> None:
    place = Place("binance", "usdm", Kind.LIQUIDATION_EVENTS, "BTCUSDT", "irregular")
    columns = {"side": [1, -1], "price": [10, 11], "quantity": [1, 1]}
    events = rows_of(Kind.LIQUIDATION_EVENTS, [START, START], **columns)
    more = rows_of(Kind.LIQUIDATION_EVENTS, [START, START], side=[1, 1], price=[10, 12], quantity=[1, 1])
    assert write(tmp_path, place, events, entry("a")).added == 2
    done = write(tmp_path, place, more, entry("b"))
    assert (done.added, done.identical, len(read(tmp_path, place))) == (1, 1, 3)


def test_of_rows_received_twice_the_earliest_is_kept(tmp_path: Path) -> None:
    place = Place("alternative.me", "crypto", Kind.SENTIMENT, "BTC", "1d")
    for received, kept in (
        (nan, nan),
        (START + 9, START + 9),
        (START + 5, START + 5),
        (START + 7, START + 5),
        (nan, START + 5),
    ):
        rows = rows_of(Kind.SENTIMENT, [START], DAY, "BTC", value=[50], received=[received])
        write(tmp_path, place, rows, entry(str(received)))
        np.testing.assert_array_equal(read(tmp_path, place).values["received"], [kept])


def test_what_completes_a_row_is_not_known_before_it_was_received(tmp_path: Path) -> None:
    place = Place("binance", "usdm", Kind.RATIOS, "BTCUSDT", "5m")
    for received, cells, kept in (
        (START + 5, {"accounts": [1.5]}, START + 5),
        (START + 9, {"taker": [1.25]}, START + 9),
        (START + 5, {"accounts": [1.5]}, START + 9),
        (nan, {"accounts": [1.5], "taker": [1.25]}, START + 9),
        (nan, {"accounts": [1.5], "taker": [1.25], "top_accounts": [2]}, nan),
    ):
        rows = rows_of(Kind.RATIOS, [START], 5 * MINUTE, received=[received], **cells)
        write(tmp_path, place, rows, entry(f"{received} {cells}"))
        np.testing.assert_array_equal(read(tmp_path, place).values["received"], [kept])


# Two at once


def test_a_second_writer_waits_and_then_gives_up(tmp_path: Path) -> None:
    handle = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(StoreBusy, match="found another process writing there"), locked(tmp_path, wait_s=0.1):
        pass
    os.close(handle)
    with locked(tmp_path, wait_s=0.1):
        assert names_in(tmp_path) == {LOCK}


def test_a_reader_whose_month_is_replaced_reads_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, PLACE, TWO_MONTHS.take(slice(0, 100)), entry("a"))
    stale = read_manifest(tmp_path, PLACE)
    write(tmp_path, PLACE, TWO_MONTHS.take(slice(100, 200)), entry("b"))
    seen = [stale]

    def once_stale(root: Path, place: Place) -> object:
        return seen.pop() if seen else read_manifest(root, place)

    monkeypatch.setattr("finantrade.market.store.reading.read_manifest", once_stale)
    assert len(read(tmp_path, PLACE)) == 200
    assert not seen


def test_what_a_killed_writer_left_behind_is_swept(tmp_path: Path) -> None:
    write(tmp_path, PLACE, candle_rows(), entry("a"))
    folder = tmp_path / PLACE.path
    for name in (".draft-7-manifest.json", "2024-01-0123456789abcdef.parquet"):
        (folder / name).write_bytes(b"half")
    (folder / "notes.txt").write_text("mine")
    write(tmp_path, PLACE, candle_rows(), entry("a"))
    part = read_manifest(tmp_path, PLACE).parts[0].file
    assert names_in(folder) == {MANIFEST, LOCK, "notes.txt", part}


# Broken


def changed(path: Path, **values: object) -> None:
    document = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode(document | values))


BREAKS: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: (folder / MANIFEST).write_bytes(b"{"), "expected the manifest of a series, found: "),
    (lambda folder: changed(folder / MANIFEST, format=2), "expected format 1, found 2: newer software wrote it"),
    (lambda folder: changed(folder / MANIFEST, extra=1), "unknown field `extra`"),
    (lambda folder: changed(folder / MANIFEST, parts=[{"month": "2024-01", "file": "../../../etc/passwd"}]),
     "matching regex"),
    (lambda folder: changed(folder / MANIFEST, place={**msgspec.to_builtins(PLACE), "symbol": "../x"}),
     "expected a symbol of letters"),
    (lambda folder: changed(folder / MANIFEST, place={**msgspec.to_builtins(PLACE), "symbol": "ETH"}),
     "expected the manifest of binance/spot/candles/BTCUSDT/15m, found binance/spot/candles/ETH/15m"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "text"), BREAKS)
def test_a_broken_manifest_is_named(tmp_path: Path, damage: Callable[[Path], object], text: str) -> None:
    write(tmp_path, PLACE, candle_rows(), entry())
    good = msgspec.structs.replace(PLACE, symbol="ETHUSDT")
    write(tmp_path, good, of_symbol(candle_rows(), "ETHUSDT"), entry())
    damage(tmp_path / PLACE.path)
    broken, fine = list_series(tmp_path)
    assert (broken.manifest, fine.manifest is not None) == (None, True)
    assert text in broken.trouble
    assert str(tmp_path / PLACE.path) in broken.trouble
    with pytest.raises(StoreError, match=r"expected|unknown"):
        read(tmp_path, PLACE)
    assert len(list(troubles(tmp_path, PLACE))) == 1


def of_symbol(table: Table, symbol: str) -> Table:
    return Table.of(table.kind, symbol, table.interval, table.time, table.values)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "expected sha256 "),
        (lambda path: path.unlink(), "expected a file, as manifest.json says, found none"),
    ],
)
def test_a_damaged_month_is_found(tmp_path: Path, damage: Callable[[Path], object], text: str) -> None:
    write(tmp_path, PLACE, TWO_MONTHS, entry())
    path = next((tmp_path / PLACE.path).glob("2024-02-*"))
    damage(path)
    (trouble,) = troubles(tmp_path, PLACE)
    assert trouble.startswith(f"{path}: {text}")
    with pytest.raises(StoreError, match=text):
        read_verified(tmp_path, PLACE)


def test_figures_of_the_manifest_are_compared(tmp_path: Path) -> None:
    write(tmp_path, PLACE, TWO_MONTHS, entry())
    parts = msgspec.to_builtins(read_manifest(tmp_path, PLACE).parts)
    changed(tmp_path / PLACE.path / MANIFEST, parts=[{**parts[0], "rows": 7}, parts[1]])
    (trouble,) = troubles(tmp_path, PLACE)
    assert "expected 7 rows, 0 gaps, as manifest.json says, found 2976 rows, 0 gaps" in trouble


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotStored, match="expected a series in"):
        read(tmp_path, PLACE)
    assert list_series(tmp_path / "nowhere") == []


# Importing, and replaying what was imported


def spot(path: Path, root: Path) -> int:
    (found,) = import_file(path, root, Instructions(hints=Hints(market="spot")))
    return found.added


def test_files_are_taken_in_one_by_one(tmp_path: Path) -> None:
    files, root = tmp_path / "files", tmp_path / "store"
    write_klines(files, TWO_MONTHS.take(slice(0, FEBRUARY)), zipped=True)
    write_klines(files, TWO_MONTHS.take(slice(FEBRUARY - 10, 4_800)), "BTCUSDT-15m-2024-02")
    (files / "readme.md").write_text("not data")
    assert [spot(path, root) for path in files_below([files])] == [FEBRUARY, 1_824]
    assert_columns(read(root, PLACE), TWO_MONTHS)
    assert [spot(path, root) for path in files_below([files])] == [0, 0]
    assert len(read_manifest(root, PLACE).sources) == 2


def assert_columns(found: Table, expected: Table) -> None:
    np.testing.assert_array_equal(found.time, expected.time)
    np.testing.assert_array_equal(found.values["close"], expected.values["close"])


def test_a_directory_without_files_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"expected files of \.csv, .*, found none"):
        list(files_below([tmp_path]))


def test_a_checksum_beside_a_file_is_compared(tmp_path: Path) -> None:
    path = write_klines(tmp_path, candle_rows())
    beside = path.with_name(path.name + ".CHECKSUM")
    beside.write_text(f"{'0' * 64}  {path.name}\n")
    with pytest.raises(BadFile, match=rf"expected sha256 {'0' * 64}, as {beside.name} says, found"):
        spot(path, tmp_path / "store")


def test_stored_candles_are_a_data_set(tmp_path: Path) -> None:
    table = TWO_MONTHS.take(np.r_[0:100, 110:4_800])
    write(tmp_path, PLACE, table, entry(), synthetic=True)
    dataset = load("store:binance/spot", tmp_path, timeframe="15m")
    assert (dataset.manifest.name, dataset.manifest.synthetic) == ("store:binance/spot", True)
    (symbol,) = dataset.manifest.symbols
    assert (symbol.rows, symbol.gaps[0].bars, len(symbol.sha256)) == (4_790, 10, 64)
    candles = dataset.candles["BTCUSDT"]
    assert_same(Table.of_candles(candles), table)
    assert candles.open.flags.writeable


@pytest.mark.parametrize(
    ("name", "symbols", "timeframe", "text"),
    [
        ("store:binance", None, "15m", "expected a data set such as store:binance/usdm, found 'store:binance'"),
        ("store:binance/spot", None, None, "expected a timeframe of store:binance/spot, found none"),
        ("store:binance/spot", ["BTCUSD"], "15m", "expected a symbol of binance/spot .BTCUSDT., found 'BTCUSD'; did"),
        ("store:binance/spot", None, "1h", "expected candles of 1h of binance/spot in .*, found binance/spot/candles/"),
        ("store:../spot", None, "15m", "expected candles of 15m of ../spot"),
    ],
)
def test_a_data_set_that_is_not_stored(
    tmp_path: Path, name: str, symbols: list[str] | None, timeframe: str | None, text: str
) -> None:
    write(tmp_path, PLACE, candle_rows(), entry())
    with pytest.raises(UnknownData, match=text):
        load(name, tmp_path, symbols, timeframe)


def test_a_replay_from_the_store_loads_no_pandas(tmp_path: Path) -> None:
    write(tmp_path, PLACE, candle_rows(), entry())
    script = (
        "import sys; from pathlib import Path; from finantrade.market.datasets import load;"
        "load('store:binance/spot', Path(sys.argv[1]), ['BTCUSDT'], '15m'); print('pandas' in sys.modules)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_damaged_month_is_not_replayed(tmp_path: Path) -> None:
    write(tmp_path, PLACE, candle_rows(), entry())
    next((tmp_path / PLACE.path).glob("2024-01-*")).write_bytes(b"x")
    with pytest.raises(BadDataset, match="expected sha256"):
        load("store:binance/spot", tmp_path, timeframe="15m")
