"""Freqtrade's candles: Feather or JSON, named ``BTC_USDT-15m.feather`` or ``futures/BTC_USDT_USDT-8h-mark.feather``.

The exchange is the folder that freqtrade keeps them in. ``date`` is the open time in UTC. Funding rates are in ``open``
of a file of their own, whose other columns are zero.
"""

from __future__ import annotations

import re

import msgspec
import numpy as np

from finantrade.domain.units import Millis
from finantrade.market.arrow import arrow, faults, feather, floats
from finantrade.market.findings import Origin
from finantrade.market.loaders.epoch import Clock, millis
from finantrade.market.loaders.loading import COIN_MARGINED, PERPETUALS, SPOT, Hints, Loaded, length_of, needed
from finantrade.market.loaders.source import BadFile, Source
from finantrade.market.loaders.tabular import Sheet
from finantrade.market.raw import Raw
from finantrade.market.series import SERIES, Grid, Kind
from finantrade.market.table import Table

COLUMNS = ("date", "open", "high", "low", "close", "volume")
NAME = re.compile(
    r"(?P<pair>[A-Za-z0-9]+(_[A-Za-z0-9]+)*)-(?P<interval>\d+[smhdw])(-(?P<kind>futures|mark|index|premiumIndex|funding_rate))?"
)
KINDS = {
    None: Kind.CANDLES,
    "futures": Kind.CANDLES,
    "mark": Kind.MARK,
    "index": Kind.INDEX,
    "premiumIndex": Kind.PREMIUM,
    "funding_rate": Kind.FUNDING,
}
EXCHANGES = {
    "binance", "binanceus", "bingx", "bitget", "bitmart", "bitvavo", "bybit", "coinbase", "gate", "gateio", "htx",
    "huobi", "hyperliquid", "kraken", "kucoin", "okx",
}  # fmt: skip
"""Folders that freqtrade keeps its data in are named after them."""

Row = tuple[int, float | None, float | None, float | None, float | None, float | None]


def load_feather(source: Source, hints: Hints) -> list[Loaded]:
    """Read a Feather file. Raises BadFile where it is none, or not freqtrade's."""
    try:
        table = feather().read_table(arrow().BufferReader(source.data))
        _check_columns(source, table.column_names)
        time = millis(table.column("date"), Clock())
        numbers = {name: floats(table.column(name)) for name in COLUMNS[1:]}
    except BadFile:
        raise
    except faults() as error:
        raise BadFile(f"{source.name}: expected a Feather file, found: {str(error)[:200]}") from None
    return [_loaded(source, hints, Sheet(time, numbers, Origin(source.name)))]


def load_json(source: Source, hints: Hints) -> list[Loaded]:
    """Read a JSON file: a list of ``[time, open, high, low, close, volume]``. Raises BadFile."""
    try:
        rows = msgspec.json.decode(source.data, type=list[Row])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{source.name}: expected rows of {', '.join(COLUMNS)}, found: {error}") from None
    if not rows:
        raise BadFile(f"{source.name}: expected rows of {', '.join(COLUMNS)}, found none")
    whole = np.array(rows, dtype=np.float64)
    time = millis(arrow().chunked_array([np.ascontiguousarray(whole[:, 0])]), Clock())
    numbers = {name: np.ascontiguousarray(whole[:, place]) for place, name in enumerate(COLUMNS) if place}
    return [_loaded(source, hints, Sheet(time, numbers, Origin(source.name)))]


def _check_columns(source: Source, found: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        seen = ", ".join(name[:80] for name in found[:30])
        raise BadFile(f"{source.name}: expected the columns {', '.join(COLUMNS)}, found {seen or 'none'}")


def _loaded(source: Source, hints: Hints, sheet: Sheet) -> Loaded:
    match = NAME.fullmatch(source.stem)
    if match is None and not hints.symbol:
        raise BadFile(f"{source.name}: expected a name such as BTC_USDT-15m.feather, or --symbol SYMBOL")
    parts = match.groupdict() if match else {}
    kind = hints.kind or KINDS[parts.get("kind")]
    pair = parts.get("pair", "").split("_")
    symbol = hints.symbol or "".join(pair[:2])
    folders = (part.lower() for part in reversed(source.path.parent.parts))
    venue = needed(source, "venue", (hints.venue, next((part for part in folders if part in EXCHANGES), None)))
    interval = length_of(source, hints.interval or parts.get("interval"))
    raw = _raw(source, kind, symbol, interval, sheet)
    return Loaded(venue, hints.market or _market(pair, contract=bool(parts.get("kind"))), raw)


# A pair of three names is a contract, settled in the third.
def _market(pair: list[str], *, contract: bool) -> str:
    if len(pair) < 3:
        return PERPETUALS if contract else SPOT
    return COIN_MARGINED if pair[2] == pair[0] else PERPETUALS


def _raw(source: Source, kind: Kind, symbol: str, interval: Millis, sheet: Sheet) -> Raw:
    about = SERIES[kind]
    names = {"rate": "open"} if kind is Kind.FUNDING else {name: name for name in about.names if name in COLUMNS}
    missing = [name for name in about.required if name not in names]
    if missing:
        raise BadFile(f"{source.name}: expected a series that candles can hold, found {kind}, which has {missing[0]}")
    values = {ours: sheet.numbers[theirs] for ours, theirs in names.items()}
    length = interval if about.grid is Grid.REGULAR else 0
    return Raw(Table.of(kind, symbol, length, sheet.time, values), sheet.origin)
