"""Storing what was fetched: a file of the archive, or an answer of the venue, each judged whole and written at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from finantrade.market.archive_files import FUNDING, METRICS, ArchiveFile
from finantrade.market.fetch_plan import STATISTICS, Line, Span, answer_name, step_of
from finantrade.market.findings import Origin
from finantrade.market.importing import Imported, Instructions, import_source, put
from finantrade.market.loaders.detect import Format
from finantrade.market.loaders.loading import Hints
from finantrade.market.loaders.source import unpacked
from finantrade.market.normalise import Normalised, normalise
from finantrade.market.place import Place
from finantrade.market.raw import Raw
from finantrade.market.store.manifest import SourceEntry
from finantrade.market.table import Table

MOST_UNPACKED = 1 << 30
"""Bytes of a file; a month of seconds has a third of it."""
FORMATS: Mapping[str, Format] = {FUNDING: Format.BINANCE_FUNDING, METRICS: Format.BINANCE_METRICS}


def store_file(root: Path, line: Line, file: ArchiveFile, data: bytes, how: Instructions) -> list[Imported]:
    """Take a file of the archive into the series of its line. Raises as ``import_source`` does."""
    first, folder = line.places[0], line.folder
    told = replace(
        how,
        hints=Hints(
            venue=first.venue,
            market=first.market,
            kind=first.kind if len(line.places) == 1 else None,
            symbol=folder.symbol,
            interval=folder.interval or None,
        ),
        format=FORMATS.get(folder.name, Format.BINANCE_KLINES),
        places=frozenset(line.places),
    )
    return import_source(unpacked(Path(file.path), data, MOST_UNPACKED), root, told)


def store_answer(root: Path, place: Place, span: Span, table: Table, how: Instructions) -> Imported:
    """Take what the venue answered over a span, with rows beside it, into a series. Raises BadSeries, StoreError …

    Among the sources of the series stands from then on which part of the span the answer speaks of: up to its last row,
    and of statistics from its first, as those that have expired are not asked for.
    """
    whole = answer_name(span.start, span.end)
    found = normalise(Raw(table, Origin(f"{place}, {whole}")), how.policy)
    return put(root, place, found, SourceEntry(_told(place, span, found.table), _digest(whole, found), 0), how)


def _told(place: Place, span: Span, rows: Table) -> str:
    if not len(rows):
        return answer_name(span.start, span.start)
    start = max(span.start, int(rows.time[0])) if place.kind in STATISTICS else span.start
    end = min(int(rows.time[-1]) + (place.interval_ms or 1), span.end + step_of(place))
    return answer_name(start, max(start, end))


# Answers over different times may have the same rows: each is a source of its own.
def _digest(name: str, found: Normalised) -> str:
    digest = sha256(name.encode())
    for column in (found.table.time, *found.table.values.values()):
        digest.update(column.tobytes())
    return digest.hexdigest()
