"""Averages, channels and trailing stops."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.oracles.data import NAN, Oracle, ewm, true_range, weighted, wilder


def efficiency(d: pd.DataFrame) -> pd.Series:
    return d.close.diff(10).abs() / d.close.diff().abs().rolling(10).sum()


def kama(d: pd.DataFrame) -> pd.Series:
    found, pace = d.close.shift().to_numpy().copy(), (efficiency(d) * (2 / 3 - 2 / 31) + 2 / 31) ** 2
    for i in range(10, len(d)):
        found[i] = found[i - 1] if i > 10 else d.close.iloc[9]
        found[i] += pace.iloc[i] * (d.close.iloc[i] - found[i])
    return pd.Series(np.where(np.arange(len(d)) >= 10, found, NAN))


def fitted(d: pd.DataFrame, what: str) -> pd.Series:
    def of(x: np.ndarray) -> float:
        slope, start = np.polynomial.Polynomial.fit(np.arange(14), x, 1, domain=[-1, 1]).coef[::-1]
        line = start + slope * np.arange(14)
        return {"end": line[-1], "slope": slope, "fit": 1 - ((x - line) ** 2).sum() / ((x - x.mean()) ** 2).sum()}[what]

    return d.close.rolling(14).apply(of, raw=True)


def middle(d: pd.DataFrame, n: int) -> pd.Series:
    return (d.high.rolling(n).max() + d.low.rolling(n).min()) / 2


def keltner(d: pd.DataFrame, sign: int) -> pd.Series:
    return ewm(d.close, 20) + sign * 2 * wilder(true_range(d), 10)


def cloud(d: pd.DataFrame) -> pd.Series:
    spans = pd.concat([(middle(d, 9) + middle(d, 26)) / 2, middle(d, 52)], axis=1)
    side = 1.0 * (d.close > spans.max(axis=1)) - 1.0 * (d.close < spans.min(axis=1))
    return side.where(spans.notna().all(axis=1))


def age(series: pd.Series, n: int) -> pd.Series:
    return series.rolling(n + 1).apply(lambda x: np.argmax(x[::-1]), raw=True)


def aroon(series: pd.Series) -> pd.Series:
    return 100 * (14 - age(series, 14)) / 14


def supertrend(d: pd.DataFrame) -> pd.Series:
    middle, wide = (d.high + d.low) / 2, 3 * wilder(true_range(d), 10)
    up, down, close = (middle + wide).to_numpy(copy=True), (middle - wide).to_numpy(copy=True), d.close.to_numpy()
    start = int(np.isfinite(up).argmax())
    rising, found = close[start] >= down[start], np.full(len(d), NAN)
    for i in range(start, len(d)):
        if i > start:
            up[i] = min(up[i], up[i - 1]) if close[i - 1] <= up[i - 1] else up[i]
            down[i] = max(down[i], down[i - 1]) if close[i - 1] >= down[i - 1] else down[i]
            rising = close[i] >= down[i] if rising else close[i] > up[i]
        found[i] = down[i] if rising else up[i]
    return pd.Series(found, d.index)


def psar(d: pd.DataFrame) -> pd.Series:
    high, low = d.high.to_numpy(), d.low.to_numpy()
    rising = not low[0] - low[1] > max(high[1] - high[0], 0)
    stop, extreme, pace = (low[0], high[1], 0.02) if rising else (high[0], low[1], 0.02)
    found = np.full(len(d), NAN)
    for i in range(1, len(d)):
        highs, lows = high[max(i - 1, 1) : i + 1], low[max(i - 1, 1) : i + 1]
        if (low[i] <= stop) if rising else (high[i] >= stop):
            stop = max(extreme, *highs) if rising else min(extreme, *lows)
            rising, found[i], extreme, pace = not rising, stop, low[i] if rising else high[i], 0.02
        else:
            found[i] = stop
            if (high[i] > extreme) if rising else (low[i] < extreme):
                extreme, pace = high[i] if rising else low[i], min(pace + 0.02, 0.2)
        stop += pace * (extreme - stop)
        stop = min(stop, *lows) if rising else max(stop, *highs)
    return pd.Series(found, d.index)


def side(d: pd.DataFrame, line: pd.Series) -> pd.Series:
    return np.sign(d.close - line)


def hull(d: pd.DataFrame) -> pd.Series:
    return weighted(2 * weighted(d.close, 10) - weighted(d.close, 20), 4)


ORACLES: dict[str, Oracle] = {
    "wma_20": lambda d: weighted(d.close, 20),
    "hma_20": hull,
    "efficiency_10": efficiency,
    "kama_10": kama,
    "linreg_14": lambda d: fitted(d, "end"),
    "linreg_slope_14": lambda d: fitted(d, "slope"),
    "linreg_fit_14": lambda d: fitted(d, "fit"),
    "donchian_middle_20": lambda d: middle(d, 20),
    "donchian_width_20": lambda d: (d.high.rolling(20).max() - d.low.rolling(20).min()) / middle(d, 20),
    "ichimoku_conversion_9": lambda d: middle(d, 9),
    "ichimoku_base_26": lambda d: middle(d, 26),
    "ichimoku_span_a_9_26": lambda d: (middle(d, 9) + middle(d, 26)) / 2,
    "ichimoku_span_b_52": lambda d: middle(d, 52),
    "ichimoku_side_9_26_52": cloud,
    "keltner_upper_20_10_2": lambda d: keltner(d, 1),
    "keltner_lower_20_10_2": lambda d: keltner(d, -1),
    "keltner_percent_20_10_2": lambda d: (d.close - keltner(d, -1)) / (keltner(d, 1) - keltner(d, -1)),
    "aroon_up_14": lambda d: aroon(d.high),
    "aroon_down_14": lambda d: aroon(-d.low),
    "aroon_14": lambda d: aroon(d.high) - aroon(-d.low),
    "supertrend_10_3": supertrend,
    "supertrend_side_10_3": lambda d: side(d, supertrend(d)),
    "psar_0p02_0p2": psar,
    "psar_side_0p02_0p2": lambda d: side(d, psar(d)),
}
