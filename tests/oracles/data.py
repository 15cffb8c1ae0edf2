"""What oracles are computed from: a frame of bars, and the few series that many formulas share; no kernel of ours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from tests.feature_rows import walk

from finantrade.features.declaration import VALUES

Oracle = Callable[[pd.DataFrame], pd.Series]
NAN = np.nan


def frame(bars: int) -> pd.DataFrame:
    """Return the bars of ``walk`` as a frame by open time."""
    candles = walk(bars)
    index = pd.DatetimeIndex(candles.open_time.astype("datetime64[ms]"))
    return pd.DataFrame({str(column): candles.column(column) for column in VALUES}, index=index)


def hourly(data: pd.DataFrame) -> pd.DataFrame:
    """Return its whole hours."""
    sums = {str(column): "sum" for column in VALUES if "volume" in column or column == "trades"}
    return data.resample("1h").agg({"open": "first", "high": "max", "low": "min", "close": "last"} | sums)


def wilder(series: pd.Series, n: int) -> pd.Series:
    """Wilder's average, seeded with the mean of the first n."""
    first = int(series.notna().argmax()) + n - 1
    seeded = series.copy()
    seeded.iloc[:first] = NAN
    seeded.iloc[first] = series.iloc[first - n + 1 : first + 1].mean()
    return seeded.ewm(alpha=1 / n, adjust=False).mean()


def ewm(series: pd.Series, n: int) -> pd.Series:
    """The exponential average, seeded with the first, shown from the n-th on."""
    return series.ewm(span=n, adjust=False, min_periods=n).mean()


def true_range(d: pd.DataFrame) -> pd.Series:
    """The range, widened to the last close."""
    last = d.close.shift()
    parts = pd.concat([d.high - d.low, (d.high - last).abs(), (d.low - last).abs()], axis=1)
    return parts.max(axis=1).where(last.notna())


def weighted(series: pd.Series, n: int) -> pd.Series:
    """The mean weighted 1 to n."""
    weights = np.arange(1, n + 1)
    return series.rolling(n).apply(lambda x: x @ weights / weights.sum(), raw=True)


def spread(series: pd.Series, n: int) -> pd.Series:
    """The population deviation."""
    return series.rolling(n).std(ddof=0)


def zscore(series: pd.Series, n: int) -> pd.Series:
    """Distance from the mean in deviations."""
    return (series - series.rolling(n).mean()) / spread(series, n)


def typical(d: pd.DataFrame) -> pd.Series:
    """The typical price."""
    return (d.high + d.low + d.close) / 3


def log_return(d: pd.DataFrame, n: int = 1) -> pd.Series:
    """The logarithm of the change of the close."""
    return np.log(d.close / d.close.shift(n))


def percent_rank(series: pd.Series, n: int) -> pd.Series:
    """The share of the n - 1 values before the last that are below it, equal ones by half."""

    def of(x: np.ndarray) -> float:
        return float(((x[:-1] < x[-1]).sum() + 0.5 * (x[:-1] == x[-1]).sum()) / (n - 1))

    return series.rolling(n).apply(of, raw=True)
