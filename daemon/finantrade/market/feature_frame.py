"""Rows of features as a Parquet frame that explains itself.

Columns are ``symbol``, ``close_time`` (UTC, milliseconds), ``ready`` (whether the warm-up has passed) and a float64 one
for each feature, NaN where it has nothing to tell. With rules there follow ``enter_long``, ``exit_long``,
``enter_short``, ``exit_short`` (bool), ``tag`` (text, null where nothing is said) and the levels that the rules give,
float64. The metadata of the file has a JSON document under ``finantrade`` that says what the rows are of, that of a
feature's column its ``unit``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from finantrade.features.computing import Block
from finantrade.market.arrow import arrow, parquet
from finantrade.market.exporting import BadExport
from finantrade.market.store.files import DRAFT
from finantrade.strategies.rule_set import CONDITIONS
from finantrade.strategies.rule_signals import Signals

KEY = b"finantrade"
SUFFIX = ".parquet"
TAG = "tag"


class RulesOf(msgspec.Struct, frozen=True):
    """The rules of some symbols, by what they decide."""

    symbols: tuple[str, ...]
    rules: dict[str, Any]


class FrameHeader(msgspec.Struct, frozen=True):
    """What the rows are of: ``schema_id`` as in the rows of the daemon, ``sha256`` of the bars that were read.

    ``rules`` are those whose signals stand beside the features, ``levels`` the prices that they give.
    """

    schema_id: str
    dataset: str
    sha256: str
    timeframe: str
    warmup: int
    reset_after_bars: int
    synthetic: bool
    units: dict[str, str]
    rules: tuple[RulesOf, ...] = ()
    levels: tuple[str, ...] = ()


class Part(NamedTuple):
    """Rows as they are written: those of features, and what the rules say on them."""

    block: Block
    signals: Signals | None = None


def check_frame_target(path: Path) -> None:
    """Refuse a file that could not be written before any work is done. Raises BadExport."""
    if path.suffix.lower() != SUFFIX:
        raise BadExport(f"{path}: expected a file that ends in {SUFFIX}, found {path.suffix or 'no suffix'}")
    if not path.parent.is_dir():
        raise BadExport(f"{path}: expected a directory at {path.parent}, found none")
    if path.is_dir():
        raise BadExport(f"{path}: expected a file, found a directory")


def write_frame(path: Path, header: FrameHeader, parts: Iterable[Part]) -> int:
    """Write parts as they come, one row group each, and return the rows; the file is there whole or not at all.

    Raises OSError, naming the file, where it cannot be written.
    """
    _remove_drafts_of_the_dead(path)
    draft = path.with_name(f"{DRAFT}{os.getpid()}-{path.name}")
    schema = _schema(header)
    texts = [name for name in ("symbol", TAG) if name in schema.names]
    rows = 0
    try:
        with parquet().ParquetWriter(draft, schema, compression="zstd", use_dictionary=texts) as writer:
            for part in parts:
                writer.write_table(arrow().table(dict(_columns(header, part)), schema=schema))
                rows += len(part.block.close_time)
        draft.replace(path)
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        # The library's own text names the draft, which nobody asked for.
        reason = f"cannot be written: {os.strerror(error.errno)}; nothing was left there"
        raise OSError(error.errno, reason, str(path)) from error
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _remove_drafts_of_the_dead(path: Path) -> None:
    for draft in path.parent.glob(f"{DRAFT}*-{path.name}"):
        pid = draft.name.removeprefix(DRAFT).partition("-")[0]
        if pid.isdigit() and not _lives(int(pid)):
            draft.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _schema(header: FrameHeader) -> Any:
    pa = arrow()
    fields = [pa.field("symbol", pa.string()), pa.field("close_time", pa.timestamp("ms", tz="UTC"))]
    fields.append(pa.field("ready", pa.bool_()))
    fields += [pa.field(name, pa.float64(), metadata={"unit": unit}) for name, unit in header.units.items()]
    if header.rules:
        fields += [pa.field(name, pa.bool_()) for name in CONDITIONS]
        fields.append(pa.field(TAG, pa.string()))
        fields += [pa.field(name, pa.float64(), metadata={"unit": "price"}) for name in header.levels]
    return pa.schema(fields, metadata={KEY: msgspec.json.encode(header)})


def _columns(header: FrameHeader, part: Part) -> Iterator[tuple[str, Any]]:
    block, signals = part
    yield "symbol", [block.symbol] * len(block.close_time)
    yield "close_time", arrow().array(block.close_time).cast(arrow().timestamp("ms", tz="UTC"))
    yield "ready", block.ready
    yield from ((name, block.values[:, column]) for column, name in enumerate(header.units))
    if signals is not None:
        yield from signals.conditions.items()
        yield TAG, [tag or None for tag in signals.tag.tolist()]
        missing = np.full(len(block.close_time), np.nan)
        yield from ((name, signals.levels.get(name, missing)) for name in header.levels)
