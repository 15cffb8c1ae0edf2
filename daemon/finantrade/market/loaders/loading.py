"""What a loader is told and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from finantrade.domain.units import Millis
from finantrade.market.interval import interval_ms
from finantrade.market.loaders.source import BadFile, Source
from finantrade.market.loaders.tabular import Sheet
from finantrade.market.raw import Raw
from finantrade.market.series import Kind
from finantrade.market.table import Table

SPOT, PERPETUALS, COIN_MARGINED = "spot", "usdm", "coinm"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user said about files; it goes before what their names and contents say."""

    venue: str | None = None
    market: str | None = None
    kind: Kind | None = None
    symbol: str | None = None
    interval: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """One series of a file, as it stands there."""

    venue: str
    market: str
    raw: Raw


def needed(source: Source, what: str, values: Iterable[str | None]) -> str:
    """Return the first that is known. Raises BadFile where none is, naming the option that says it."""
    for value in values:
        if value:
            return value
    raise BadFile(
        f"{source.name}: expected to be told the {what}, as neither path nor content say it: --{what} {what.upper()}"
    )


def length_of(source: Source, text: str | None) -> Millis:
    """Return the length of an interval, 0 where it is to be told from the rows. Raises BadFile."""
    try:
        return interval_ms(text) if text else 0
    except ValueError as error:
        raise BadFile(f"{source.name}: {error}") from None


def raw_of(kind: Kind, symbol: str, interval: Millis, sheet: Sheet, names: dict[str, str]) -> Raw:
    """Return a sheet as the rows of a series; ``names`` has the file's name of each of our columns."""
    values = {ours: sheet.numbers[theirs] for ours, theirs in names.items()}
    table = Table.of(kind, symbol, interval, sheet.time, values)
    return Raw(table, sheet.origin, sheet.rows, sheet.findings)
