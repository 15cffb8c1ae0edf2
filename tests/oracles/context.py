"""What is known beside bars: as-of joins of pandas, and formulas over them; ``frames`` are the series by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from tests.beside import CROWDS, DAYS, frames
from tests.oracles.data import NAN, frame, zscore

from finantrade.domain.units import DAY, HOUR, MINUTE

Oracle = Callable[[pd.DataFrame], pd.Series]
QUARTER = 15 * MINUTE
LEVERAGES = ((5, 0.25, 0.004), (10, 0.30, 0.004), (25, 0.25, 0.004), (50, 0.15, 0.005), (100, 0.05, 0.005))


def closes(d: pd.DataFrame) -> np.ndarray:
    """Return when the bars close, in ms."""
    return d.index.astype("datetime64[ms]").astype(np.int64).to_numpy() + QUARTER - 1


def as_of(d: pd.DataFrame, events: pd.DataFrame, value: str, age: int) -> pd.Series:
    """Return the newest value known at each close, NaN where its time is further back than ``age``."""
    bars = pd.DataFrame({"known": closes(d)})
    told = pd.DataFrame({"known": events.known, "time": events.time, "value": events[value]})
    joined = pd.merge_asof(bars, told, on="known")
    found = joined["value"].where(joined.known - joined.time <= age)
    return pd.Series(found.to_numpy(float), d.index)


def known(name: str, value: str, age: int) -> Oracle:
    return lambda d: as_of(d, frames()[name], value, age)


def unusual(oracle: Oracle, n: int) -> Oracle:
    """The z-score over the last n bars that have a value, 0 where all are the same."""

    def of(d: pd.DataFrame) -> pd.Series:
        there = oracle(d).dropna()
        same = there.rolling(n).max() == there.rolling(n).min()
        return zscore(there, n).mask(same, 0.0).reindex(d.index)

    return of


def by_event(name: str, value: str, age: int, figure: Callable[[pd.Series], pd.Series]) -> Oracle:
    """What is computed event by event, as of each close."""

    def of(d: pd.DataFrame) -> pd.Series:
        events = frames()[name]
        return as_of(d, events.assign(figure=figure(events[value])), "figure", age)

    return of


def settlement_hours(d: pd.DataFrame) -> pd.Series:
    last = as_of(d, frames()["funding"], "time", 9 * HOUR)
    interval = as_of(d, frames()["funding"], "interval", 9 * HOUR)
    now = pd.Series(closes(d) + 1, d.index)
    after = last + (np.floor((now - last) / interval) + 1) * interval
    return (after - now) / HOUR


def annual(d: pd.DataFrame) -> pd.Series:
    interval = as_of(d, frames()["funding"], "interval", 9 * HOUR)
    return as_of(d, frames()["funding"], "rate", 9 * HOUR) * 365 * 24 * HOUR / interval


def liquidated(d: pd.DataFrame, *, long: bool) -> pd.Series:
    """The sums by bar: zero without any, as long as there was one in a bar before, at most a day ago."""
    events = frames()["forced"].assign(bar=lambda one: one.known // QUARTER)
    spoke = pd.DataFrame({"said": np.sort(events.bar.unique())})
    bars = pd.DataFrame({"bar": closes(d) // QUARTER})
    before = pd.merge_asof(bars, spoke, left_on="bar", right_on="said", allow_exact_matches=False).said
    alive = (bars.bar - before) * QUARTER <= DAY
    own = events[events.long == long]
    sums = (own.price * own.qty).groupby(own.bar).sum().reindex(bars.bar).fillna(0.0).to_numpy()
    return pd.Series(np.where(alive, sums, NAN), d.index)


def summed(d: pd.DataFrame, n: int, *, long: bool) -> pd.Series:
    there = liquidated(d, long=long).dropna()
    return there.rolling(n).sum().reindex(d.index)


def share(d: pd.DataFrame, *, long: bool) -> pd.Series:
    there = liquidated(d, long=long).dropna()
    volume = d.quote_volume.reindex(there.index).rolling(16).sum()
    return (there.rolling(16).sum() / volume).reindex(d.index)


def net(d: pd.DataFrame) -> pd.Series:
    longs, shorts = summed(d, 16, long=True), summed(d, 16, long=False)
    return ((shorts - longs) / (shorts + longs)).mask(shorts + longs == 0.0, 0.0)


def change(d: pd.DataFrame) -> pd.Series:
    there = INTEREST(d).dropna()
    return there.pct_change(16).reindex(d.index)


def divergence(d: pd.DataFrame) -> pd.Series:
    return unusual(INTEREST, 96)(d) - zscore(d.close, 96)


@cache
def levels(sign: int) -> pd.DataFrame:
    """Step and weight of the nearest cluster at each bar: arrays of all levels, each with its step, size and time.

    A bar without open interest is not seen.
    """
    whole = frame(DAYS * 96)
    d = whole[as_of(whole, frames()["interest"], "time", 2 * HOUR).notna()]
    ends, steps = closes(d) + 1, np.floor(400 * np.log(d[["low", "high", "close"]]))
    stamps, amounts = (as_of(d, frames()["interest"], name, 2 * HOUR).to_numpy() for name in ("time", "qty"))
    prices = d.close.to_numpy()
    reaches, nears = steps["low" if sign > 0 else "high"].to_numpy(), steps["close"].to_numpy()
    step, size, since = np.empty(0), np.empty(0), np.empty(0)
    stamp, amount, out = -1.0, 0.0, []
    for row in range(len(d)):
        ended = int(np.searchsorted(ends, stamps[row], side="right")) - 1
        if stamps[row] != stamp and ended >= 0:
            grown = amounts[row] - amount if amount else 0.0
            size = size * min(amounts[row] / amount, 1.0) if amount else size
            if grown > 0:
                opened = prices[ended]
                levels = [opened * (1 - sign * (1 / leverage - kept)) for leverage, _, kept in LEVERAGES]
                step = np.append(step, np.floor(400 * np.log(levels)))
                size = np.append(size, [grown * opened * part for _, part, _ in LEVERAGES])
                since = np.append(since, [ends[row]] * len(LEVERAGES))
                late = reaches[ended + 1 : row + 1]
                reached = (sign * late).min() if len(late) else np.inf
                fresh = np.arange(len(step)) >= len(step) - len(LEVERAGES)
                size = np.where(fresh & (sign * step >= reached), 0.0, size)
            stamp, amount = stamps[row], amounts[row]
        stands = (sign * (reaches[row] - step) > 0) & (abs(nears[row] - step) < 128) & (size > 0)
        step, size, since = step[stands], size[stands], since[stands]
        faded = size * 0.5 ** ((ends[row] - since) / (3 * DAY))
        found, of = np.unique(step, return_inverse=True)
        out.append(_nearest(found, np.bincount(of, faded, len(found)), sign, amounts[row] * prices[row]))
    return pd.DataFrame(out, d.index, ["step", "weight"]).reindex(whole.index)


def _nearest(steps: np.ndarray, sizes: np.ndarray, sign: int, whole: float) -> tuple[float, float]:
    large = np.flatnonzero(sizes >= 0.5 * sizes.max(initial=0.0))
    if not len(large):
        return NAN, NAN
    at = large[-1] if sign > 0 else large[0]
    return steps[at], min(sizes[at] / whole, 1.0)


def distance(d: pd.DataFrame, sign: int) -> pd.Series:
    return np.exp((levels(sign).step + 0.5) / 400) / d.close - 1


def packed(d: pd.DataFrame, sign: int) -> pd.Series:
    return 2 * levels(sign).step + levels(sign).weight


INTEREST = known("interest", "qty", 2 * HOUR)
PREMIUM = known("premium", "value", 30 * MINUTE)
TAKERS = known("takers", "value", 2 * HOUR)
MOOD = known("mood", "value", 2 * DAY)
RATE = known("funding", "rate", 9 * HOUR)


def basis(d: pd.DataFrame) -> pd.Series:
    return known("mark", "mark", 30 * MINUTE)(d) / known("mark", "index_", 30 * MINUTE)(d) - 1


def imbalance(d: pd.DataFrame) -> pd.Series:
    bought = TAKERS(d)
    return (bought - 1) / (bought + 1)


ORACLES: dict[str, Oracle] = {
    "funding_rate": RATE,
    "funding_estimate": known("estimate", "rate", 30 * MINUTE),
    "funding_annual": annual,
    "funding_zscore_30": by_event("funding", "rate", 9 * HOUR, lambda rates: zscore(rates, 30)),
    "settlement_hours": settlement_hours,
    "open_interest": INTEREST,
    "open_interest_value": known("interest", "value", 2 * HOUR),
    "oi_change_16": change,
    "oi_zscore_96": unusual(INTEREST, 96),
    "oi_divergence_96": divergence,
    **{f"long_short_{name.removeprefix('all_')}": known(name, "value", 2 * HOUR) for name in CROWDS},
    **{
        f"long_short_{name.removeprefix('all_')}_zscore_96": unusual(known(name, "value", 2 * HOUR), 96)
        for name in CROWDS
    },
    "premium": PREMIUM,
    "premium_zscore_96": unusual(PREMIUM, 96),
    "basis": basis,
    "basis_zscore_96": unusual(basis, 96),
    "taker_ratio": TAKERS,
    "taker_imbalance": imbalance,
    "taker_imbalance_zscore_96": unusual(imbalance, 96),
    "liquidated_longs_16": lambda d: summed(d, 16, long=True),
    "liquidated_shorts_16": lambda d: summed(d, 16, long=False),
    "liquidated_longs_share_16": lambda d: share(d, long=True),
    "liquidated_shorts_share_16": lambda d: share(d, long=False),
    "liquidated_longs_zscore_96": unusual(lambda d: liquidated(d, long=True), 96),
    "liquidated_shorts_zscore_96": unusual(lambda d: liquidated(d, long=False), 96),
    "liquidation_imbalance_16": net,
    "cluster_above": lambda d: packed(d, -1),
    "cluster_below": lambda d: packed(d, 1),
    "cluster_above_distance": lambda d: distance(d, -1),
    "cluster_below_distance": lambda d: distance(d, 1),
    "cluster_above_weight": lambda d: levels(-1).weight,
    "cluster_below_weight": lambda d: levels(1).weight,
    "sentiment": MOOD,
    "sentiment_zscore_30": by_event("mood", "value", 2 * DAY, lambda moods: zscore(moods, 30)),
    "sentiment_change_7": by_event("mood", "value", 2 * DAY, lambda moods: moods.diff(7)),
    "extreme_fear": lambda d: MOOD(d).map(lambda mood: float(mood < 25), na_action="ignore"),
    "extreme_greed": lambda d: MOOD(d).map(lambda mood: float(mood >= 76), na_action="ignore"),
}
