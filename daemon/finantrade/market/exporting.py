"""Series as files for other programs: CSV, Parquet, or Feather in the layout that freqtrade reads."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from finantrade.market.arrow import arrow, csv, feather, parquet
from finantrade.market.store.files import write_whole
from finantrade.market.table import Table

SUFFIXES = (".csv", ".parquet", ".feather")


class BadExport(ValueError):
    """A file name that does not say in what format to write."""


def write_file(table: Table, path: Path) -> None:
    """Write rows to a file, whole or not at all; columns that are not known throughout are left out.

    CSV has ``time`` in milliseconds UTC, the others ``date`` as a timestamp. Raises BadExport on another suffix.
    """
    check_suffix(path)
    known = {name: column for name, column in table.values.items() if not np.isnan(column).all()}
    out = BytesIO()
    match path.suffix.lower():
        case ".csv":
            csv().write_csv(arrow().table({"time": table.time, **known}), out)
        case ".parquet":
            parquet().write_table(_dated(table, known), out, compression="zstd")
        case _:
            feather().write_feather(_dated(table, known), out, compression="lz4")
    write_whole(path, out.getvalue())


def check_suffix(path: Path) -> None:
    """Raise BadExport unless the file's name says in what format to write."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadExport(
            f"{path}: expected a file that ends in {', '.join(SUFFIXES)}, found {path.suffix or 'no suffix'}"
        )


def _dated(table: Table, known: Mapping[str, Any]) -> Any:
    stamps = arrow().array(table.time).cast(arrow().timestamp("ms", tz="UTC"))
    return arrow().table({"date": stamps, **known})
