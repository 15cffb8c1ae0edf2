"""Tables in text, read column by column.

1. The file is read by pyarrow's threaded reader, numbers as such. Most files end here.
2. Where that fails the file is read again as text, slowly, on one thread inside of pyarrow: rows with too many or too
   few cells are counted, and cells that are no numbers are found by a pattern. They become a finding, with their lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finantrade.market.arrow import array, arrow, compute, csv, faults, floats
from finantrade.market.candles import Floats, Times
from finantrade.market.findings import LISTED, Example, Fault, Finding, Origin, Treatment
from finantrade.market.loaders.epoch import UTC_CLOCK, Clock, millis
from finantrade.market.loaders.source import BadFile, Source

NUMBER = r"(?i)^(-?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?|-?inf(inity)?|nan)$"
ASCII = bytes(byte if byte < 128 else ord("?") for byte in range(256))
LONGEST = 80
"""Characters of a bad row that are shown."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file are wanted: their ``names`` (None: the first line has them), the time, the numbers."""

    time: str
    numbers: Sequence[str]
    names: Sequence[str] | None = None
    clock: Clock = UTC_CLOCK
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Sheet:
    """Times and numbers of a file by the file's own names, and which rows they are."""

    time: Times
    numbers: dict[str, Floats]
    origin: Origin
    rows: NDArray[np.intp] | None = None
    findings: tuple[Finding, ...] = ()


def first_cells(source: Source, delimiter: str = ",") -> list[str]:
    """Return the cells of the first line."""
    line = source.data[: 1 << 16].lstrip(b"\xef\xbb\xbf\r\n").split(b"\n", 1)[0]
    return [cell.strip(' \t\r"') for cell in line.decode("ascii", "replace").split(delimiter)]


def read_sheet(source: Source, columns: Columns) -> Sheet:
    """Read the columns of a text file. Raises BadFile where they are not there, or it is no such file."""
    _check_names(source, columns)
    origin = Origin(source.name, 1 if columns.names else 2)
    try:
        table = _read(source.data, columns, dict.fromkeys(columns.numbers, "float64"))
    except faults():
        return _carefully(source, columns, origin)
    numbers = {name: floats(table.column(name)) for name in columns.numbers}
    return Sheet(millis(table.column(columns.time), columns.clock), numbers, origin)


def _check_names(source: Source, columns: Columns) -> None:
    found = columns.names or first_cells(source, columns.delimiter)
    wanted = [columns.time, *columns.numbers]
    missing = [name for name in wanted if name not in found]
    if missing:
        seen = ", ".join(name[:LONGEST] for name in found[:30])
        raise BadFile(f"{source.name}: expected the columns {', '.join(wanted)}, found {seen or 'an empty file'}")


def _read(data: bytes, columns: Columns, types: dict[str, str], *, careful: Any = None) -> Any:
    wanted = list(dict.fromkeys((columns.time, *columns.numbers)))
    options = csv().ReadOptions(column_names=columns.names, use_threads=careful is None)
    convert = csv().ConvertOptions(include_columns=wanted, column_types=types)
    parse = csv().ParseOptions(delimiter=columns.delimiter, invalid_row_handler=careful)
    return csv().read_csv(
        arrow().BufferReader(data), read_options=options, convert_options=convert, parse_options=parse
    )


def _carefully(source: Source, columns: Columns, origin: Origin) -> Sheet:
    ragged: list[tuple[int, str]] = []

    def skip(row: Any) -> str:
        ragged.append((row.number, f"{row.actual_columns} cells, not {row.expected_columns}: {row.text[:LONGEST]!r}"))
        return "skip"

    types = dict.fromkeys((columns.time, *columns.numbers), "string")
    try:
        table = _read(source.data.translate(ASCII), columns, types, careful=skip)
    except faults() as error:
        raise BadFile(f"{source.name}: expected a table of text, found: {str(error)[:200]}") from None
    return _judged(table, columns, origin, ragged)


def _judged(table: Any, columns: Columns, origin: Origin, ragged: Sequence[tuple[int, str]]) -> Sheet:
    first = 1 if columns.names else 2
    left_out: NDArray[np.intp] = np.array([number - first for number, _ in ragged], dtype=np.intp)
    count: int = table.num_rows
    rows = np.setdiff1d(np.arange(count + len(ragged)), left_out)[:count]
    bad = dict(zip(left_out.tolist(), (text for _, text in ragged), strict=True))
    numbers: dict[str, Floats] = {}
    good = np.ones(count, dtype=np.bool_)
    for name in columns.numbers:
        numbers[name], readable = _numbers(table.column(name))
        for row in np.flatnonzero(good & ~readable)[: LISTED + 1].tolist():
            bad[int(rows[row])] = f"{name} {table.column(name)[row].as_py()[:LONGEST]!r}"
        good &= readable
    unread = len(ragged) + int(np.count_nonzero(~good))
    time = millis(table.column(columns.time), columns.clock)
    kept = {name: column[good] for name, column in numbers.items()}
    return Sheet(time[good], kept, origin, rows[good], _unreadable(bad, unread, origin))


def _numbers(column: Any) -> tuple[Floats, NDArray[np.bool_]]:
    text = compute().utf8_trim_whitespace(column)
    fits = compute().fill_null(compute().match_substring_regex(text, NUMBER), True)
    known = compute().if_else(fits, text, None)
    return floats(known.cast("float64")), array(fits.cast("int8")).astype(np.bool_)


def _unreadable(bad: dict[int, str], count: int, origin: Origin) -> tuple[Finding, ...]:
    if not count:
        return ()
    examples = tuple(Example(origin.where(row), None, bad[row]) for row in sorted(bad)[:LISTED])
    return (Finding(Fault.UNREADABLE, Treatment.REFUSED, count, "rows of as many cells as columns, numbers in them",
                    examples),)  # fmt: skip
