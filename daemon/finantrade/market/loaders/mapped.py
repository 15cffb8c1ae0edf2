"""Any CSV or Parquet table, by a mapping that says what its columns are.

series: open_interest
venue: coinglass
market: usdm
symbol: BTCUSDT
interval: 4h
time: {column: timestamp, unit: auto, zone: UTC}
columns: {value: close}
stamp: start        # its times begin the period, those of the series are the instants at which it ends
skip_first: 1       # partial periods at its edges
skip_last: 1
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from finantrade.domain.units import Millis
from finantrade.market.arrow import arrow, faults, floats, parquet
from finantrade.market.findings import Fault, Finding, Origin, Treatment
from finantrade.market.interval import infer_interval
from finantrade.market.loaders.epoch import Clock, TimeUnit, millis
from finantrade.market.loaders.loading import Hints, Loaded, length_of, needed, raw_of
from finantrade.market.loaders.source import BadFile, Source
from finantrade.market.loaders.tabular import Columns, Sheet, read_sheet
from finantrade.market.raw import Raw
from finantrade.market.series import SERIES, Kind, Stamp

MOST_BYTES = 1 << 20
TIME = "time"
Skipped = Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class StampAt(StrEnum):
    """Which end of its period a time in the file is."""

    START = "start"
    END = "end"


class TimeMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column of the time, and how it is written."""

    column: str
    unit: TimeUnit = TimeUnit.AUTO
    zone: str = "UTC"
    format: str = "ISO8601"


class FileMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the columns of a file are; ``columns`` has the file's name of each of ours."""

    series: Kind
    time: TimeMapping
    columns: dict[str, str] = {}
    venue: str | None = None
    market: str | None = None
    symbol: str | None = None
    interval: str | None = None
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    stamp: StampAt | None = None
    skip_first: Skipped = 0
    skip_last: Skipped = 0


def read_mapping(path: Path) -> FileMapping:
    """Read a mapping from YAML. Raises BadFile with the place of what is wrong."""
    try:
        text = path.read_bytes()[:MOST_BYTES]
        return check_mapping(str(path), msgspec.yaml.decode(text, type=FileMapping))
    except OSError as error:
        raise BadFile(f"{path}: expected a mapping, found: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: expected a mapping, found: {error}") from None


def mapping_of(text: str, kind: Kind) -> FileMapping:
    """Read a mapping from one line: ``time=date,open=o,high,…``, a name alone being the file's too. Raises BadFile."""
    pairs: dict[str, str] = {}
    for part in text.split(","):
        ours, _, theirs = (word.strip() for word in part.partition("="))
        if not ours or ours in pairs:
            raise BadFile(f"{text!r}: expected OURS=THEIRS,…, each once, found {part!r}")
        pairs[ours] = theirs or ours
    if TIME not in pairs:
        raise BadFile(f"{text!r}: expected a column of the time, {TIME}=THEIRS, found {', '.join(pairs)}")
    columns = {ours: theirs for ours, theirs in pairs.items() if ours != TIME}
    return check_mapping(repr(text), FileMapping(series=kind, time=TimeMapping(pairs[TIME]), columns=columns))


def check_mapping(name: str, mapping: FileMapping) -> FileMapping:
    """Return a mapping whose columns are those of its series. Raises BadFile."""
    about = SERIES[mapping.series]
    unknown = [column for column in mapping.columns if column not in about.names]
    missing = [column for column in about.required if column not in mapping.columns]
    if unknown or missing or not mapping.columns:
        found = ", ".join([*unknown, *(f"no {column}" for column in missing)]) or "none"
        needs = ", ".join(about.names)
        raise BadFile(f"{name}: expected for {mapping.series} the columns {needs}, found {found} ($.columns)")
    return mapping


def load_mapped(source: Source, hints: Hints, mapping: FileMapping) -> list[Loaded]:
    """Read a CSV or Parquet file by a mapping. Raises BadFile."""
    kind = mapping.series
    interval = length_of(source, hints.interval or mapping.interval)
    symbol = needed(source, "symbol", (hints.symbol, mapping.symbol))
    sheet = _sheet(source, mapping)
    raw = _cut(raw_of(kind, symbol, interval, sheet, mapping.columns), mapping)
    venue = needed(source, "venue", (hints.venue, mapping.venue))
    market = needed(source, "market", (hints.market, mapping.market))
    return [Loaded(venue, market, _stamped(source, raw, mapping))]


def _sheet(source: Source, mapping: FileMapping) -> Sheet:
    time = mapping.time
    clock = Clock(time.unit, time.zone, time.format)
    numbers = list(dict.fromkeys(mapping.columns.values()))
    try:
        if source.data.startswith(b"PAR1"):
            return _parquet(source, time.column, numbers, clock)
        return read_sheet(source, Columns(time.column, numbers, clock=clock, delimiter=mapping.delimiter))
    except BadFile:
        raise
    except faults() as error:  # an unknown zone or a format that is none, too
        raise BadFile(f"{source.name}: expected a table that fits the mapping, found: {str(error)[:200]}") from None


def _parquet(source: Source, time: str, numbers: list[str], clock: Clock) -> Sheet:
    with parquet().ParquetFile(arrow().BufferReader(source.data)) as file:
        found: list[str] = file.schema_arrow.names
        missing = [name for name in (time, *numbers) if name not in found]
        if missing:
            raise BadFile(
                f"{source.name}: expected the columns {', '.join((time, *numbers))}, found {', '.join(found)}"
            )
        table: Any = file.read(columns=list(dict.fromkeys((time, *numbers))))
    values = {name: floats(table.column(name)) for name in numbers}
    return Sheet(millis(table.column(time), clock), values, Origin(source.name))


def _cut(raw: Raw, mapping: FileMapping) -> Raw:
    first, last, rows = mapping.skip_first, mapping.skip_last, len(raw.table)
    if not first and not last:
        return raw
    kept = np.argsort(raw.table.time, kind="stable")[first : max(rows - last, first)]
    finding = Finding(
        Fault.SKIPPED,
        Treatment.DROPPED,
        rows - len(kept),
        f"the first {first} and the last {last} left out, as declared",
    )
    numbers = kept if raw.rows is None else raw.rows[kept]
    return Raw(raw.table.take(kept), raw.origin, numbers, (*raw.findings, finding))


# A series of instants holds what was true when a period ended, a series of periods is known by when they began.
def _stamped(source: Source, raw: Raw, mapping: FileMapping) -> Raw:
    usual = StampAt.START if SERIES[mapping.series].stamp is Stamp.PERIOD else StampAt.END
    if mapping.stamp in (None, usual):
        return raw
    table = raw.table
    interval: Millis = table.interval or infer_interval(np.sort(table.time))
    if not interval:
        raise BadFile(f"{source.name}: expected an interval to move the times by, found none: --interval INTERVAL")
    shift = interval if usual is StampAt.END else -interval
    return replace(raw, table=replace(table, interval=interval, time=table.time + shift))
