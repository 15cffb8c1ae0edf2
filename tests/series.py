"""Small series for tests: rows that are acceptable, files that others write, and a place in a store for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from finantrade.domain.units import MINUTE, Millis
from finantrade.market.findings import Origin
from finantrade.market.place import Place
from finantrade.market.raw import Raw
from finantrade.market.series import SERIES, Kind
from finantrade.market.store.manifest import SourceEntry
from finantrade.market.table import Table

START = 1_704_067_200_000
"""2024-01-01T00:00Z, a Monday."""
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ABSENT = f"no real data in {SHARED}"
KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)
PLACE = Place("binance", "spot", Kind.CANDLES, "BTCUSDT", "15m")


def candle_rows(
    rows: int = 6, interval: Millis = 15 * MINUTE, start: Millis = START, seed: int = 0, **changed: Mapping[int, float]
) -> Table:
    """Return candles of a random walk; every further argument replaces values by row, ``time`` too."""
    random = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.002, rows))), 2)
    opened = np.concatenate(([100.0], close[:-1]))[:rows]
    values = {
        "open": opened,
        "high": np.maximum(opened, close) + 0.25,
        "low": np.minimum(opened, close) - 0.25,
        "close": close,
        "volume": np.round(random.lognormal(2, 1, rows), 3),
    }
    times = start + np.arange(rows, dtype=np.int64) * interval
    for name, cells in changed.items():
        for row, value in cells.items():
            (times if name == "time" else values[name])[row] = value
    return Table.of(Kind.CANDLES, "BTCUSDT", interval, times, values)


def raw(table: Table, file: str = "mine.csv") -> Raw:
    """Return rows as if a loader had read them from a text file with a header."""
    return Raw(table, Origin(file, 2))


def rows_of(kind: Kind, times: Sequence[int], interval: Millis = 0, symbol: str = "BTCUSDT", **columns: Any) -> Table:
    """Return rows of any kind."""
    return Table.of(kind, symbol, interval, times, columns)


def entry(name: str = "mine.csv", rows: int = 1) -> SourceEntry:
    """Return where rows are said to be from."""
    return SourceEntry(name, sha256(name.encode()).hexdigest(), rows)


def assert_same(found: Table, expected: Table) -> None:
    """Compare everything; NaN equals NaN."""
    assert (found.kind, found.symbol, found.interval) == (expected.kind, expected.symbol, expected.interval)
    np.testing.assert_array_equal(found.time, expected.time, strict=True)
    assert list(found.values) == list(SERIES[expected.kind].names)
    for name, column in expected.values.items():
        np.testing.assert_array_equal(found.values[name], column, err_msg=name)


def kline_lines(table: Table, scale: int = 1) -> list[str]:
    """Return candles as lines of Binance's archives; ``scale`` 1000 for microseconds."""
    columns = [table.values[name] for name in ("open", "high", "low", "close", "volume")]
    return [
        ",".join([str(time * scale), *map(repr, cells), str((time + table.interval) * scale - 1), "50.5,7,2.5,20.25,0"])
        for time, *cells in zip(table.time.tolist(), *(column.tolist() for column in columns), strict=True)
    ]


def write_klines(folder: Path, table: Table, name: str = "BTCUSDT-15m-2024-01", *, scale: int = 1, header: bool = False,
                 zipped: bool = False) -> Path:  # fmt: skip
    """Write candles as a file of Binance's archives."""
    lines = [KLINE_HEADER] * header + kline_lines(table, scale)
    text = "\n".join(lines) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{'zip' if zipped else 'csv'}"
    if zipped:
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.csv", text)
    else:
        path.write_text(text)
    return path
