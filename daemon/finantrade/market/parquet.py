"""Candles as compact Parquet, the one place that knows pyarrow.

One file, one symbol: ``open_time`` (int64, delta-packed: a regular grid costs next to nothing), then float64 columns,
plain under zstd (on real bars smaller than a dictionary and as small as byte-stream split). Columns that the source
does not have are left out. Symbol and timeframe are in the file's metadata, so a file explains itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import Millis
from finantrade.market.candles import REQUIRED, VALUES, Candles

FORMAT = 1
_KEY = b"finantrade"


class BadParquet(ValueError):
    """A file that does not hold candles as this version writes them."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    symbol: str
    timeframe: Millis


def write(candles: Candles, path: Path) -> None:
    """Write the candles to ``path``; the same candles and pyarrow give the same bytes."""
    header = msgspec.json.encode(_Header(FORMAT, candles.symbol, candles.timeframe))
    columns = {"open_time": candles.open_time, **_present(candles)}
    _parquet().write_table(
        _arrow().table(columns).replace_schema_metadata({_KEY: header}),
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=False,
        column_encoding={"open_time": "DELTA_BINARY_PACKED"},
    )


def read(path: Path) -> Candles:
    """Read the candles of a file, unchecked as to their values. Raises BadParquet naming the file and the fault."""
    table = _table(path)
    header = _header(table.schema.metadata, path)
    kinds = {field.name: str(field.type) for field in table.schema}
    _check_columns(kinds, path)
    columns = {name: _column(table, name, path) for name in kinds}
    return Candles.of(header.symbol, header.timeframe, columns.pop("open_time"), columns)


def _present(candles: Candles) -> dict[str, Any]:
    columns = candles.columns()
    return {name: columns[name] for name in VALUES if name in REQUIRED or not np.isnan(columns[name]).all()}


def _table(path: Path) -> Any:
    try:
        # Not ``read_table``: that loads pandas, which the daemon has no use for.
        with _parquet().ParquetFile(path, memory_map=False) as file:
            return file.read(use_threads=False)
    except (_arrow().ArrowException, OSError) as error:
        raise BadParquet(f"{path}: expected a Parquet file, found: {error}") from None


def _header(metadata: Mapping[bytes, bytes] | None, path: Path) -> _Header:
    text = (metadata or {}).get(_KEY)
    if text is None:
        raise BadParquet(f"{path}: expected candles (metadata {_KEY.decode()!r}), found other data")
    try:
        header = msgspec.json.decode(text, type=_Header)
    except msgspec.DecodeError as error:
        raise BadParquet(f"{path}: expected the header of candles, found {text!r}: {error}") from None
    if header.format != FORMAT:
        raise BadParquet(f"{path}: expected candles in format {FORMAT}, found format {header.format}")
    return header


def _check_columns(found: Mapping[str, str], path: Path) -> None:
    expected = {"open_time": "int64", **dict.fromkeys(VALUES, "double")}
    wrong = [f"{name} {kind}" for name, kind in found.items() if expected.get(name) != kind]
    missing = [f"no {name}" for name in ("open_time", *REQUIRED) if name not in found]
    if wrong or missing:
        told = ", ".join(f"{name} {kind}" for name, kind in expected.items())
        raise BadParquet(f"{path}: expected the columns {told}, found {', '.join([*wrong, *missing])}")


def _column(table: Any, name: str, path: Path) -> NDArray[Any]:
    column = table.column(name)
    if column.null_count:
        raise BadParquet(f"{path}: expected no nulls, found {column.null_count} in column {name}")
    # Not ``to_numpy`` of the column as a whole: that loads pandas too.
    return np.concatenate([np.from_dlpack(chunk) for chunk in column.chunks] or [np.empty(0)])


# Imported when first used: a third of a second that a session on a live feed need not spend.
def _arrow() -> Any:
    arrow = import_module("pyarrow")
    # A file is read once, at the start: its own pools would keep what they took for as long as the daemon runs.
    arrow.set_memory_pool(arrow.system_memory_pool())
    return arrow


def _parquet() -> Any:
    _arrow()
    return import_module("pyarrow.parquet")
