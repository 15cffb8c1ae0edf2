"""The parts of pyarrow, imported when first used: a third of a second that a session on a live feed need not spend."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finantrade.market.candles import Floats


def arrow() -> Any:
    """Return pyarrow."""
    return import_module("pyarrow")


def compute() -> Any:
    """Return pyarrow.compute."""
    return import_module("pyarrow.compute")


def csv() -> Any:
    """Return pyarrow.csv."""
    return import_module("pyarrow.csv")


def feather() -> Any:
    """Return pyarrow.feather."""
    return import_module("pyarrow.feather")


def parquet() -> Any:
    """Return pyarrow.parquet."""
    return import_module("pyarrow.parquet")


def faults() -> tuple[type[Exception], ...]:
    """Return what pyarrow raises on bytes that it cannot read."""
    return (arrow().ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError)


def floats(column: Any) -> Floats:
    """Return a column of numbers as float64, NaN for nulls."""
    numbers = column.cast("float64", safe=False)
    return array(compute().fill_null(numbers, float("nan")) if numbers.null_count else numbers)


def array(column: Any) -> NDArray[Any]:
    """Return a column without nulls as a numpy array, without loading pandas."""
    chunks = [np.from_dlpack(chunk) for chunk in column.chunks if len(chunk)]
    if len(chunks) == 1:
        return chunks[0]
    return np.concatenate(chunks) if chunks else np.empty(0)
