"""Loaders: every format as others write it, told by its content; and what is said of files that are none of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from math import isnan, nan
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from tests.series import KLINE_HEADER, START, assert_same, candle_rows, kline_lines, write_klines

from finantrade.domain.units import HOUR, MINUTE
from finantrade.market.findings import BadSeries, Fault
from finantrade.market.loaders.detect import Format, detect, load
from finantrade.market.loaders.epoch import Clock, TimeUnit, millis, unit_of
from finantrade.market.loaders.loading import Hints, Loaded
from finantrade.market.loaders.mapped import FileMapping, mapping_of, read_mapping
from finantrade.market.loaders.source import BadFile, open_source
from finantrade.market.normalise import normalise
from finantrade.market.raw import Policy
from finantrade.market.series import Kind
from finantrade.market.table import NO_TIME

SPOT = Hints(market="spot")


def read(path: Path, hints: Hints = SPOT, forced: Format | None = None, mapping: FileMapping | None = None) -> Loaded:
    """Load a file of one series."""
    (found,) = load(open_source(path), hints, forced, mapping)
    return found


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Klines


@pytest.mark.parametrize("scale", [1, 1_000], ids=["ms", "µs"])
@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_klines_of_the_archives(tmp_path: Path, scale: int, header: bool, zipped: bool) -> None:
    table = candle_rows(40)
    path = write_klines(tmp_path / "data/spot/monthly/klines", table, scale=scale, header=header, zipped=zipped)
    source = open_source(path)
    assert detect(source) is Format.BINANCE_KLINES
    (loaded,) = load(source, Hints())
    found = normalise(loaded.raw).table
    assert (loaded.venue, loaded.market) == ("binance", "spot")
    assert (found.symbol, found.interval) == ("BTCUSDT", 15 * MINUTE)
    np.testing.assert_array_equal(found.time, table.time)
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(found.values[name], table.values[name])
    extra = ("quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume")
    assert [found.values[name][3] for name in extra] == [50.5, 7, 2.5, 20.25]


@pytest.mark.parametrize(
    ("folder", "market", "kind"),
    [
        ("data/futures/um/daily/klines", "usdm", Kind.CANDLES),
        ("data/futures/um/daily/markPriceKlines", "usdm", Kind.MARK),
        ("data/futures/cm/daily/indexPriceKlines", "coinm", Kind.INDEX),
        ("data/futures/um/daily/premiumIndexKlines", "usdm", Kind.PREMIUM),
    ],
)
def test_folders_of_the_archive_say_what_klines_are_of(tmp_path: Path, folder: str, market: str, kind: Kind) -> None:
    loaded = read(write_klines(tmp_path / folder, candle_rows()), Hints())
    assert (loaded.market, loaded.raw.table.kind) == (market, kind)


@pytest.mark.parametrize(
    "name", ["BTCUSDT-15m-2024-01-31.CSV", "BTCUSDT-15m-2024-01.csv.gz", "BTCUSDT-15m-2024-01.txt"]
)
def test_names_are_read_whatever_they_end_in(tmp_path: Path, name: str) -> None:
    data = "\n".join(kline_lines(candle_rows())).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    table = read(tmp_path / name).raw.table
    assert (table.symbol, table.interval) == ("BTCUSDT", 15 * MINUTE)


def test_klines_need_to_be_told_what_they_do_not_say(tmp_path: Path) -> None:
    path = write_klines(tmp_path, candle_rows())
    with pytest.raises(BadFile, match="expected to be told the market, as neither path nor content say it: --market"):
        read(path, Hints())
    other = write_klines(tmp_path, candle_rows(), "mine")
    with pytest.raises(BadFile, match="expected to be told the symbol"):
        read(other)
    silent = write_klines(tmp_path, candle_rows(volume=dict.fromkeys(range(6), 0.0)), "BTCUSDT-1h-2024-01")
    with pytest.raises(BadFile, match="klines without volume may be candles, marks, indices or premiums: --series"):
        read(silent)
    assert read(silent, Hints(kind=Kind.MARK)).market == "usdm"


def test_premiums_are_known_by_their_sign(tmp_path: Path) -> None:
    changed = {"volume": dict.fromkeys(range(6), 0.0), "low": dict.fromkeys(range(6), -0.01)}
    loaded = read(write_klines(tmp_path, candle_rows(**changed)), Hints())
    assert (loaded.raw.table.kind, loaded.market) == (Kind.PREMIUM, "usdm")


def test_bad_lines_are_found_with_their_numbers(tmp_path: Path) -> None:
    lines = kline_lines(candle_rows(12))
    lines[2] = lines[2].replace(",", ",x", 1)
    lines[4] = "1,2,3"
    path = written(tmp_path / "BTCUSDT-15m-2024-01.csv", "\n".join([KLINE_HEADER, *lines]) + "\n")
    with pytest.raises(BadSeries) as refused:
        normalise(read(path).raw)
    (finding,) = refused.value.findings
    assert (finding.fault, finding.rows) == (Fault.UNREADABLE, 2)
    assert [one.where for one in finding.examples] == [f"{path}:4", f"{path}:6"]
    assert finding.examples[0].found.startswith("open 'x")
    assert finding.examples[1].found == "3 cells, not 12: '1,2,3'"
    left = normalise(read(path).raw, Policy(drop_bad=True))
    assert (len(left.table), len(left.gaps)) == (10, 2)
    np.testing.assert_array_equal(np.delete(candle_rows(12).time, [2, 4]), left.table.time)


def test_numbers_read_slowly_are_the_same_to_the_bit(tmp_path: Path) -> None:
    table = candle_rows(300)
    whole = read(write_klines(tmp_path / "a", table)).raw.table
    lines = [*kline_lines(table), "ragged"]
    slow = read(written(tmp_path / "b/BTCUSDT-15m-2024-01.csv", "\n".join(lines))).raw.table
    assert_same(slow, whole)


# Statistics, funding, trades

METRICS = """create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,\
sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio
2024-01-01 00:05:00,BTCUSDT,100.5,4200000.0,1.1,1.2,1.3,0.9
2024-01-01 00:10:00,BTCUSDT,101.5,4300000.0,,1.2,1.3,
2024-01-01 00:15:00,BTCUSDT,102.5,4400000.0,1.1,1.2,1.3,0.9
"""


def test_statistics_are_two_series(tmp_path: Path) -> None:
    path = written(tmp_path / "BTCUSDT-metrics-2024-01-01.csv", METRICS)
    interest, ratios = (one.raw for one in load(open_source(path), Hints()))
    assert [one.table.kind for one in (interest, ratios)] == [Kind.OPEN_INTEREST, Kind.RATIOS]
    found = normalise(interest).table
    assert (found.interval, found.time[0] - START, found.values["amount"][1]) == (5 * MINUTE, 5 * MINUTE, 101.5)
    other = normalise(ratios).table
    assert (isnan(other.values["taker"][1]), other.values["top_positions"][1]) == (True, 1.2)


def test_settled_funding(tmp_path: Path) -> None:
    rows = [f"{START + hours * HOUR + 3},{8 if hours else 4},-0.0001" for hours in (0, 8, 16)]
    text = "\n".join(["calc_time,funding_interval_hours,last_funding_rate", *rows])
    loaded = read(written(tmp_path / "BTCUSDT-fundingRate-2024-01.csv", text), Hints())
    found = normalise(loaded.raw).table
    assert (loaded.market, found.kind, found.interval) == ("usdm", Kind.FUNDING, 0)
    assert found.time.tolist() == [START, START + 8 * HOUR, START + 16 * HOUR]
    assert found.values["interval_h"].tolist() == [4, 8, 8]
    assert found.values["rate"].tolist() == [-0.0001] * 3


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("trades", [f"{7 + n},100.5,0.25,25.1,{(START + n) * 1000},True,True" for n in range(3)]),
        ("trades", ["id,price,qty,quote_qty,time,is_buyer_maker",
                    *(f"{7 + n},100.5,0.25,25.1,{START + n},true" for n in range(3))]),
        ("aggTrades", [f"{7 + n},100.5,0.25,1,2,{START + n},True,True" for n in range(3)]),
        ("aggTrades", ["agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
                       *(f"{7 + n},100.5,0.25,1,2,{START + n},true" for n in range(3))]),
    ],
)  # fmt: skip
def test_trades(tmp_path: Path, name: str, lines: list[str]) -> None:
    path = written(tmp_path / f"data/futures/um/BTCUSDT-{name}-2024-01-01.csv", "\n".join(lines))
    loaded = read(path, Hints())
    found = normalise(loaded.raw).table
    assert (loaded.market, found.symbol, found.kind) == ("usdm", "BTCUSDT", Kind.TRADES)
    assert found.time.tolist() == [START, START + 1, START + 2]
    assert [found.values[one][1] for one in found.values] == [100.5, 0.25, 1.0, 8.0]


# Freqtrade


@pytest.mark.parametrize(
    ("name", "market", "symbol", "kind"),
    [
        ("BTC_USDT-15m", "spot", "BTCUSDT", Kind.CANDLES),
        ("futures/BTC_USDT_USDT-15m-futures", "usdm", "BTCUSDT", Kind.CANDLES),
        ("futures/BTC_USD_BTC-15m-futures", "coinm", "BTCUSD", Kind.CANDLES),
        ("futures/ETH_USDT_USDT-15m-mark", "usdm", "ETHUSDT", Kind.MARK),
        ("futures/ETH_USDT_USDT-15m-funding_rate", "usdm", "ETHUSDT", Kind.FUNDING),
    ],
)
@pytest.mark.parametrize("suffix", ["feather", "json", "json.gz"])
def test_freqtrade(tmp_path: Path, name: str, market: str, symbol: str, kind: Kind, suffix: str) -> None:
    table = candle_rows(20, HOUR if kind is Kind.FUNDING else 15 * MINUTE)
    path = tmp_path / "kraken" / f"{name}.{suffix}"
    path.parent.mkdir(parents=True)
    columns = {one: table.values[one] for one in ("open", "high", "low", "close", "volume")}
    if suffix == "feather":
        stamps = pa.array(table.time * 1_000_000).cast(pa.timestamp("ns")).cast(pa.timestamp("ns", tz="UTC"))
        pa.feather.write_feather(pa.table({"date": stamps, **columns}), path)
    else:
        rows = [list(row) for row in zip(table.time.tolist(), *map(np.ndarray.tolist, columns.values()), strict=True)]
        data = json.dumps(rows).encode()
        path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    loaded = read(path, Hints())
    found = normalise(loaded.raw).table
    assert (loaded.venue, loaded.market, found.symbol, found.kind) == ("kraken", market, symbol, kind)
    np.testing.assert_array_equal(found.time, table.time)
    np.testing.assert_array_equal(found.values["rate" if kind is Kind.FUNDING else "open"], columns["open"])


def test_freqtrade_elsewhere_needs_to_be_told_the_exchange(tmp_path: Path) -> None:
    path = written(tmp_path / "BTC_USDT-15m.json", f"[[{START},1,1,1,1,1]]")
    with pytest.raises(BadFile, match="expected to be told the venue"):
        read(path, Hints())
    assert read(path, Hints(venue="okx")).venue == "okx"
    with pytest.raises(BadFile, match=r"expected a name such as BTC_USDT-15m\.feather, or --symbol"):
        read(path.rename(tmp_path / "trades-BTC.json"), Hints(venue="okx"))


# By a mapping

MAPPING = """
series: open_interest
venue: coinglass
market: usdm
symbol: BTC
time: {column: when}
columns: {value: close}
"""


def mapped(tmp_path: Path, more: str = "") -> FileMapping:
    return read_mapping(written(tmp_path / "mapping.yml", MAPPING + more))


def test_a_mapping_says_what_columns_are(tmp_path: Path) -> None:
    rows = [f"2024-01-01T{4 * n:02}:00:00,x,{n}.5" for n in range(5)]
    path = written(tmp_path / "oi.csv", "\n".join(["when,junk,close", *rows]))
    loaded = read(path, Hints(), mapping=mapped(tmp_path))
    assert (loaded.venue, loaded.market, loaded.raw.table.symbol) == ("coinglass", "usdm", "BTC")
    found = normalise(loaded.raw).table
    assert (found.interval, found.values["value"].tolist()) == (4 * HOUR, [0.5, 1.5, 2.5, 3.5, 4.5])
    cut = normalise(read(path, Hints(), mapping=mapped(tmp_path, "stamp: start\nskip_first: 1\nskip_last: 1")).raw)
    assert (cut.table.time - START).tolist() == [8 * HOUR, 12 * HOUR, 16 * HOUR]
    assert [one.fault for one in cut.findings] == [Fault.SKIPPED]


def test_a_mapping_of_parquet_with_a_zone(tmp_path: Path) -> None:
    table = pa.table({"when": pa.array(["2024-01-01 00:00", "2024-01-01 04:00"]), "close": [1, 2]})
    pa.parquet.write_table(table, tmp_path / "oi.parquet")
    mapping = read_mapping(
        written(tmp_path / "m.yml", MAPPING.replace("when}", "when, zone: Asia/Tokyo}") + "interval: 1h")
    )
    found = normalise(read(tmp_path / "oi.parquet", Hints(), mapping=mapping).raw).table
    assert found.time.tolist() == [START - 9 * HOUR, START - 5 * HOUR]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("series: candels", "Invalid enum value 'candels'"),
        (MAPPING + "colums: {}", "unknown field `colums`"),
        (MAPPING.replace("{value: close}", "{valeu: close}"),
         "expected for open_interest the columns amount, value, received, found valeu"),
        (MAPPING.replace("series: open_interest", "series: candles"), "found value, no open, no high"),
        ("[", "expected a mapping, found"),
    ],
)  # fmt: skip
def test_a_bad_mapping_is_refused(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(BadFile, match=error):
        read_mapping(written(tmp_path / "mapping.yml", text))


def test_a_mapping_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "date,o,h,l,c,volume\n2024-01-01,1,3,1,2,5\n")
    mapping = mapping_of("time=date, open=o,high=h,low=l,close=c,volume", Kind.CANDLES)
    loaded = read(path, Hints("mine", "spot", symbol="BTCUSDT", interval="1d"), mapping=mapping)
    table = normalise(loaded.raw).table
    assert (table.time.tolist(), table.interval) == ([START], 24 * HOUR)
    assert table.row(0) == {"open": 1.0, "high": 3.0, "low": 1.0, "close": 2.0, "volume": 5.0}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("open=o", "expected a column of the time, time=THEIRS, found open"),
        ("time=t,=x", "expected OURS=THEIRS,…, each once, found '=x'"),
        ("time=t,time=u", "each once, found 'time=u'"),
        ("time=t,open=o", "expected for candles the columns open, high, low, close, volume, .*found no high"),
        ("time=t,opne=o", "found opne, no open"),
    ],
)
def test_a_bad_mapping_in_one_line_is_refused(text: str, error: str) -> None:
    with pytest.raises(BadFile, match=error):
        mapping_of(text, Kind.CANDLES)


# What is none of them


def zip_of(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "x")

    return write


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "found an empty file: a mapping says"),
        (b"a,b,c\n1,2,3\n", "found a, b, c: a mapping says what other columns are"),
        (b"PAR1xxx", "found Parquet: a mapping says"),
        (b"ARROW1 and no more", "expected a Feather file, found"),
        (b"[[1,2]]", "expected rows of date, open, high, low, close, volume, found"),
        (b"[]", "expected rows of date, open, high, low, close, volume, found none"),
        (b"{}", "expected rows of date"),
        (b"PK\x03\x04 no archive", "expected an archive that can be unpacked"),
        (b"\x1f\x8b no archive", "expected an archive that can be unpacked"),
        (zip_of("a.csv", "b.csv"), "expected one file in the archive, found 2"),
        (b"calc_time,last_funding_rate\n", "expected rows, found none"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes | Callable[[Path], None], error: str) -> None:
    path = tmp_path / "BTCUSDT-15m-2024-01.csv"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    with pytest.raises((BadFile, BadSeries), match=error):
        normalise(read(path).raw)


def test_a_file_that_is_not_there_and_one_that_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="expected a file that can be read, found: No such file"):
        open_source(tmp_path / "none.csv")
    path = write_klines(tmp_path, candle_rows(100), zipped=True)
    packed = path.stat().st_size
    assert len(open_source(path).data) > packed
    with pytest.raises(BadFile, match=f"expected at most {packed:,} bytes, unpacked, found more"):
        open_source(path, packed)


# Times


@pytest.mark.parametrize(
    ("values", "unit"),
    [([START // 1000], "s"), ([START], "ms"), ([START * 1000], "us"), ([START * 10**6], "ns"),
     ([START, START * 1000, START * 1000], "us"), ([0, START], "s")],
)  # fmt: skip
def test_the_unit_is_what_most_rows_are_of(values: list[int], unit: str) -> None:
    assert unit_of(np.array(values)) == unit


@pytest.mark.parametrize(
    ("column", "clock", "expected"),
    [
        (["2024-01-01", "2024-01-01T01:00:00Z", "x", None], Clock(), [0, HOUR, None, None]),
        (["2024-01-01 00:00:00+02:00"], Clock(), [-2 * HOUR]),
        (["2024-03-31 02:30", "2024-01-01 00:00"], Clock(zone="Europe/Berlin"), [None, -HOUR]),
        (["31/12/2023 23:00"], Clock(format="%d/%m/%Y %H:%M"), [-HOUR]),
        ([str(START), "nothing", str(START + 1)], Clock(), [0, None, 1]),
        ([float(START), nan, float(START + 5)], Clock(), [0, None, 5]),
        ([START // 1000, START // 1000 + 1], Clock(TimeUnit.S), [0, 1000]),
        ([START * 1000 + 999], Clock(), [0]),
        ([True], Clock(), [None]),
    ],
)
def test_times_of_every_kind(column: list[object], clock: Clock, expected: list[int | None]) -> None:
    found = millis(pa.chunked_array([pa.array(column)]), clock)
    assert found.tolist() == [NO_TIME if one is None else START + one for one in expected]
