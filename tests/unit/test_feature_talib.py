"""Every kind that TA-Lib has against TA-Lib, to a relative 1e-9; where its convention is another, the table says which.

``after`` is the bar from which the two are to agree: the first one that both have, or, for averages that are seeded in
another way, when the seeds have faded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import talib
from tests.feature_rows import bars_of, plain_rows, resolved, walk
from tests.oracles.data import frame

BARS = 1500
FADED = 700
"""Enough bars that a seed of Wilder's average of 14 has faded to a relative 1e-20."""

Series = Callable[[pd.DataFrame], np.ndarray]


class Rival(NamedTuple):
    """What TA-Lib makes of a frame; ``differs`` names the difference in convention, if there is one."""

    of: Series
    after: int = 0
    differs: str = ""


MEAN = "TA-Lib seeds with the mean of the first n, we with the first"
SEED = "TA-Lib sums n - 1 first values and lets the n-th fade the sum: the seeds differ, not what follows"

RIVALS: dict[str, Rival] = {
    "ema_12": Rival(lambda d: talib.EMA(d.close, 12), FADED, MEAN),
    "sma_20": Rival(lambda d: talib.SMA(d.close, 20)),
    "wma_20": Rival(lambda d: talib.WMA(d.close, 20)),
    "hma_20": Rival(lambda d: talib.HMA(d.close, 20)),
    "kama_10": Rival(lambda d: talib.KAMA(d.close, 10)),
    "efficiency_10": Rival(lambda d: talib.ER(d.close, 10)),
    "linreg_14": Rival(lambda d: talib.LINEARREG(d.close, 14)),
    "linreg_slope_14": Rival(lambda d: talib.LINEARREG_SLOPE(d.close, 14)),
    "linreg_fit_14": Rival(lambda d: talib.CORREL(d.close, pd.Series(np.arange(len(d)) * 1.0, d.index), 14) ** 2),
    "macd_12_26_9": Rival(lambda d: talib.MACD(d.close)[0], FADED, MEAN),
    "macd_signal_12_26_9": Rival(lambda d: talib.MACD(d.close)[1], FADED, MEAN),
    "macd_hist_12_26_9": Rival(lambda d: talib.MACD(d.close)[2], FADED, MEAN),
    "true_range": Rival(lambda d: talib.TRANGE(d.high, d.low, d.close)),
    "atr_14": Rival(lambda d: talib.ATR(d.high, d.low, d.close, 14)),
    "plus_dm_14": Rival(lambda d: talib.PLUS_DM(d.high, d.low, 14) / 14, FADED, "a sum, not a mean; " + SEED),
    "minus_dm_14": Rival(lambda d: talib.MINUS_DM(d.high, d.low, 14) / 14, FADED, "a sum, not a mean; " + SEED),
    "plus_di_14": Rival(lambda d: talib.PLUS_DI(d.high, d.low, d.close, 14), FADED, SEED),
    "minus_di_14": Rival(lambda d: talib.MINUS_DI(d.high, d.low, d.close, 14), FADED, SEED),
    "dx_14": Rival(lambda d: talib.DX(d.high, d.low, d.close, 14), FADED, SEED),
    "adx_14": Rival(lambda d: talib.ADX(d.high, d.low, d.close, 14), FADED, SEED),
    "aroon_up_14": Rival(lambda d: talib.AROON(d.high, d.low, 14)[1]),
    "aroon_down_14": Rival(lambda d: talib.AROON(d.high, d.low, 14)[0]),
    "aroon_14": Rival(lambda d: talib.AROONOSC(d.high, d.low, 14)),
    "supertrend_10_3": Rival(lambda d: talib.SUPERTREND(d.high, d.low, d.close, 10, 3)[0]),
    "psar_0p02_0p2": Rival(lambda d: talib.SAR(d.high, d.low, 0.02, 0.2)),
    "donchian_middle_20": Rival(lambda d: talib.MIDPRICE(d.high, d.low, 20)),
    "highest_14": Rival(lambda d: talib.MAX(d.high, 14)),
    "lowest_14": Rival(lambda d: talib.MIN(d.low, 14)),
    "std_20": Rival(lambda d: talib.STDDEV(d.close, 20)),
    "bb_upper_20_2": Rival(lambda d: talib.BBANDS(d.close, 20)[0]),
    "bb_lower_20_2": Rival(lambda d: talib.BBANDS(d.close, 20)[2]),
    "rsi_14": Rival(lambda d: talib.RSI(d.close, 14)),
    "stoch_k_14": Rival(lambda d: talib.STOCHF(d.high, d.low, d.close, 14, 3)[0]),
    "stoch_d_14_3": Rival(lambda d: talib.STOCHF(d.high, d.low, d.close, 14, 3)[1]),
    "stoch_rsi_14_14": Rival(lambda d: talib.STOCHRSI(d.close, 14, 14, 3)[0]),
    "cci_20": Rival(lambda d: talib.CCI(d.high, d.low, d.close, 20)),
    "williams_r_14": Rival(lambda d: talib.WILLR(d.high, d.low, d.close, 14)),
    "roc_10": Rival(lambda d: talib.ROC(d.close, 10)),
    "mfi_14": Rival(lambda d: talib.MFI(d.high, d.low, d.close, d.volume, 14)),
    "cmo_14": Rival(lambda d: talib.CMOU(d.close, 14)),
    "tsi_25_13": Rival(lambda d: talib.TSI(d.close), FADED, MEAN),
    "ultimate_7_14_28": Rival(lambda d: talib.ULTOSC(d.high, d.low, d.close)),
    "awesome_5_34": Rival(lambda d: talib.AO(d.high, d.low)),
    "natr_14": Rival(lambda d: talib.NATR(d.high, d.low, d.close, 14)),
    "typical_price": Rival(lambda d: talib.TYPPRICE(d.high, d.low, d.close)),
    "median_price": Rival(lambda d: talib.MEDPRICE(d.high, d.low)),
    "obv": Rival(lambda d: talib.OBV(d.close, d.volume)),
    "ad": Rival(lambda d: talib.AD(d.high, d.low, d.close, d.volume)),
    "cmf_20": Rival(lambda d: talib.CMF(d.high, d.low, d.close, d.volume, 20)),
    "vwap_20": Rival(lambda d: talib.VWMA((d.high + d.low + d.close) / 3, d.volume, 20)),
    "return_1": Rival(lambda d: talib.ROCP(d.close, 1)),
}


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    found = np.array(plain_rows(resolved(RIVALS), bars_of(walk(BARS))))
    return dict(zip(RIVALS, found.T, strict=True))


@pytest.mark.parametrize("name", RIVALS)
def test_a_feature_is_what_talib_makes_of_it(rows: dict[str, np.ndarray], name: str) -> None:
    rival, found = RIVALS[name], rows[name]
    expected = np.asarray(rival.of(frame(BARS)), float)
    start = max(rival.after, int(np.isfinite(expected).argmax()), int(np.isfinite(found).argmax()))
    assert start <= FADED
    assert bool(rival.differs) == (rival.after > 0)
    usual = float(np.median(abs(expected[start:])))
    np.testing.assert_allclose(found[start:], expected[start:], rtol=1e-9, atol=1e-9 * usual, err_msg=rival.differs)
