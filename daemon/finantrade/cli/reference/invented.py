"""Figures beside invented bars, so that what rests on them can be drawn: made of the bars alone, without chance.

No bundled record has funding, open interest, liquidations or a mood. These move as theirs do: the premium follows who
is in a hurry, funding the premium, open interest grows with the trend and is closed by force in a fall, crowds buy what
falls, and the mood is a day behind the price. They show what a feature looks like, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.features.declaration import Column
from finantrade.features.feature_set import Floats
from finantrade.market.candles import Candles, Times

SETTLES, COUNTS = 8 * HOUR, 5 * MINUTE
CONTRACTS = 90_000.0
FORCED = 0.002
"""The change of the price within a bar from which on positions are closed by force."""


def invented(bars: Candles) -> Mapping[Column, Floats]:
    """Return for each bar what would have been known beside it at its close; ``bars`` need all their columns."""
    known = bars.open_time + bars.timeframe
    change = bars.close / bars.open - 1.0
    hurry = 2.0 * bars.taker_buy_volume / bars.volume - 1.0
    premium = 8e-4 * _smooth(hurry, 8) + 0.03 * _smooth(change, 4)
    estimate = 1e-4 + 0.5 * _smooth(premium, 64)
    mark = bars.close * (1.0 + 0.2 * premium)
    counted = (known - COUNTS) // COUNTS * COUNTS
    contracts = CONTRACTS * np.exp(np.cumsum(3e-3 * _smooth(hurry, 4) - 0.4 * np.maximum(-change - FORCED, 0.0)))
    crowd = -np.tanh(40.0 * _smooth(change, 48))
    return {
        **_settled(known, estimate, bars.timeframe),
        Column.FUNDING_ESTIMATE: estimate,
        Column.MARK: mark,
        Column.INDEX: mark / (1.0 + 0.6 * _smooth(premium, 6)),
        Column.PREMIUM: premium,
        Column.OPEN_INTEREST: contracts,
        Column.OPEN_INTEREST_TIME: counted.astype(np.float64),
        Column.OPEN_INTEREST_VALUE: contracts * bars.close,
        Column.ALL_ACCOUNTS: np.exp(0.3 + 0.5 * crowd),
        Column.TOP_ACCOUNTS: np.exp(0.2 + 0.3 * crowd),
        Column.TOP_POSITIONS: np.exp(0.1 - 0.2 * crowd),
        Column.TAKER_RATIO: bars.taker_buy_volume / (bars.volume - bars.taker_buy_volume),
        Column.LIQUIDATED_LONGS: bars.quote_volume * np.maximum(-change - FORCED, 0.0),
        Column.LIQUIDATED_SHORTS: bars.quote_volume * np.maximum(change - FORCED, 0.0),
        **_mood(known, bars),
    }


def _settled(known: Times, estimate: Floats, timeframe: int) -> Mapping[Column, Floats]:
    settled = known // SETTLES * SETTLES
    rows = np.maximum(np.arange(len(known)) - (known - settled) // timeframe, 0)
    return {
        Column.FUNDING_RATE: estimate[rows],
        Column.FUNDING_TIME: settled.astype(np.float64),
        Column.FUNDING_INTERVAL: np.full(len(known), float(SETTLES)),
    }


def _mood(known: Times, bars: Candles) -> Mapping[Column, Floats]:
    day = known // DAY * DAY
    rows = np.maximum(np.arange(len(known)) - (known - day) // bars.timeframe, 0)
    score = np.round(50.0 + 45.0 * np.tanh(30.0 * (bars.close / _smooth(bars.close, 480) - 1.0)))
    return {Column.MOOD: score[rows], Column.MOOD_TIME: day.astype(np.float64)}


def _smooth(values: Floats, length: int) -> Floats:
    """Return an exponential average, as old as a plain one of twice the length."""
    found, weight = np.empty_like(values), 1.0 / length
    last = float(values[0])
    for at, value in enumerate(values.tolist()):
        last += weight * (value - last)
        found[at] = last
    return found
