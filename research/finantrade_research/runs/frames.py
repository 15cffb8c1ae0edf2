"""Equity, days and trades of a run as Parquet, without pandas: half a second that a run need not pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.backtesting import trade_row
from finantrade.domain.units import DAY
from finantrade.market.arrow import array, arrow, parquet
from finantrade_research.curve import Curve, Floats, Times, daily_returns, days
from finantrade_research.rolling import rolling_drawdown, rolling_sharpe, rolling_volatility

if TYPE_CHECKING:
    from finantrade.backtesting import Result

EQUITY, DAILY, TRADES = "equity.parquet", "daily.parquet", "trades.parquet"


def write_equity(curve: Curve, path: Path) -> None:
    """Write the curve: ``time`` (ms UTC) and ``equity``, its beginning as the first row."""
    times = np.concatenate(([curve.start], curve.times))
    equity = np.concatenate(([curve.initial], curve.equity))
    _write({"time": times, "equity": equity}, path)


def read_equity(path: Path) -> Curve:
    """Read a curve back."""
    table = _read(path)
    times: Times = array(table.column("time"))
    equity: Floats = array(table.column("equity"))
    return Curve(int(times[0]), float(equity[0]), times[1:], equity[1:])


def write_daily(curve: Curve, held: Curve, path: Path) -> None:
    """Write one row a UTC day: equity at its end, buy and hold's, return, drawdown, and figures of the last 90 days."""
    every, closes = days(curve)
    returns = daily_returns(curve)
    columns = {
        "time": every * DAY,
        "equity": closes,
        "buy_and_hold": _at(held, every),
        "daily_return": returns,
        "drawdown": 1 - closes / np.maximum(np.maximum.accumulate(closes), curve.initial),
        "sharpe_90d": rolling_sharpe(returns),
        "volatility_90d": rolling_volatility(returns),
        "drawdown_90d": rolling_drawdown(closes),
    }
    _write(columns, path)


def read_daily(path: Path) -> dict[str, NDArray[Any]]:
    """Read the days back, a column a name."""
    table = _read(path)
    return {name: array(table.column(name)) for name in table.column_names}


def write_trades(result: Result, path: Path) -> None:
    """Write one row a round trip, in freqtrade's columns, times in milliseconds UTC."""
    rows = [trade_row(trade) for trade in result.trades]
    parquet().write_table(_table(rows) if rows else arrow().table([], names=[]), path, compression="zstd")


def read_trades(path: Path) -> list[dict[str, Any]]:
    """Read the trades back as rows."""
    return _read(path).to_pylist()


def _table(rows: Sequence[Mapping[str, Any]]) -> Any:
    # By way of JSON: to be handed Python's own values, pyarrow loads pandas too.
    types = {"bool": arrow().bool_(), "int": arrow().int64(), "float": arrow().float64(), "str": arrow().string()}
    schema = arrow().schema([(name, types[_kind(rows, name)]) for name in rows[0]])
    json: Any = import_module("pyarrow.json")
    options = json.ParseOptions(explicit_schema=schema)
    return json.read_json(BytesIO(msgspec.json.Encoder().encode_lines(rows)), parse_options=options)


def _kind(rows: Sequence[Mapping[str, object]], name: str) -> str:
    return next((value.__class__.__name__ for row in rows if (value := row[name]) is not None), "float")


def _write(columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    # From their memory: to be handed an array of numpy, pyarrow loads pandas.
    types = {"i": arrow().int64(), "f": arrow().float64()}
    arrays = [
        arrow().Array.from_buffers(
            types[one.dtype.kind], len(one), [None, arrow().py_buffer(np.ascontiguousarray(one))]
        )
        for one in columns.values()
    ]
    parquet().write_table(arrow().table(arrays, names=list(columns)), path, compression="zstd")


def _read(path: Path) -> Any:
    with parquet().ParquetFile(path, memory_map=False) as file:
        return file.read(use_threads=False)


def _at(curve: Curve, every: Times) -> Floats:
    there, closes = days(curve)
    return closes[np.clip(every - there[0], 0, len(closes) - 1)]
