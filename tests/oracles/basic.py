"""Columns, plain averages, directional movement, Bollinger's bands, returns and the shape of a bar."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.oracles.data import Oracle, ewm, spread, true_range, wilder, zscore

from finantrade.features.declaration import VALUES


def di(d: pd.DataFrame, sign: int) -> pd.Series:
    return 100 * dm(d, sign) / wilder(true_range(d), 14)


def dm(d: pd.DataFrame, sign: int) -> pd.Series:
    up, down = d.high.diff(), -d.low.diff()
    move, other = (up, down) if sign > 0 else (down, up)
    return wilder(move.where((move > other) & (move > 0), 0.0).where(up.notna()), 14)


def dx(d: pd.DataFrame) -> pd.Series:
    return 100 * (di(d, 1) - di(d, -1)).abs() / (di(d, 1) + di(d, -1))


def rsi(d: pd.DataFrame) -> pd.Series:
    change = d.close.diff()
    rise, fall = wilder(change.clip(lower=0), 14), wilder(-change.clip(upper=0), 14)
    return 100 - 100 / (1 + rise / fall)


def macd(d: pd.DataFrame) -> pd.Series:
    return ewm(d.close, 12) - ewm(d.close, 26)


def middle(series: pd.Series) -> pd.Series:
    return series.rolling(20).mean()


def stoch_k(d: pd.DataFrame) -> pd.Series:
    low, high = d.low.rolling(14).min(), d.high.rolling(14).max()
    return 100 * (d.close - low) / (high - low)


ORACLES: dict[str, Oracle] = {
    **{str(column): lambda d, column=column: d[str(column)] for column in VALUES},
    "ema_12": lambda d: ewm(d.close, 12),
    "sma_20": lambda d: middle(d.close),
    "trend_50": lambda d: d.close / ewm(d.close, 50) - 1,
    "macd_12_26_9": macd,
    "macd_signal_12_26_9": lambda d: ewm(macd(d), 9),
    "macd_hist_12_26_9": lambda d: macd(d) - ewm(macd(d), 9),
    "plus_dm_14": lambda d: dm(d, 1),
    "minus_dm_14": lambda d: dm(d, -1),
    "plus_di_14": lambda d: di(d, 1),
    "minus_di_14": lambda d: di(d, -1),
    "dx_14": dx,
    "adx_14": lambda d: wilder(dx(d), 14),
    "rsi_14": rsi,
    "highest_14": lambda d: d.high.rolling(14).max(),
    "lowest_14": lambda d: d.low.rolling(14).min(),
    "stoch_k_14": stoch_k,
    "stoch_d_14_3": lambda d: stoch_k(d).rolling(3).mean(),
    "zscore_20": lambda d: zscore(d.close, 20),
    "true_range": true_range,
    "atr_14": lambda d: wilder(true_range(d), 14),
    "std_20": lambda d: spread(d.close, 20),
    "bb_upper_20_2": lambda d: middle(d.close) + 2 * spread(d.close, 20),
    "bb_lower_20_2": lambda d: middle(d.close) - 2 * spread(d.close, 20),
    "bb_width_20_2": lambda d: 4 * spread(d.close, 20) / middle(d.close),
    "bb_percent_20_2": lambda d: (zscore(d.close, 20) + 2) / 4,
    "close_lag_1": lambda d: d.close.shift(),
    "return_1": lambda d: d.close.pct_change(),
    "log_return_1": lambda d: np.log(d.close).diff(),
    "body_ratio": lambda d: (d.close - d.open) / (d.high - d.low),
    "upper_wick_ratio": lambda d: (d.high - d[["open", "close"]].max(axis=1)) / (d.high - d.low),
    "lower_wick_ratio": lambda d: (d[["open", "close"]].min(axis=1) - d.low) / (d.high - d.low),
    "range_ratio": lambda d: (d.high - d.low) / d.close,
    "volume_sma_20": lambda d: middle(d.volume),
    "volume_std_20": lambda d: spread(d.volume, 20),
    "volume_zscore_20": lambda d: zscore(d.volume, 20),
}
