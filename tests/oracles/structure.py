"""Swings, breaks, levels and gaps, told bar by bar in plain Python; the calendar from the index."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from tests.oracles.data import NAN, Oracle, true_range, wilder

K = 3
SWINGS = 20


def peaks(series: pd.Series) -> pd.Series:
    """The value K bars before, where it was a peak."""
    found = series.shift(K)
    for i in range(1, K + 1):
        found = found.where((series.shift(K) > series.shift(K + i)) & (series.shift(K) >= series.shift(K - i)))
    return found


def high(d: pd.DataFrame) -> pd.Series:
    return peaks(d.high).ffill()


def low(d: pd.DataFrame) -> pd.Series:
    return -peaks(-d.low).ffill()


def order(d: pd.DataFrame) -> pd.Series:
    def way(swings: pd.Series) -> pd.Series:
        return np.sign(swings.dropna().diff()).reindex(d.index).ffill().fillna(0.0)

    up, down = way(peaks(d.high)), way(-peaks(-d.low))
    found = up.where(up == down, 0.0)
    return found.where(high(d).notna() & low(d).notna())


def breaks(d: pd.DataFrame) -> Iterator[tuple[float, float]]:
    """The direction of a break, and that of the break before it, bar by bar."""
    way, used = 0.0, {1.0: NAN, -1.0: NAN}
    for close, above, below in zip(d.close, high(d), low(d), strict=True):
        found = 0.0
        if np.isfinite(above) and np.isfinite(below):
            if close > above and used[1.0] != above:
                found, used[1.0] = 1.0, above
            elif close < below and used[-1.0] != below:
                found, used[-1.0] = -1.0, below
        yield found, way
        way = found or way


def broken(d: pd.DataFrame, against: bool) -> pd.Series:
    found = [one if (one * way < 0) == against else 0.0 for one, way in breaks(d)]
    return pd.Series(found, d.index).where(high(d).notna() & low(d).notna())


def level(d: pd.DataFrame, side: int) -> pd.Series:
    wide, found = wilder(true_range(d), 14), []
    # The searches begin with the first average true range, so that swings from before it are not known.
    started = d.where(wide.notna())
    tops, bottoms = peaks(started.high), -peaks(-started.low)
    swings: list[list[float]] = []
    for close, top, bottom, spread in zip(d.close, tops, bottoms, wide, strict=True):
        for x in (one for one in (top, bottom) if np.isfinite(one)):
            swings = swings[-SWINGS + 1 :]
            touched = [swing for swing in swings if abs(swing[0] - x) <= 0.5 * spread]
            for swing in touched:
                swing[1] += 1
            swings.append([x, len(touched)])
        apart = [side * (x - close) for x, touches in swings if touches and side * (x - close) >= 0]
        found.append(min(apart) / close if apart else NAN)
    return pd.Series(found, d.index)


def fair_value_gap(d: pd.DataFrame) -> pd.Series:
    up, down = d.low - d.high.shift(2), d.high - d.low.shift(2)
    return (up.clip(lower=0) + down.clip(upper=0)) / d.close


def open_gap(d: pd.DataFrame) -> pd.Series:
    found, side, edges = [], 0, (0.0, 0.0)
    for i, gap in enumerate(fair_value_gap(d)):
        one = d.iloc[i]
        if gap > 0:
            side, edges = 1, (d.high.iloc[i - 2], one.low)
        elif gap < 0:
            side, edges = -1, (one.high, d.low.iloc[i - 2])
        elif side > 0:
            edges = (edges[0], min(edges[1], one.low))
        elif side < 0:
            edges = (max(edges[0], one.high), edges[1])
        found.append(side * max(edges[1] - edges[0], 0) / one.close if np.isfinite(gap) else NAN)
    return pd.Series(found, d.index)


def span(d: pd.DataFrame, n: int) -> pd.Series:
    return d.high.rolling(n).max() - d.low.rolling(n).min()


def closes(d: pd.DataFrame) -> pd.DatetimeIndex:
    """When each bar closes."""
    first, second = next(pairwise(d.index))
    return d.index + (second - first)


def circle(d: pd.DataFrame, hours: int, since: str) -> pd.Series:
    elapsed = (closes(d) - pd.Timestamp(since)) / pd.Timedelta(hours=hours)
    return pd.Series(2 * np.pi * (elapsed % 1), d.index)


def session(d: pd.DataFrame, first: int, last: int) -> pd.Series:
    return pd.Series(((closes(d).hour >= first) & (closes(d).hour < last)) * 1.0, d.index)


MONDAY = "1969-12-29"

ORACLES: dict[str, Oracle] = {
    "swing_high_3": high,
    "swing_low_3": low,
    "swing_high_distance_3": lambda d: d.close / high(d) - 1,
    "swing_low_distance_3": lambda d: d.close / low(d) - 1,
    "swing_order_3": order,
    "break_of_structure_3": lambda d: broken(d, against=False),
    "change_of_character_3": lambda d: broken(d, against=True),
    "support_distance_3_20": lambda d: level(d, -1),
    "resistance_distance_3_20": lambda d: level(d, 1),
    "compression_10_50": lambda d: span(d, 10) / span(d, 50),
    "fair_value_gap": fair_value_gap,
    "open_gap": open_gap,
    "hour_sin": lambda d: np.sin(circle(d, 24, MONDAY)),
    "hour_cos": lambda d: np.cos(circle(d, 24, MONDAY)),
    "weekday_sin": lambda d: np.sin(circle(d, 168, MONDAY)),
    "weekday_cos": lambda d: np.cos(circle(d, 168, MONDAY)),
    "session_asia": lambda d: session(d, 0, 8),
    "session_europe": lambda d: session(d, 7, 16),
    "session_us": lambda d: session(d, 13, 21),
    "weekend": lambda d: pd.Series((closes(d).day_of_week >= 5) * 1.0, d.index),
    "funding_hours_8": lambda d: pd.Series(8 - (closes(d).hour + closes(d).minute / 60) % 8, d.index),
}
