"""Which files of Binance's public archive hold what: their names, and the time that each covers.

``data/futures/um/monthly/klines/BTCUSDT/15m/BTCUSDT-15m-2024-01.zip``, beside it the same name with ``.CHECKSUM``;
``daily`` in place of ``monthly`` for a day. A month's file appears some days after its end, a day's one some hours
after. Funding has no files of days, statistics ("metrics", two series in one file) none of months.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

import numpy as np

from finantrade.domain.units import DAY, Millis, iso
from finantrade.market.candles import Gap
from finantrade.market.series import Kind

CHECKSUM = ".CHECKSUM"
"""There is one beside each file, as ``sha256sum`` writes it."""
KLINES: Mapping[Kind, str] = {
    Kind.CANDLES: "klines",
    Kind.MARK: "markPriceKlines",
    Kind.INDEX: "indexPriceKlines",
    Kind.PREMIUM: "premiumIndexKlines",
}
"""Folders of files that have the twelve columns of klines."""
FUNDING, METRICS = "fundingRate", "metrics"
SPOT_ROOT, PERPETUALS_ROOT = PurePosixPath("data/spot"), PurePosixPath("data/futures/um")


class Every(StrEnum):
    """How much time a file covers."""

    MONTH = "monthly"
    DAY = "daily"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the files of a symbol are, but for how much time each covers; ``interval`` is empty where there is none."""

    root: PurePosixPath
    kind: Kind
    symbol: str
    interval: str = ""

    @property
    def name(self) -> str:
        """Their kind, as the archive calls it."""
        return KLINES.get(self.kind) or (FUNDING if self.kind is Kind.FUNDING else METRICS)

    @property
    def there_is(self) -> tuple[Every, ...]:
        """Which files there are, those that cover the most first."""
        return {FUNDING: (Every.MONTH,), METRICS: (Every.DAY,)}.get(self.name, (Every.MONTH, Every.DAY))

    def file(self, every: Every, time: Millis) -> ArchiveFile:
        """Return the file of the month or day that a time is in."""
        start, end = _span(every, time)
        stamp = iso(start)[: 7 if every is Every.MONTH else 10]
        parts = (self.symbol, self.interval or self.name, stamp)
        below = self.root / every / self.name / self.symbol / self.interval
        return ArchiveFile(below / f"{'-'.join(parts)}.zip", every, start, end)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file: its path below the archive's address, and its time (end exclusive)."""

    path: PurePosixPath
    every: Every
    start: Millis
    end: Millis


def files_over(folder: Folder, gaps: Iterable[Gap], now: Millis) -> list[ArchiveFile]:
    """Return the fewest files that cover gaps: those of months and days that are over, each once, in order of time."""
    found = (file for gap in gaps for file in _over(folder, gap, now, folder.there_is))
    return list(dict.fromkeys(found))


def days_instead(folder: Folder, absent: Iterable[ArchiveFile], gaps: Sequence[Gap], now: Millis) -> list[ArchiveFile]:
    """Return the files of days that cover gaps in months of which there is no file; none where there are no such."""
    if folder.there_is != (Every.MONTH, Every.DAY):
        return []
    months = [file for file in absent if file.every is Every.MONTH]
    days = dict.fromkeys(day for gap in gaps for day in _over(folder, gap, now, (Every.DAY,)))
    return [day for day in days if any(month.start <= day.start < month.end for month in months)]


def _over(folder: Folder, gap: Gap, now: Millis, there_is: tuple[Every, ...]) -> Iterator[ArchiveFile]:
    # Statistics of a day reach up to the midnight that ends it, in some years: then that instant is in this file.
    time = gap.start - 1 if folder.name == METRICS else gap.start
    while time <= gap.end:
        files = [folder.file(every, time) for every in there_is]
        if not (over := [file for file in files if file.end <= now]):
            return
        yield over[0]
        time = over[0].end


def _span(every: Every, time: Millis) -> tuple[Millis, Millis]:
    if every is Every.DAY:
        return time // DAY * DAY, (time // DAY + 1) * DAY
    month = np.datetime64(time, "ms").astype("datetime64[M]")
    start, end = (int(one.astype("datetime64[ms]").astype(np.int64)) for one in (month, month + 1))
    return start, end
