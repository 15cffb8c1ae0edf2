"""Trades into a file, in the columns that people's notebooks know from freqtrade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finantrade.cli.errors import CliError, ExitCode

SUFFIXES = (".csv", ".parquet")
COLUMNS = (
    "pair", "strategy", "is_short", "amount", "open_date", "close_date", "open_timestamp", "close_timestamp",
    "open_rate", "close_rate", "fees", "funding", "profit_abs", "profit_ratio", "enter_tag", "exit_reason", "is_open",
)  # fmt: skip


def check_target(path: Path) -> None:
    """Refuse a file that could not be written before any work is done. Raises CliError."""
    if path.suffix not in SUFFIXES:
        raise CliError(f"expected a file ending in {' or '.join(SUFFIXES)}, found {path}", ExitCode.USAGE)
    if not path.parent.is_dir():
        raise CliError(f"expected a directory at {path.parent}, found none", ExitCode.USAGE)


def write_trades(rows: Sequence[Mapping[str, Any]], path: Path) -> int:
    """Write trades as `backtesting.trade_row` has them, with dates in UTC, and return how many there are."""
    import pandas as pd  # noqa: PLC0415  half a second that a run without export need not pay

    frame = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    for event in ("open", "close"):
        frame[f"{event}_date"] = pd.to_datetime(frame[f"{event}_timestamp"], unit="ms", utc=True)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    return len(frame)
