"""Spreads, price impact, one-sided flow and memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.oracles.data import Oracle, log_return
from tests.oracles.volume import delta


def amihud(d: pd.DataFrame) -> pd.Series:
    return 1e6 * (log_return(d).abs() / d.quote_volume).rolling(20).mean()


def roll(d: pd.DataFrame) -> pd.Series:
    common = log_return(d).rolling(50).cov(log_return(d).shift(), ddof=0)
    return 2 * (-common).clip(lower=0) ** 0.5


def corwin_schultz(d: pd.DataFrame) -> pd.Series:
    k = 3 - 2 * 2**0.5
    beta = (np.log(d.high / d.low) ** 2).rolling(2).sum()
    gamma = np.log(d.high.rolling(2).max() / d.low.rolling(2).min()) ** 2
    alpha = ((2 * beta) ** 0.5 - beta**0.5) / k - (gamma / k) ** 0.5
    each = 2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))
    return each.clip(lower=0).rolling(20).mean()


def abdi_ranaldo(d: pd.DataFrame) -> pd.Series:
    close, middle = np.log(d.close), (np.log(d.high) + np.log(d.low)) / 2
    product = 4 * (close.shift() - middle.shift()) * (close.shift() - middle)
    return product.rolling(20).mean().clip(lower=0) ** 0.5


def kyle_lambda(d: pd.DataFrame) -> pd.Series:
    net = 2 * d.taker_buy_quote_volume - d.quote_volume
    return 1e6 * log_return(d).rolling(50).cov(net) / net.where(log_return(d).notna()).rolling(50).var()


def variance_ratio(d: pd.DataFrame) -> pd.Series:
    far, near = (log_return(d, n).where(log_return(d, 4).notna()).rolling(100).var() for n in (4, 1))
    return far / (4 * near)


ORACLES: dict[str, Oracle] = {
    "amihud_20": amihud,
    "roll_50": roll,
    "corwin_schultz_20": corwin_schultz,
    "abdi_ranaldo_20": abdi_ranaldo,
    "kyle_lambda_50": kyle_lambda,
    "imbalance_20": lambda d: delta(d).rolling(20).sum() / d.volume.rolling(20).sum(),
    "vpin_50": lambda d: delta(d).abs().rolling(50).sum() / d.volume.rolling(50).sum(),
    "variance_ratio_100_4": variance_ratio,
    "autocorrelation_100_1": lambda d: log_return(d).rolling(100).corr(log_return(d).shift()),
    "hurst_100_4": lambda d: np.log(4 * variance_ratio(d)) / np.log(4) / 2,
}
