"""What goes by which name in TA-Lib, and where that is computed otherwise; held to TA-Lib itself by a test.

Seeds are what an average that never forgets begins with: they fade, and then the two are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Rival(NamedTuple):
    """A function of TA-Lib, and what is otherwise there; nothing where it is the same to a relative 1e-9."""

    function: str
    otherwise: str = ""


MEAN = "it begins with the mean of the first n values, ours with the first; the same once that has faded"
SUMS = "it begins with a sum of n - 1 values and lets the n-th fade it; the same once that has faded"
A_SUM = "it sums, ours is a mean: divide by the length; " + SUMS
OWN_SHARES = "it measures by the mean of the bars before, ours by the bar's own range or body"
NO_GAP = "it asks for a gap, which there is none of where trading never stops; " + OWN_SHARES

TALIB: Mapping[str, Rival] = {
    "typical_price": Rival("TYPPRICE"),
    "median_price": Rival("MEDPRICE"),
    "ema": Rival("EMA", MEAN),
    "sma": Rival("SMA"),
    "wma": Rival("WMA"),
    "hma": Rival("HMA"),
    "kama": Rival("KAMA"),
    "efficiency": Rival("ER"),
    "linreg": Rival("LINEARREG"),
    "linreg_slope": Rival("LINEARREG_SLOPE"),
    "linreg_fit": Rival("CORREL", "its square, with the numbers of the bars"),
    "macd": Rival("MACD", "the first of three; " + MEAN),
    "macd_signal": Rival("MACD", "the second of three; " + MEAN),
    "macd_hist": Rival("MACD", "the third of three; " + MEAN),
    "true_range": Rival("TRANGE"),
    "atr": Rival("ATR"),
    "natr": Rival("NATR"),
    "plus_dm": Rival("PLUS_DM", A_SUM),
    "minus_dm": Rival("MINUS_DM", A_SUM),
    "plus_di": Rival("PLUS_DI", SUMS),
    "minus_di": Rival("MINUS_DI", SUMS),
    "dx": Rival("DX", SUMS),
    "adx": Rival("ADX", SUMS),
    "aroon_up": Rival("AROON"),
    "aroon_down": Rival("AROON"),
    "aroon": Rival("AROONOSC"),
    "supertrend": Rival("SUPERTREND"),
    "supertrend_side": Rival("SUPERTREND"),
    "psar": Rival("SAR"),
    "psar_side": Rival("SAR", "the sign of the close less it"),
    "donchian_middle": Rival("MIDPRICE"),
    "donchian_width": Rival("DONCHIAN", "the distance of its bands over their middle"),
    "keltner_upper": Rival("KC", "it goes around the average typical price, ours around the average close"),
    "keltner_lower": Rival("KC", "it goes around the average typical price, ours around the average close"),
    "highest": Rival("MAX"),
    "lowest": Rival("MIN"),
    "std": Rival("STDDEV"),
    "bb_upper": Rival("BBANDS"),
    "bb_lower": Rival("BBANDS"),
    "bb_width": Rival("BBANDS", "the distance of its bands over their middle"),
    "bb_percent": Rival("BBANDS", "where the close lies between its bands"),
    "zscore": Rival("BBANDS", "where the close lies between its bands, from -2 to 2"),
    "rsi": Rival("RSI"),
    "stoch_k": Rival("STOCHF", "the first of two; `STOCH` smooths it by a mean of three"),
    "stoch_d": Rival("STOCHF", "the second of two; `STOCH` smooths once more"),
    "stoch_rsi": Rival("STOCHRSI", "the first of two"),
    "cci": Rival("CCI"),
    "williams_r": Rival("WILLR"),
    "roc": Rival("ROC"),
    "mfi": Rival("MFI"),
    "cmo": Rival("CMOU", "sums, as Chande has them; `CMO` has Wilder's averages"),
    "tsi": Rival("TSI", MEAN),
    "ultimate": Rival("ULTOSC"),
    "awesome": Rival("AO"),
    "return": Rival("ROCP"),
    "log_return": Rival("ROCR", "its logarithm"),
    "volume_sma": Rival("SMA", "of the volume"),
    "volume_std": Rival("STDDEV", "of the volume"),
    "volume_percentile": Rival("PERCENTRANK", "of the volume, in percent"),
    "obv": Rival("OBV"),
    "ad": Rival("AD"),
    "cmf": Rival("CMF"),
    "vwap": Rival("VWMA", "of the typical price"),
    "session_vwap": Rival("VWAP", "begun anew each day"),
    "doji": Rival("CDLDOJI", OWN_SHARES),
    "hammer": Rival("CDLHAMMER", OWN_SHARES + "; it asks for a low before"),
    "shooting_star": Rival("CDLSHOOTINGSTAR", NO_GAP),
    "marubozu": Rival("CDLMARUBOZU", OWN_SHARES),
    "engulfing": Rival("CDLENGULFING", "100 and -100 there; it says 0 on its first bars, ours has no value"),
    "harami": Rival("CDLHARAMI", OWN_SHARES),
    "star": Rival("CDLMORNINGSTAR", "`CDLEVENINGSTAR` for -1; " + NO_GAP),
    "soldiers": Rival("CDL3WHITESOLDIERS", "`CDL3BLACKCROWS` for -1; " + OWN_SHARES),
}
"""By kind. What is not here has no counterpart there."""
