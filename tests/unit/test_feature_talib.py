"""Every kind that TA-Lib has against TA-Lib, to a relative 1e-9; where its convention is another, tables say which.

``RIVALS`` agree from the first bar that both have, or, where averages are seeded in another way, from ``after`` on,
when the seeds have faded. What is in ``OTHERWISE`` goes by the same name and is another figure; docs/exactness.md tells
both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

    @property
    def function(self) -> str:
        """Its name in TA-Lib."""
        names = self.of.__code__.co_names
        return names[names.index("talib") + 1]


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
    "log_return_1": Rival(lambda d: np.log(talib.ROCR(d.close, 1))),
    "supertrend_side_10_3": Rival(lambda d: talib.SUPERTREND(d.high, d.low, d.close, 10, 3)[1]),
    "psar_side_0p02_0p2": Rival(lambda d: np.sign(d.close - talib.SAR(d.high, d.low, 0.02, 0.2))),
    "donchian_width_20": Rival(lambda d: width(*talib.DONCHIAN(d.high, d.low, 20))),
    "bb_width_20_2": Rival(lambda d: width(*talib.BBANDS(d.close, 20))),
    "bb_percent_20_2": Rival(lambda d: place(d.close, *talib.BBANDS(d.close, 20))),
    "zscore_20": Rival(lambda d: 4 * place(d.close, *talib.BBANDS(d.close, 20)) - 2),
    "volume_sma_20": Rival(lambda d: talib.SMA(d.volume, 20)),
    "volume_std_20": Rival(lambda d: talib.STDDEV(d.volume, 20)),
    "volume_percentile_100": Rival(lambda d: talib.PERCENTRANK(d.volume, 99) / 100),
    "engulfing": Rival(
        lambda d: talib.CDLENGULFING(*candle(d)) / 100, 14, "TA-Lib says 0 on its first bars, we that nothing is known"
    ),
    "session_vwap": Rival(lambda d: pd.concat([talib.VWAP(*prices(day)) for _, day in days(d)])),
}

OWN_SHARES = "shares of the bar's own range or body, not of the mean of the bars before"
NO_GAP = "no gap is asked for, since there are none where trading never stops; "
OTHERWISE: dict[str, Rival] = {
    "cmo_14": Rival(lambda d: talib.CMO(d.close, 14), differs="sums as Chande has them (CMOU), not Wilder's averages"),
    "stoch_k_14": Rival(
        lambda d: talib.STOCH(d.high, d.low, d.close, 14, 3, 0, 3, 0)[0],
        differs="the raw line; TA-Lib's is its mean of three",
    ),
    "stoch_d_14_3": Rival(
        lambda d: talib.STOCH(d.high, d.low, d.close, 14, 3, 0, 3, 0)[1],
        differs="the mean of the raw line; TA-Lib's is the mean of that mean",
    ),
    "stoch_rsi_14_14": Rival(
        lambda d: talib.STOCHRSI(d.close, 14, 14, 3)[1], differs="the raw line (TA-Lib's first), not smoothed"
    ),
    "keltner_upper_20_10_2": Rival(
        lambda d: talib.KC(d.high, d.low, d.close, 20, 10, 2)[0], differs="around the average close, not typical price"
    ),
    "keltner_lower_20_10_2": Rival(
        lambda d: talib.KC(d.high, d.low, d.close, 20, 10, 2)[2], differs="around the average close, not typical price"
    ),
    "doji": Rival(lambda d: talib.CDLDOJI(*candle(d)) / 100, differs=OWN_SHARES),
    "hammer": Rival(
        lambda d: talib.CDLHAMMER(*candle(d)) / 100, differs=OWN_SHARES + "; no low before it is asked for"
    ),
    "shooting_star": Rival(lambda d: talib.CDLSHOOTINGSTAR(*candle(d)) / 100, differs=NO_GAP + OWN_SHARES),
    "marubozu": Rival(lambda d: talib.CDLMARUBOZU(*candle(d)) / 100, differs=OWN_SHARES),
    "harami": Rival(lambda d: talib.CDLHARAMI(*candle(d)) / 100, differs=OWN_SHARES),
    "star": Rival(
        lambda d: (talib.CDLMORNINGSTAR(*candle(d)) + talib.CDLEVENINGSTAR(*candle(d))) / 100,
        differs=NO_GAP + OWN_SHARES,
    ),
    "soldiers": Rival(
        lambda d: (talib.CDL3WHITESOLDIERS(*candle(d)) + talib.CDL3BLACKCROWS(*candle(d))) / 100, differs=OWN_SHARES
    ),
}


def width(upper: pd.Series, middle: pd.Series, lower: pd.Series) -> pd.Series:
    return (upper - lower) / middle


def place(x: pd.Series, upper: pd.Series, _: pd.Series, lower: pd.Series) -> pd.Series:
    return (x - lower) / (upper - lower)


def prices(d: pd.DataFrame) -> tuple[pd.Series, ...]:
    return d.high, d.low, d.close, d.volume


def candle(d: pd.DataFrame) -> tuple[pd.Series, ...]:
    return d.open, d.high, d.low, d.close


def days(d: pd.DataFrame) -> Iterable[tuple[object, pd.DataFrame]]:
    """Return the bars of each day, 96 of 15 minutes; the walk begins with one."""
    return d.groupby(np.arange(len(d)) // 96)


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


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_said_to_differ_does(name: str) -> None:
    found = np.array(plain_rows(resolved([name]), bars_of(walk(BARS))))[FADED:, 0]
    expected = np.asarray(OTHERWISE[name].of(frame(BARS)), float)[FADED:]
    assert np.isfinite(found).all()
    assert np.isfinite(expected).all()
    assert np.count_nonzero(abs(found - expected) > 1e-6 * abs(expected)) > 0
