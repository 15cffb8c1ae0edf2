"""Volume with a direction, mean prices, and how unusual they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.oracles.data import Oracle, percent_rank, typical, zscore


def leaning(d: pd.DataFrame) -> pd.Series:
    return d.volume * (2 * d.close - d.high - d.low) / (d.high - d.low)


def delta(d: pd.DataFrame) -> pd.Series:
    return d.taker_buy_volume - (d.volume - d.taker_buy_volume)


def vwap(d: pd.DataFrame) -> pd.Series:
    return (typical(d) * d.volume).rolling(20).sum() / d.volume.rolling(20).sum()


def session_vwap(d: pd.DataFrame) -> pd.Series:
    day = d.index.normalize()
    return (typical(d) * d.volume).groupby(day).cumsum() / d.volume.groupby(day).cumsum()


def obv(d: pd.DataFrame) -> pd.Series:
    return (np.sign(d.close.diff()).fillna(1.0) * d.volume).cumsum()


ORACLES: dict[str, Oracle] = {
    "obv": obv,
    "leaning_volume": leaning,
    "ad": lambda d: leaning(d).cumsum(),
    "cmf_20": lambda d: leaning(d).rolling(20).sum() / d.volume.rolling(20).sum(),
    "vwap_20": vwap,
    "vwap_distance_20": lambda d: d.close / vwap(d) - 1,
    "session_vwap": session_vwap,
    "session_vwap_distance": lambda d: d.close / session_vwap(d) - 1,
    "volume_percentile_100": lambda d: percent_rank(d.volume, 100),
    "trade_size": lambda d: d.quote_volume / d.trades,
    "trade_size_zscore_20": lambda d: zscore(d.quote_volume / d.trades, 20),
    "trades_zscore_20": lambda d: zscore(d.trades, 20),
    "taker_buy_ratio": lambda d: d.taker_buy_volume / d.volume,
    "volume_delta": delta,
    "quote_delta": lambda d: 2 * d.taker_buy_quote_volume - d.quote_volume,
    "cvd": lambda d: delta(d).cumsum(),
}
