"""Binance's archives of single and aggregated trades; spot's have no header, futures' do, and their sides are words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from finantrade.market.loaders.binance import BINANCE, market_of
from finantrade.market.loaders.loading import Hints, Loaded, needed, raw_of
from finantrade.market.loaders.source import BadFile, Source
from finantrade.market.loaders.tabular import Columns, first_cells, read_sheet
from finantrade.market.series import Kind

SINGLE = ("id", "price", "quantity", "quote_quantity", "time", "buyer_maker", "best_match")
AGGREGATED = ("id", "price", "quantity", "first_id", "last_id", "time", "buyer_maker", "best_match")
"""By our names, in the order of the files; futures have no last one."""
HEADERS = {"id": SINGLE, "agg_trade_id": AGGREGATED, "a": AGGREGATED}
WORDS = {b"true": b"1", b"True": b"1", b"TRUE": b"1", b"false": b"0", b"False": b"0", b"FALSE": b"0"}
NAME = re.compile(r"(?P<symbol>[^-]+)-(trades|aggTrades)-\d{4}-\d{2}(-\d{2})?$")


def is_trades(cells: Sequence[str]) -> bool:
    """Whether the first line is that of trades: its header, or a flag in words where it stands in theirs."""
    if cells[0].lower() in HEADERS and len(cells) >= 6:
        return True
    return any(len(cells) in (len(names), len(names) - 1) and _flagged(cells, names) for names in HEADERS.values())


def load_trades(source: Source, hints: Hints) -> list[Loaded]:
    """Read trades. Raises BadFile where it has none."""
    cells = first_cells(source)
    header = HEADERS.get(cells[0].lower())
    names = header or next((one for one in (SINGLE, AGGREGATED) if _flagged(cells, one)), None)
    if names is None or hints.kind not in (None, Kind.TRADES):
        raise BadFile(f"{source.name}: expected trades ({', '.join(SINGLE)}), found {', '.join(cells)[:120]}")
    columns = dict(zip(names, cells if header else names, strict=False))
    match = NAME.match(source.stem)
    symbol = needed(source, "symbol", (hints.symbol, match["symbol"] if match else None))
    market = needed(source, "market", (hints.market, market_of(source)))
    wanted = {name: columns[name] for name in ("price", "quantity", "buyer_maker", "id") if name in columns}
    given = None if header else names[: len(cells)]
    sheet = read_sheet(_in_numbers(source), Columns(columns.get("time", "time"), list(wanted.values()), given))
    return [Loaded(hints.venue or BINANCE, market, raw_of(Kind.TRADES, symbol, 0, sheet, wanted))]


def _flagged(cells: Sequence[str], names: Sequence[str]) -> bool:
    place = names.index("buyer_maker")
    return len(cells) > place and cells[place].lower() in ("true", "false")


def _in_numbers(source: Source) -> Source:
    data = source.data
    for word, number in WORDS.items():
        data = data.replace(word, number)
    return Source(source.path, data)
