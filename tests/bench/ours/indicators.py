"""B3, ours: the twelve indicators as one set of features, with ``bars`` bar by bar, with ``block`` over all at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

from tests.bench.ours.features import bar_by_bar, bars_of
from tests.bench.ours.settings import candles
from tests.bench.rivals.twelve import HISTORY, answer, best_s
from tests.bench.rivals.work import STEP_MS, bars

from finantrade.features.catalogue import resolve
from finantrade.features.declaration import Column, Feature
from finantrade.features.feature_set import FeatureLine, FeatureSet
from finantrade.market.candles import Candles


def twelve() -> list[Feature]:
    """Return the features in the order of ``twelve.NAMES``; ours have no slow %D, and weigh typical prices."""
    slow = resolve("stoch_d_14_3")
    slower = replace(slow, name="slow_d_14_3_3", inputs=(slow,))
    weighted = replace(resolve("vwap_20"), name="vwma_20", inputs=(Column.CLOSE, Column.VOLUME))
    before = ("sma_20", "ema_50", "rsi_14", "macd_12_26_9", "macd_signal_12_26_9", "macd_hist_12_26_9")
    bands = ("bb_upper_20_2", "bb_lower_20_2", "atr_14", "adx_14")
    after = ("cci_20", "obv", "highest_20", "donchian_middle_20", "lowest_20")
    named = [resolve(name) for name in (*before, *bands)]
    return [*named, slow, slower, *(resolve(name) for name in after), weighted]


def main() -> None:
    """Measure over the file on the command line."""
    data, features = candles(bars()), FeatureSet(twelve(), STEP_MS)
    measured = by_bar if sys.argv[2] == "bars" else by_block
    seconds, count = measured(features, data)
    last = features.batch(data)[-1].tolist()
    answer(version=version("finantrade"), us_per_bar=seconds / count * 1e6, last=last)


def by_bar(features: FeatureSet, data: Candles) -> tuple[float, int]:
    after = bars_of(data.slice(HISTORY, len(data)))

    def prepare() -> Callable[[], None]:
        line = warm(features, data)
        return lambda: bar_by_bar(line, after)

    return best_s(prepare), len(after)


def by_block(features: FeatureSet, data: Candles) -> tuple[float, int]:
    warm(features, data)  # the first call of a compiled loop binds it

    def prepare() -> Callable[[], object]:
        line = features.start()
        return lambda: line.extend(data)

    return best_s(prepare, times=10), len(data)


def warm(features: FeatureSet, data: Candles) -> FeatureLine:
    line = features.start()
    line.extend(data.slice(0, HISTORY))
    return line


if __name__ == "__main__":
    main()
