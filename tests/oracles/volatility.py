"""One price for a bar, its logarithms, and volatility."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.oracles.data import Oracle, log_return, percent_rank, spread, true_range, typical, wilder


def log(one: pd.Series, other: pd.Series) -> pd.Series:
    return np.log(one / other)


def realised(d: pd.DataFrame) -> pd.Series:
    return (log_return(d) ** 2).rolling(20).mean() ** 0.5


def parkinson(d: pd.DataFrame) -> pd.Series:
    return ((log(d.high, d.low) ** 2).rolling(20).mean() / (4 * np.log(2))) ** 0.5


def garman_klass(d: pd.DataFrame) -> pd.Series:
    each = 0.5 * log(d.high, d.low) ** 2 - (2 * np.log(2) - 1) * log(d.close, d.open) ** 2
    return each.rolling(20).mean() ** 0.5


def without_drift(d: pd.DataFrame) -> pd.Series:
    high, low = (log(side, d.close) * log(side, d.open) for side in (d.high, d.low))
    return (high + low).rolling(20).mean()


def yang_zhang(d: pd.DataFrame) -> pd.Series:
    k = 0.34 / (1.34 + 21 / 19)
    between, within = log(d.open, d.close.shift()).rolling(20).var(), log(d.close, d.open).rolling(20).var()
    return (between + k * within + (1 - k) * without_drift(d)) ** 0.5


ORACLES: dict[str, Oracle] = {
    "typical_price": typical,
    "median_price": lambda d: (d.high + d.low) / 2,
    "log_high": lambda d: log(d.high, d.open),
    "log_low": lambda d: log(d.low, d.open),
    "log_body": lambda d: log(d.close, d.open),
    "log_gap": lambda d: log(d.open, d.close.shift()),
    "log_range": lambda d: log(d.high, d.low),
    "natr_14": lambda d: 100 * wilder(true_range(d), 14) / d.close,
    "realised_20": realised,
    "parkinson_20": parkinson,
    "garman_klass_20": garman_klass,
    "rogers_satchell_20": lambda d: without_drift(d) ** 0.5,
    "yang_zhang_20": yang_zhang,
    "vol_of_vol_20_100": lambda d: spread(realised(d), 100),
    "vol_percentile_20_100": lambda d: percent_rank(realised(d), 100),
}
