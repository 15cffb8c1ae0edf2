"""Rows of features as a Parquet frame that explains itself.

Columns are ``symbol``, ``close_time`` (UTC, milliseconds), ``ready`` (whether the warm-up has passed) and a float64 one
for each feature, NaN where it has nothing to tell. The metadata of the file has a JSON document under ``finantrade``
that says what the rows are of, that of a column its ``unit``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from finantrade.features.computing import Block
from finantrade.market.arrow import arrow, parquet
from finantrade.market.exporting import BadExport
from finantrade.market.store.files import DRAFT

KEY = b"finantrade"
SUFFIX = ".parquet"


class FrameHeader(msgspec.Struct, frozen=True):
    """What the rows are of: ``schema_id`` as in the rows of the daemon, ``sha256`` of the bars that were read."""

    schema_id: str
    dataset: str
    sha256: str
    timeframe: str
    warmup: int
    reset_after_bars: int
    synthetic: bool
    units: dict[str, str]


def check_frame_target(path: Path) -> None:
    """Refuse a file that could not be written before any work is done. Raises BadExport."""
    if path.suffix.lower() != SUFFIX:
        raise BadExport(f"{path}: expected a file that ends in {SUFFIX}, found {path.suffix or 'no suffix'}")
    if not path.parent.is_dir():
        raise BadExport(f"{path}: expected a directory at {path.parent}, found none")


def write_frame(path: Path, header: FrameHeader, blocks: Iterable[Block]) -> int:
    """Write blocks as they come, one row group each, and return the rows; the file is there whole or not at all."""
    draft = path.with_name(f"{DRAFT}{os.getpid()}-{path.name}")
    schema = _schema(header)
    rows = 0
    try:
        with parquet().ParquetWriter(draft, schema, compression="zstd", use_dictionary=["symbol"]) as writer:
            for block in blocks:
                writer.write_table(arrow().table(_columns(header.units, block), schema=schema))
                rows += len(block.close_time)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _schema(header: FrameHeader) -> Any:
    pa = arrow()
    fields = [pa.field("symbol", pa.string()), pa.field("close_time", pa.timestamp("ms", tz="UTC"))]
    fields.append(pa.field("ready", pa.bool_()))
    fields += [pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in header.units.items()]
    return pa.schema(fields, metadata={KEY: msgspec.json.encode(header)})


def _columns(names: Mapping[str, str], block: Block) -> dict[str, Any]:
    values = {name: block.values[:, column] for column, name in enumerate(names)}
    times = arrow().array(block.close_time).cast(arrow().timestamp("ms", tz="UTC"))
    return {"symbol": [block.symbol] * len(block.close_time), "close_time": times, "ready": block.ready, **values}
