"""Which loader reads a file: told by its first bytes and first line, never by its name's ending."""

from __future__ import annotations

from enum import StrEnum

from finantrade.market.loaders.binance import (
    is_funding,
    is_klines,
    is_metrics,
    load_funding,
    load_klines,
    load_metrics,
)
from finantrade.market.loaders.binance_trades import is_trades, load_trades
from finantrade.market.loaders.freqtrade import load_feather, load_json
from finantrade.market.loaders.loading import Hints, Loaded
from finantrade.market.loaders.mapped import FileMapping, load_mapped
from finantrade.market.loaders.source import BadFile, Source
from finantrade.market.loaders.tabular import first_cells


class Format(StrEnum):
    """What can be read."""

    BINANCE_KLINES = "binance-klines"
    BINANCE_FUNDING = "binance-funding"
    BINANCE_METRICS = "binance-metrics"
    BINANCE_TRADES = "binance-trades"
    FREQTRADE_FEATHER = "freqtrade-feather"
    FREQTRADE_JSON = "freqtrade-json"
    MAPPED = "mapped"


LOADERS = {
    Format.BINANCE_KLINES: load_klines,
    Format.BINANCE_FUNDING: load_funding,
    Format.BINANCE_METRICS: load_metrics,
    Format.BINANCE_TRADES: load_trades,
    Format.FREQTRADE_FEATHER: load_feather,
    Format.FREQTRADE_JSON: load_json,
}


def load(
    source: Source, hints: Hints, forced: Format | None = None, mapping: FileMapping | None = None
) -> list[Loaded]:
    """Read every series of a file, by the format that is forced or that its content shows. Raises BadFile."""
    chosen = forced or (Format.MAPPED if mapping else detect(source))
    if chosen is not Format.MAPPED:
        return LOADERS[chosen](source, hints)
    if mapping is None:
        raise BadFile(f"{source.name}: expected a mapping for the format {chosen}: --mapping FILE, or --map")
    return load_mapped(source, hints, mapping)


def detect(source: Source) -> Format:
    """Return the format of a file's content. Raises BadFile where it is none that explains itself."""
    if source.data.startswith((b"ARROW1", b"FEA1")):
        return Format.FREQTRADE_FEATHER
    if source.data.lstrip()[:1] in (b"[", b"{"):
        return Format.FREQTRADE_JSON
    cells = first_cells(source)
    known = (
        (is_klines, Format.BINANCE_KLINES),
        (is_funding, Format.BINANCE_FUNDING),
        (is_metrics, Format.BINANCE_METRICS),
        (is_trades, Format.BINANCE_TRADES),
    )
    for fits, found in known:
        if fits(cells):
            return found
    told = "Parquet" if source.data.startswith(b"PAR1") else ", ".join(cells)[:120] or "an empty file"
    raise BadFile(
        f"{source.name}: expected klines, funding rates, statistics or trades of Binance, or freqtrade's candles;"
        f" found {told}: a mapping says what other columns are (--mapping FILE, or --map)"
    )
