"""Equity, days and trades of a run as Parquet, without pandas: half a second that a run need not pay."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finantrade.backtesting import trade_row
from finantrade.domain.units import DAY
from finantrade_research.curve import Curve, Floats, Times, daily_returns, days
from finantrade_research.rolling import rolling_drawdown, rolling_sharpe, rolling_volatility

if TYPE_CHECKING:
    from finantrade.backtesting import Result

EQUITY, DAILY, TRADES = "equity.parquet", "daily.parquet", "trades.parquet"


def write_equity(curve: Curve, path: Path) -> None:
    """Write the curve: ``time`` (ms UTC) and ``equity``, its beginning as the first row."""
    arrow = import_module("pyarrow")
    times = np.concatenate(([curve.start], curve.times))
    equity = np.concatenate(([curve.initial], curve.equity))
    _parquet().write_table(arrow.table({"time": times, "equity": equity}), path, compression="zstd")


def read_equity(path: Path) -> Curve:
    """Read a curve back."""
    table = _read(path)
    times: Times = _column(table, "time")
    equity: Floats = _column(table, "equity")
    return Curve(int(times[0]), float(equity[0]), times[1:], equity[1:])


def write_daily(curve: Curve, held: Curve, path: Path) -> None:
    """Write one row a UTC day: equity at its end, buy and hold's, return, drawdown, and figures of the last 90 days."""
    arrow = import_module("pyarrow")
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
    _parquet().write_table(arrow.table(columns), path, compression="zstd")


def read_daily(path: Path) -> dict[str, NDArray[Any]]:
    """Read the days back, a column a name."""
    table = _read(path)
    return {name: _column(table, name) for name in table.column_names}


def write_trades(result: Result, path: Path) -> None:
    """Write one row a round trip, in freqtrade's columns, times in milliseconds UTC."""
    arrow = import_module("pyarrow")
    rows = [trade_row(trade) for trade in result.trades]
    _parquet().write_table(arrow.Table.from_pylist(rows), path, compression="zstd")


def read_trades(path: Path) -> list[dict[str, Any]]:
    """Read the trades back as rows."""
    return _read(path).to_pylist()


def _read(path: Path) -> Any:
    with _parquet().ParquetFile(path, memory_map=False) as file:
        return file.read(use_threads=False)


def _at(curve: Curve, every: Times) -> Floats:
    there, closes = days(curve)
    return closes[np.clip(every - there[0], 0, len(closes) - 1)]


def _column(table: Any, name: str) -> NDArray[Any]:
    # Not ``to_numpy`` of the column as a whole: that loads pandas.
    return np.concatenate([np.from_dlpack(chunk) for chunk in table.column(name).chunks])


def _parquet() -> Any:
    return import_module("pyarrow.parquet")
