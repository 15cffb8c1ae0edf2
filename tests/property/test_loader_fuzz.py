"""Loaders before damaged files: bytes flipped, cut, repeated and put in. Only their own errors ever come out."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from itertools import product
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.series import KLINE_HEADER, SHARED, START, candle_rows, kline_lines

from finantrade.domain.units import HOUR, MINUTE
from finantrade.market.findings import BadSeries
from finantrade.market.loaders.detect import Format, load
from finantrade.market.loaders.loading import Hints
from finantrade.market.loaders.mapped import FileMapping, TimeMapping
from finantrade.market.loaders.source import BadFile, open_source
from finantrade.market.normalise import normalise
from finantrade.market.raw import Policy
from finantrade.market.series import Kind

ROWS = candle_rows(12)
MAPPING = FileMapping(
    series=Kind.CANDLES,
    time=TimeMapping("date", zone="Europe/Berlin"),
    columns={name: name for name in ("open", "high", "low", "close", "volume")},
    stamp=None,
)


def packed(text: str) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("klines.csv", text)
    return out.getvalue()


def arrow_table() -> pa.Table:
    stamps = pa.array(ROWS.time * 1_000_000).cast(pa.timestamp("ns"))
    names = ("open", "high", "low", "close", "volume")
    return pa.table({"date": stamps, **{name: ROWS.values[name] for name in names}})


def feather() -> bytes:
    out = BytesIO()
    pa.feather.write_feather(arrow_table(), out)
    return out.getvalue()


def parquet() -> bytes:
    out = BytesIO()
    pa.parquet.write_table(arrow_table(), out)
    return out.getvalue()


KLINES = "\n".join(kline_lines(ROWS))
JSON = json.dumps([[time, 1, 2, 0.5, 1.5, 7] for time in ROWS.time.tolist()]).encode()
FUNDING = "calc_time,funding_interval_hours,last_funding_rate\n" + "\n".join(
    f"{START + n * 8 * HOUR},8,0.0001" for n in range(6)
)
METRICS = "create_time,symbol,sum_open_interest,count_long_short_ratio\n" + "\n".join(
    f"2024-01-01 00:{5 * n:02}:00,BTCUSDT,1{n}.5,0.{n}" for n in range(9)
)
TRADES = "\n".join(f"{n},10.5,0.1,1.05,{START + n * MINUTE},True,True" for n in range(9))
TABLE = "date,open,high,low,close,volume\n" + "\n".join(f"2024-01-01 0{n}:00,1,2,0.5,1.5,9" for n in range(9))
SEEDS: dict[str, tuple[Format, bytes]] = {
    "klines": (Format.BINANCE_KLINES, KLINES.encode()),
    "klines with a header": (Format.BINANCE_KLINES, f"{KLINE_HEADER}\n{KLINES}".encode()),
    "klines in a zip": (Format.BINANCE_KLINES, packed(KLINES)),
    "funding": (Format.BINANCE_FUNDING, FUNDING.encode()),
    "metrics": (Format.BINANCE_METRICS, METRICS.encode()),
    "trades": (Format.BINANCE_TRADES, TRADES.encode()),
    "feather": (Format.FREQTRADE_FEATHER, feather()),
    "json": (Format.FREQTRADE_JSON, JSON),
    "json in gzip": (Format.FREQTRADE_JSON, gzip.compress(JSON)),
    "csv by a mapping": (Format.MAPPED, TABLE.encode()),
    "parquet by a mapping": (Format.MAPPED, parquet()),
}
SCRAPS = [b"", b",", b"\n", b'"', b"\x00", b"\xff\xfe", b"nan", b"-1", b"1e999", b"9" * 40, b"\r", b"null", b"[", b"{}"]


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 12) | st.integers(0, len(data)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:start] + draw(st.sampled_from(SCRAPS)) + data[start:]
            case 1:
                data = data[:start] + data[start + length :]
            case 2:
                data = data[:start] + data[start : start + length] + data[start:]
            case 3:
                data = data[:start] + draw(st.binary(max_size=4)) + data[start + 1 :]
            case _:
                data = data[:start]
    return data


def swallow(path: Path, format_: Format | None) -> None:
    """Load and judge a file, both ways; only what loaders and checks say of bad files may come out."""
    hints = Hints("binance", "usdm", symbol="BTCUSDT")
    mapping = MAPPING if format_ in (Format.MAPPED, None) else None
    said: list[str] = []
    try:
        loaded = load(open_source(path), hints, format_, mapping)
    except BadFile as error:
        loaded = []
        said.append(str(error))
    for one, policy in product(loaded, (Policy(), Policy(drop_bad=True))):
        try:
            found = normalise(one.raw, policy)
        except BadSeries as error:
            said.append(str(error))
        else:
            msgspec.json.encode(found.findings)
            assert (found.table.time[1:] >= found.table.time[:-1]).all()
    assert all(str(path) in text for text in said)


@pytest.mark.parametrize("name", SEEDS)
@given(data=st.data())
def test_only_their_own_errors_come_out(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    format_, seed = SEEDS[name]
    path = tmp_path_factory.mktemp("fuzz", numbered=True) / "BTC_USDT-15m.bin"
    path.write_bytes(data.draw(mutated(seed)))
    swallow(path, data.draw(st.sampled_from([format_, *Format])))


REAL = (
    "freqtrade/futures/BTC_USDT_USDT-8h-funding_rate.feather",
    "binance_csv/BTCUSDT-1m-2020-12-01.csv",
    "sentiment/fear_greed.parquet",
)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no real data in {SHARED}")
@pytest.mark.parametrize("name", REAL)
@given(data=st.data())
def test_damaged_real_files_give_only_their_own_errors(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    seed = (SHARED / name).read_bytes()
    path = tmp_path_factory.mktemp("fuzz", numbered=True) / "BTC_USDT-15m.bin"
    path.write_bytes(data.draw(mutated(seed)))
    swallow(path, data.draw(st.none() | st.sampled_from(list(Format))))
