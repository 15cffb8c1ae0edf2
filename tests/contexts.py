"""Context beside a small market: stored series of every kind that is told as facts, and the facts made the slow way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan, nan

import numpy as np
from hypothesis import strategies as st

from finantrade.domain.context import (
    Crowd,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import HOUR, MINUTE, Millis
from finantrade.market.candles import Candles
from finantrade.market.datasets import Dataset
from finantrade.market.interval import interval_text
from finantrade.market.manifest import Manifest
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.context import StoredContext
from finantrade.market.table import Table

STEPS = (15 * MINUTE, 30 * MINUTE, HOUR, 8 * HOUR)
TOLD = (
    Kind.MARK,
    Kind.FUNDING,
    Kind.PREMIUM,
    Kind.OPEN_INTEREST,
    Kind.RATIOS,
    Kind.LIQUIDATION_EVENTS,
    Kind.SENTIMENT,
)
"""The kinds in the order in which they are told of one instant."""
Placed = tuple[Millis, int, str, tuple[float, ...], Message]


def table_of(kind: Kind, symbol: str, start: Millis, end: Millis, seed: int, step: Millis = HOUR) -> Table:
    """Return random rows of a kind, some left out, some with the time at which they were received."""
    random = np.random.default_rng([seed, list(Kind).index(kind), sum(symbol.encode())])
    grid = 8 * HOUR if kind is Kind.FUNDING else step
    times = np.arange(-(-start // grid) * grid, end, grid, dtype=np.int64)
    times = times[random.random(len(times)) < 0.9]
    if kind is Kind.LIQUIDATION_EVENTS:
        times = np.sort(times + random.choice([0, 0, 1, 61_000], len(times)))
    rows = len(times)
    drawn = np.round(random.uniform(0.5, 2.0, (4, rows)), 2)
    late = random.choice([nan, 1.0, 400.0, 7 * MINUTE, float(grid)], rows)
    columns = _columns(kind, drawn, random)
    if kind not in (Kind.MARK, Kind.PREMIUM):
        columns["received"] = times + late
    return Table.of(kind, symbol, 0 if kind in (Kind.FUNDING, Kind.LIQUIDATION_EVENTS) else grid, times, columns)


def stored(table: Table, venue: str = "binance", *, synthetic: bool = False) -> StoredContext:
    """Return a table as if it had been read from the store."""
    interval = interval_text(table.interval)
    return StoredContext(
        Place(venue, "usdm", table.kind, table.symbol, interval), table, synthetic, f"{table.kind:0>64}"
    )


def tables_of(symbols: Sequence[str], start: Millis, end: Millis, seed: int, step: Millis = HOUR) -> list[Table]:
    """Return a series of every kind for each symbol, and one mood of the market."""
    kinds = [kind for kind in TOLD if kind is not Kind.SENTIMENT]
    tables = [table_of(kind, symbol, start, end, seed, step) for symbol in symbols for kind in kinds]
    return [*tables, table_of(Kind.SENTIMENT, "fear_greed", start, end, seed, step)]


def dataset(candles: Iterable[Candles], tables: Iterable[Table] = ()) -> Dataset:
    """Return a data set as if it had been loaded."""
    manifest = Manifest(
        name="test", title="a test's", synthetic=False, timeframe="30m", source="", licence="", licence_file=None,
        symbols=(),
    )  # fmt: skip
    return Dataset(manifest, {one.symbol: one for one in candles}, tuple(map(stored, tables)))


@st.composite
def some_tables(draw: st.DrawFn, symbols: Sequence[str], start: Millis, end: Millis) -> list[Table]:
    """Draw some of these series."""
    tables = tables_of(symbols, start, end, draw(st.integers(0, 99)), draw(st.sampled_from(STEPS)))
    return draw(st.lists(st.sampled_from(tables), unique_by=id))


def told(table: Table) -> Iterator[Placed]:
    """Make every fact of a series the slow way: (when it was known, rank, symbol, detail, message)."""
    before: Millis | None = None
    for row, time in enumerate(table.time.tolist()):
        cells = {name: float(column[row]) for name, column in table.values.items()}
        received = cells.pop("received", nan)
        for rank, detail, late, fact in _facts(table, time, before, cells):
            yield (time + late if isnan(received) else int(received)), rank, table.symbol, detail, fact
        before = time


def _facts(
    table: Table, time: Millis, before: Millis | None, cells: dict[str, float]
) -> Iterator[tuple[int, tuple[float, ...], Millis, Message]]:
    # Ratios are of two ranks, those of takers after the others.
    symbol, rank = table.symbol, 1 + TOLD.index(table.kind) + (TOLD.index(table.kind) > TOLD.index(Kind.RATIOS))
    match table.kind:
        case Kind.MARK:
            yield rank, (time,), table.interval, MarkPrice(symbol, time + table.interval, cells["close"])
        case Kind.PREMIUM:
            yield rank, (time,), table.interval, Premium(symbol, time + table.interval, cells["close"])
        case Kind.FUNDING:
            since = time - before if before is not None and time - before <= 8 * HOUR else None
            hours = cells["interval_h"]
            interval = since if isnan(hours) else int(hours) * HOUR
            yield rank, (time,), 0, FundingRate(symbol, time, cells["rate"], interval, cells["mark_price"])
        case Kind.OPEN_INTEREST:
            yield rank, (time,), 5 * MINUTE, OpenInterest(symbol, time, cells["amount"], cells["value"])
        case Kind.RATIOS:
            named = zip(("accounts", "top_accounts", "top_positions"), Crowd, strict=True)
            for number, (name, crowd) in enumerate(named):
                if not isnan(cells[name]):
                    yield rank, (number, time), 5 * MINUTE, LongShortRatio(symbol, time, crowd, cells[name])
            if not isnan(cells["taker"]):
                yield rank + 1, (time,), 10 * MINUTE, TakerRatio(symbol, time, cells["taker"])
        case Kind.LIQUIDATION_EVENTS:
            side, price, qty = cells["side"], cells["price"], cells["quantity"]
            order = Side.SELL if side > 0 else Side.BUY
            yield rank, (time, side, price, qty), 0, Liquidation(symbol, time, order, price, qty)
        case Kind.SENTIMENT:
            yield rank, (time,), HOUR, Sentiment(symbol, time, cells["value"])
        case _:
            raise ValueError(f"no facts are told of {table.kind}")


def _columns(kind: Kind, drawn: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    rows = drawn.shape[1]
    known = random.random(rows) < 0.7
    match kind:
        case Kind.MARK | Kind.PREMIUM:
            return {"open": drawn[0], "close": drawn[1], "high": np.maximum(*drawn[:2]), "low": np.minimum(*drawn[:2])}
        case Kind.FUNDING:
            return {"rate": drawn[0] / 1024, "interval_h": np.where(known, 8.0, nan)}
        case Kind.OPEN_INTEREST:
            return {"amount": drawn[0], "value": np.where(known, drawn[1], nan)}
        case Kind.RATIOS:
            return {"accounts": drawn[0], "top_positions": np.where(known, drawn[1], nan), "taker": drawn[2]}
        case Kind.LIQUIDATION_EVENTS:
            return {"side": np.where(known, 1.0, -1.0), "price": drawn[0], "quantity": drawn[1]}
        case _:
            return {"value": np.round(drawn[0] * 40)}
