"""The public archives of Binance: klines of four kinds, settled funding rates, and statistics ("metrics").

Their files are named ``BTCUSDT-15m-2024-01.zip``, ``BTCUSDT-fundingRate-2024-01.zip``,
``BTCUSDT-metrics-2024-01-01.zip``. Klines of trades, marks, indices and premiums have the same twelve columns; folders
of the archive's own names tell them apart, and otherwise the user does. Old files have no header, newer ones do; spot
turned to microseconds in 2025.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from finantrade.market.archive_files import KLINES
from finantrade.market.loaders.loading import COIN_MARGINED, PERPETUALS, SPOT, Hints, Loaded, length_of, needed, raw_of
from finantrade.market.loaders.source import BadFile, Source
from finantrade.market.loaders.tabular import Columns, Sheet, first_cells, read_sheet
from finantrade.market.series import SERIES, Kind

BINANCE = "binance"
KLINE = (
    "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades", "taker_buy_volume",
    "taker_buy_quote_volume", "ignore",
)  # fmt: skip
"""The twelve columns, by our names; archives with a header have other names for some."""
FUNDING = {"rate": "last_funding_rate", "interval_h": "funding_interval_hours"}
OPEN_INTEREST = {"amount": "sum_open_interest", "value": "sum_open_interest_value"}
RATIOS = {
    "top_accounts": "count_toptrader_long_short_ratio",
    "top_positions": "sum_toptrader_long_short_ratio",
    "accounts": "count_long_short_ratio",
    "taker": "sum_taker_long_short_vol_ratio",
}
FOLDERS = {folder.lower(): kind for kind, folder in KLINES.items()}
MARKETS = {"spot": SPOT, "um": PERPETUALS, "cm": COIN_MARGINED}
NAME = re.compile(r"(?P<symbol>[^-]+)-(?P<interval>\d+[smhdw])-\d{4}-\d{2}(-\d{2})?$")
STATISTICS_NAME = re.compile(r"(?P<symbol>[^-]+)-(fundingRate|metrics)-\d{4}-\d{2}(-\d{2})?$")


@dataclass(frozen=True, slots=True)
class _Named:
    symbol: str | None
    interval: str | None
    kind: Kind | None
    market: str | None


def is_klines(cells: Sequence[str]) -> bool:
    """Whether the first line is that of klines: twelve numbers, or the names of the first six columns."""
    if len(cells) != len(KLINE):
        return False
    named = [cell.lower() for cell in cells]
    return named[1:6] == list(KLINE[1:6]) or all(map(_is_number, cells[1:6]))


def is_funding(cells: Sequence[str]) -> bool:
    """Whether the first line is that of funding rates."""
    return {"calc_time", "last_funding_rate"} <= set(cells)


def is_metrics(cells: Sequence[str]) -> bool:
    """Whether the first line is that of statistics."""
    return {"create_time", "sum_open_interest"} <= set(cells)


def load_klines(source: Source, hints: Hints) -> list[Loaded]:
    """Read klines. Raises BadFile where it has none, or where neither path nor hints say what they are of."""
    named = _named(source)
    symbol = needed(source, "symbol", (hints.symbol, named.symbol))
    sheet = _klines(source)
    kind = hints.kind or named.kind or _kind_of(source, sheet)
    market = needed(source, "market", (hints.market, named.market, None if kind is Kind.CANDLES else PERPETUALS))
    names = {name: name for name in SERIES[kind].names if name in KLINE}
    if kind not in FOLDERS.values():
        raise BadFile(f"{source.name}: expected for klines a series of {', '.join(FOLDERS.values())}, found {kind}")
    interval = length_of(source, hints.interval or named.interval)
    return [Loaded(hints.venue or BINANCE, market, raw_of(kind, symbol, interval, sheet, names))]


def load_funding(source: Source, hints: Hints) -> list[Loaded]:
    """Read settled funding rates. Raises BadFile."""
    return [_statistics(source, hints, "calc_time", Kind.FUNDING, FUNDING)]


def load_metrics(source: Source, hints: Hints) -> list[Loaded]:
    """Read open interest and ratios, which one file has side by side. Raises BadFile."""
    cells = set(first_cells(source))
    found = [
        _statistics(source, hints, "create_time", kind, names)
        for kind, names in ((Kind.OPEN_INTEREST, OPEN_INTEREST), (Kind.RATIOS, RATIOS))
        if hints.kind in (None, kind) and cells & set(names.values())
    ]
    if not found:
        wanted = ", ".join((*OPEN_INTEREST.values(), *RATIOS.values()))
        raise BadFile(f"{source.name}: expected some of the columns {wanted}, found {', '.join(sorted(cells))[:120]!r}")
    return found


def market_of(source: Source) -> str | None:
    """Return the market that a folder of the archive's own name says."""
    folders = [part.lower() for part in source.path.parent.parts]
    return next((MARKETS[part] for part in reversed(folders) if part in MARKETS), None)


def _klines(source: Source) -> Sheet:
    cells = first_cells(source)
    if not is_klines(cells):
        raise BadFile(f"{source.name}: expected the twelve columns of klines, found {', '.join(cells)[:120]!r}")
    named = not _is_number(cells[1])
    numbers = [name for name in KLINE[1:-1] if name != "close_time"]
    if not named:
        return read_sheet(source, Columns(KLINE[0], numbers, KLINE))
    sheet = read_sheet(source, Columns(cells[0], [cells[KLINE.index(name)] for name in numbers]))
    renamed = {name: sheet.numbers[cells[KLINE.index(name)]] for name in numbers}
    return Sheet(sheet.time, renamed, sheet.origin, sheet.rows, sheet.findings)


def _statistics(source: Source, hints: Hints, time: str, kind: Kind, names: Mapping[str, str]) -> Loaded:
    named = _named(source)
    cells = first_cells(source)
    required = SERIES[kind].required
    present = {ours: theirs for ours, theirs in names.items() if theirs in cells or ours in required}
    sheet = read_sheet(source, Columns(time, list(present.values())))
    symbol = needed(source, "symbol", (hints.symbol, named.symbol))
    market = hints.market or named.market or PERPETUALS
    return Loaded(hints.venue or BINANCE, market, raw_of(kind, symbol, 0, sheet, present))


# Premiums are near zero on both sides of it; marks look like candles that nobody traded.
def _kind_of(source: Source, sheet: Sheet) -> Kind:
    if np.nanmax(np.abs(sheet.numbers["volume"]), initial=0.0) > 0:
        return Kind.CANDLES
    if np.nanmin(sheet.numbers["low"], initial=np.inf) < 0:
        return Kind.PREMIUM
    raise BadFile(
        f"{source.name}: expected to be told the series, as klines without volume may be candles, marks, indices or"
        " premiums: --series SERIES"
    )


def _named(source: Source) -> _Named:
    folders = [part.lower() for part in source.path.parent.parts]
    kind = next((FOLDERS[part] for part in reversed(folders) if part in FOLDERS), None)
    match = NAME.match(source.stem) or STATISTICS_NAME.match(source.stem)
    parts = match.groupdict() if match else {}
    return _Named(parts.get("symbol"), parts.get("interval"), kind, market_of(source))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
