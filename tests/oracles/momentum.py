"""Oscillators."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.oracles.basic import rsi
from tests.oracles.data import NAN, Oracle, ewm, true_range, typical


def place(series: pd.Series, n: int) -> pd.Series:
    low, high = series.rolling(n).min(), series.rolling(n).max()
    return (series - low) / (high - low)


def cci(d: pd.DataFrame) -> pd.Series:
    middle = typical(d).rolling(20).mean()
    apart = typical(d).rolling(20).apply(lambda x: abs(x - x.mean()).mean(), raw=True)
    return (typical(d) - middle) / (0.015 * apart)


def williams_r(d: pd.DataFrame) -> pd.Series:
    low, high = d.low.rolling(14).min(), d.high.rolling(14).max()
    return -100 * (high - d.close) / (high - low)


def mfi(d: pd.DataFrame) -> pd.Series:
    flow, change = typical(d) * d.volume, typical(d).diff()
    up, down = (flow.where(side, 0.0).where(change.notna()).rolling(14).sum() for side in (change > 0, change < 0))
    return 100 - 100 / (1 + up / down)


def cmo(d: pd.DataFrame) -> pd.Series:
    up, down = (d.close.diff().mul(sign).clip(lower=0).rolling(14).sum() for sign in (1, -1))
    return 100 * (up - down) / (up + down)


def tsi(d: pd.DataFrame) -> pd.Series:
    change = d.close.diff()
    return 100 * ewm(ewm(change, 25), 13) / ewm(ewm(change.abs(), 25), 13)


def ultimate(d: pd.DataFrame) -> pd.Series:
    last = d.close.shift()
    pressure = d.close - np.minimum(d.low, last)
    parts = [pressure.rolling(n).sum() / true_range(d).rolling(n).sum() for n in (7, 14, 28)]
    return 100 * (4 * parts[0] + 2 * parts[1] + parts[2]) / 7


def fisher(d: pd.DataFrame) -> pd.Series:
    lies, x, found = place((d.high + d.low) / 2, 10), 0.0, [NAN] * 9
    for value in lies.iloc[9:]:
        x = float(np.clip(0.66 * (value - 0.5) + 0.67 * x, -0.999, 0.999))
        found.append(np.arctanh(x) + 0.5 * (found[-1] if len(found) > 9 else 0.0))
    return pd.Series(found, d.index)


def awesome(d: pd.DataFrame) -> pd.Series:
    median = (d.high + d.low) / 2
    return median.rolling(5).mean() - median.rolling(34).mean()


ORACLES: dict[str, Oracle] = {
    "stoch_rsi_14_14": lambda d: 100 * place(rsi(d), 14),
    "cci_20": cci,
    "williams_r_14": williams_r,
    "roc_10": lambda d: 100 * d.close.pct_change(10),
    "mfi_14": mfi,
    "cmo_14": cmo,
    "tsi_25_13": tsi,
    "ultimate_7_14_28": ultimate,
    "awesome_5_34": awesome,
    "fisher_10": fisher,
}
