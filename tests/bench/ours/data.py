"""Market data at rest: a big CSV of klines read and judged beside a bare pandas, and the store written and read."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from finantrade.domain.units import MINUTE
from finantrade.market.loaders.detect import load
from finantrade.market.loaders.loading import Hints
from finantrade.market.loaders.source import open_source
from finantrade.market.normalise import Normalised, normalise
from finantrade.market.place import Place
from finantrade.market.resample import folded
from finantrade.market.series import Kind
from finantrade.market.store.manifest import SourceEntry
from finantrade.market.store.reading import read, read_verified
from finantrade.market.store.writing import write

START = 1_577_836_800_000
TIMES = 7
SIX = ("open", "high", "low", "close", "volume")
PLACE = Place("bench", "spot", Kind.CANDLES, "BTCUSDT", "1m")


def write_csv(path: Path, rows: int) -> None:
    """Write klines as the exchange's archives have them: a header and twelve columns."""
    random = np.random.default_rng(7)
    close = np.round(40_000 * np.exp(np.cumsum(random.normal(0, 1e-4, rows))), 2)
    opened = np.concatenate(([40_000.0], close[:-1]))
    volume = np.round(random.lognormal(3, 1, rows), 3)
    times = START + np.arange(rows) * MINUTE
    columns = {
        "open_time": times,
        "open": opened,
        "high": np.round(np.maximum(opened, close) * 1.0002, 2),
        "low": np.round(np.minimum(opened, close) * 0.9998, 2),
        "close": close,
        "volume": volume,
        "close_time": times + MINUTE - 1,
        "quote_volume": np.round(volume * close, 5),
        "count": random.integers(1, 3_000, rows),
        "taker_buy_volume": np.round(volume / 2, 3),
        "taker_buy_quote_volume": np.round(volume * close / 2, 5),
        "ignore": np.zeros(rows, dtype=np.int64),
    }
    pa.csv.write_csv(pa.table(columns), path)


def bars(path: Path) -> Normalised:
    """Read, normalise and validate, as an import does."""
    (loaded,) = load(open_source(path), Hints(market="spot"))
    return normalise(loaded.raw)


def seconds(run: Callable[[], object]) -> float:
    """Return how long it takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def best(run: Callable[[], object]) -> float:
    """Return the shortest of several times."""
    return min(seconds(run) for _ in range(TIMES))


def reading(path: Path, rows: int) -> dict[str, float]:
    """Compare with a bare read of the same file, in turn: what is told is the median of the ratios."""
    pairs = [
        (seconds(lambda: bars(path)), seconds(lambda: pd.read_csv(path, engine="pyarrow"))) for _ in range(TIMES + 1)
    ]
    warm = pairs[1:]
    assert len(bars(path).table) == rows
    return {
        "read_s": min(own for own, _ in warm),
        "pandas_s": min(bare for _, bare in warm),
        "ratio": median(own / bare for own, bare in warm),
    }


def storing(path: Path, root: Path, rows: int) -> dict[str, float]:
    """Write, write again, read, verify and resample."""
    table = bars(path).table
    entry = SourceEntry("bench", "0" * 64, rows)
    said = {
        "write_s": seconds(lambda: write(root, PLACE, table, entry)),
        "again_s": best(lambda: write(root, PLACE, table, entry)),
        "read_rows_per_s": rows / best(lambda: read(root, PLACE, columns=SIX)),
        "verified_rows_per_s": rows / best(lambda: read_verified(root, PLACE)),
        "resample_rows_per_s": rows / best(lambda: folded(table, 15 * MINUTE)),
    }
    assert len(read(root, PLACE)) == rows
    return said


def main() -> None:
    """Measure one of the two over a number of rows."""
    what, rows = sys.argv[1], int(sys.argv[2])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "BTCUSDT-1m-2020-01.csv"
        write_csv(path, rows)
        said = reading(path, rows) if what == "read" else storing(path, Path(folder) / "store", rows)
    print(json.dumps(said))


if __name__ == "__main__":
    main()
