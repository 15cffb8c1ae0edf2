"""The section of a report that says how much of it may be luck. Everything drawn comes from ``seed``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from finantrade.runtime.trades import Trade
from finantrade_research import round_trips
from finantrade_research.curve import Curve, daily_returns
from finantrade_research.luck.intervals import Intervals, intervals
from finantrade_research.luck.monte_carlo import MonteCarlo, monte_carlo
from finantrade_research.luck.random_entries import RandomEntries, books, random_entries
from finantrade_research.luck.sharpe import Track, minimum_track_record, probabilistic_sharpe
from finantrade_research.luck.trials import Trials, judge

if TYPE_CHECKING:
    from finantrade.backtesting import Result
    from finantrade.market.candles import Candles

SEED = 0


class Luck(msgspec.Struct, frozen=True, kw_only=True):
    """What chance alone might have come to. ``psr``: probability that the true Sharpe ratio is above zero.

    ``track`` is per day; ``minimum_track_record`` days make ``psr`` 95 %, infinite where no length does.
    """

    seed: int
    track: Track
    psr: float
    minimum_track_record: float
    trials: Trials
    intervals: Intervals
    monte_carlo: MonteCarlo
    random_entries: RandomEntries


def luck(result: Result, candles: Sequence[Candles], seed: int = SEED, trades: Sequence[Trade] | None = None) -> Luck:
    """Return the section of a backtest over ``candles``, as if it were the only one ever tried on them.

    ``trades`` are the result's, from whoever has them already.
    """
    initial, trades = float(result.config.account.initial_balance), result.trades if trades is None else trades
    returns = daily_returns(Curve.of(result))
    closed = sorted((one for one in trades if not one.is_open), key=lambda one: one.close_time or 0)
    profits, shares = round_trips.profits_of(closed), round_trips.shares_of(closed)
    track = Track.of(returns)
    return Luck(
        seed=seed,
        track=track,
        psr=probabilistic_sharpe(track),
        minimum_track_record=minimum_track_record(track),
        trials=judge(track, ()),
        intervals=intervals(returns, profits, shares, seed),
        monte_carlo=monte_carlo(profits, initial, seed),
        random_entries=random_entries(books(trades, candles, initial), seed),
    )
