"""Where positions would be, and have been, liquidated: price levels with a size, as they were known at any past moment.

1. *Estimated*. Where open interest grew, positions were opened at about the price of that time, as much long as short.
   A share of them uses each leverage of ``Tier``; that puts their liquidation at ``price * (1 - 1/leverage +
   maintenance)`` for longs, and at its mirror for shorts.
2. Where open interest fell by a share, every estimate is taken to have shrunk by that share.
3. A level is gone with the close of the first bar after it that reaches it: what stood there has been liquidated.
4. *Observed*. Single liquidations stand at their price; of sums by period, longs stand at the lowest price of the
   period and shorts at the highest. Single ones are lower bounds: Binance tells at most one a symbol a second.
5. All of it decays with a half-life.

A query at a time uses what had become available by then, and nothing else: levels carry when they became known and
when they were known to be gone. Leverages and their shares are assumptions, not facts: they are handed in, and shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import DAY, Millis
from finantrade.market.candles import Floats, Times
from finantrade.market.series import Kind
from finantrade.market.table import Table

NEVER = np.iinfo(np.int64).max
Indices = NDArray[np.intp]


class Tier(msgspec.Struct, frozen=True):
    """``share`` of new positions uses ``leverage``, and is liquidated with ``maintenance`` of its size left."""

    leverage: float
    share: float
    maintenance: float


class Assumptions(msgspec.Struct, frozen=True):
    """What an estimate rests on."""

    tiers: tuple[Tier, ...] = (
        Tier(5, 0.25, 0.004),
        Tier(10, 0.30, 0.004),
        Tier(25, 0.25, 0.004),
        Tier(50, 0.15, 0.005),
        Tier(100, 0.05, 0.005),
    )
    half_life_ms: Millis = 3 * DAY


USUAL = Assumptions()


@dataclass(frozen=True, slots=True)
class Levels:
    """Sizes in quote units between each two of ``edges``; ``shorts`` are bought back there, ``longs`` sold."""

    edges: Floats
    longs: Floats
    shorts: Floats
    observed_longs: Floats
    observed_shorts: Floats


@dataclass(frozen=True, slots=True)
class _Marks:
    price: Floats
    size: Floats
    long: NDArray[np.bool_]
    since: Times
    until: Times
    shrunk: Floats

    def at(self, time: Millis, edges: Floats, factor: Floats, *, long: bool) -> Floats:
        known = (self.since <= time) & (time < self.until) & (self.long == long)
        return np.histogram(self.price[known], edges, weights=(self.size * factor)[known])[0]


@dataclass(frozen=True, slots=True)
class LiquidationMap:
    """All levels there ever were. ``fallen`` sums the logarithms of what open interest kept, by ``fallen_at``."""

    assumptions: Assumptions
    estimated: _Marks
    observed: _Marks
    fallen_at: Times = field(repr=False)
    fallen: Floats = field(repr=False)

    def at(self, time: Millis, edges: Floats) -> Levels:
        """Return the sizes between ascending prices as they were known at a time."""
        kept = np.exp(_so_far(self.fallen_at, self.fallen, np.array([time]))[0] - self.estimated.shrunk)
        estimated, observed = kept * self._decay(self.estimated, time), self._decay(self.observed, time)
        return Levels(
            edges,
            self.estimated.at(time, edges, estimated, long=True),
            self.estimated.at(time, edges, estimated, long=False),
            self.observed.at(time, edges, observed, long=True),
            self.observed.at(time, edges, observed, long=False),
        )

    def _decay(self, marks: _Marks, time: Millis) -> Floats:
        age = np.maximum(time - marks.since, 0)
        return np.exp2(-age / self.assumptions.half_life_ms)


def build(
    bars: Table, interest: Table | None = None, observed: Table | None = None, assumptions: Assumptions = USUAL
) -> LiquidationMap:
    """Make the map of one symbol from normalised candles, open interest and observed liquidations."""
    if interest is None:
        interest = Table.of(Kind.OPEN_INTEREST, bars.symbol, bars.interval, [], {})
    last = np.searchsorted(bars.time + bars.interval, interest.time, side="right") - 1
    opened = _opened(bars, interest, last)
    fallen = np.cumsum(np.log(np.clip(opened.kept, 1e-12, 1.0)))
    pieces = [_tier(bars, opened, tier, sign) for tier in assumptions.tiers for sign in (1, -1)]
    estimated = _joined(pieces)
    shrunk = _so_far(opened.known, fallen, estimated.since)
    observations = _observed(bars, observed)
    return LiquidationMap(assumptions, replace(estimated, shrunk=shrunk), observations, opened.known, fallen)


@dataclass(frozen=True, slots=True)
class _Opened:
    """By reading of open interest: what was opened in quote units, and the share of all that was kept."""

    next_bar: Indices
    known: Times
    price: Floats
    grown: Floats
    kept: Floats


# Counted in contracts: in quote units open interest moves with the price though nobody has traded.
def _opened(bars: Table, interest: Table, last: Indices) -> _Opened:
    values = interest.values
    here = np.flatnonzero((last >= 0) & ~(np.isnan(values["amount"]) & np.isnan(values["value"])))
    last, price = last[here], bars.values["close"][last[here]]
    amount = values["amount"][here]
    contracts = np.where(np.isnan(amount), values["value"][here] / price, amount)
    grown = np.diff(contracts, prepend=contracts[:1])
    before = contracts - grown
    kept = np.divide(contracts, before, out=np.ones_like(contracts), where=before > 0)
    known = np.maximum.accumulate(interest.available()[here])
    return _Opened(last + 1, known, price, np.maximum(grown, 0.0) * price, kept)


def _tier(bars: Table, opened: _Opened, tier: Tier, sign: int) -> _Marks:
    new = np.flatnonzero(opened.grown > 0)
    level = opened.price[new] * (1 - sign * (1 / tier.leverage - tier.maintenance))
    reach = bars.values["low"] if sign > 0 else -bars.values["high"]
    gone = first_at_or_below(reach, opened.next_bar[new], sign * level)
    closes = np.append(bars.time + bars.interval, NEVER)
    long = np.full(len(level), sign > 0)
    size = opened.grown[new] * tier.share
    return _Marks(level, size, long, opened.known[new], closes[gone], np.zeros(len(level)))


def _observed(bars: Table, observed: Table | None) -> _Marks:
    if observed is None:
        return _joined([])
    known = observed.available()
    if observed.kind is Kind.LIQUIDATION_EVENTS:
        price = observed.values["price"]
        return _standing(price, price * observed.values["quantity"], observed.values["side"] > 0, known)
    begins = np.searchsorted(bars.time, observed.time)
    ends = np.searchsorted(bars.time, observed.time + observed.interval)
    here = np.flatnonzero(begins < ends)
    pairs = np.column_stack((begins[here], ends[here])).ravel()
    low = np.minimum.reduceat(np.append(bars.values["low"], np.inf), pairs)[::2] if len(pairs) else np.empty(0)
    high = np.maximum.reduceat(np.append(bars.values["high"], -np.inf), pairs)[::2] if len(pairs) else np.empty(0)
    longs = _standing(low, observed.values["longs"][here], np.ones(len(here), np.bool_), known[here])
    shorts = _standing(high, observed.values["shorts"][here], np.zeros(len(here), np.bool_), known[here])
    return _joined([longs, shorts])


def _standing(price: Floats, size: Floats, long: NDArray[np.bool_], known: Times) -> _Marks:
    return _Marks(price, size, long, known, np.full(len(price), NEVER), np.zeros(len(price)))


def _joined(pieces: Sequence[_Marks]) -> _Marks:
    nothing = _standing(np.empty(0), np.empty(0), np.empty(0, np.bool_), np.empty(0, np.int64))
    every = [nothing, *pieces]
    return _Marks(
        np.concatenate([one.price for one in every]),
        np.concatenate([one.size for one in every]),
        np.concatenate([one.long for one in every]),
        np.concatenate([one.since for one in every]),
        np.concatenate([one.until for one in every]),
        np.concatenate([one.shrunk for one in every]),
    )


def first_at_or_below(values: Floats, begin: Indices, level: Floats) -> Indices:
    """Return for each pair the first index from ``begin`` on with a value at or below ``level``; the length if none.

    By halving: ``lowest[k]`` has the minimum of the next 2**k values, and whole stretches above the level are skipped.
    """
    count = len(values)
    lowest = [np.append(values, np.inf)]
    while 1 << len(lowest) <= count:
        half, step = lowest[-1], 1 << (len(lowest) - 1)
        shifted = np.append(half[step:], np.full(step, np.inf))
        lowest.append(np.minimum(half, shifted))
    place = begin.copy()
    for k in reversed(range(len(lowest))):
        above = lowest[k][np.minimum(place, count)] > level
        place = np.where(above, np.minimum(place + (1 << k), count), place)
    return place


def _so_far(times: Times, sums: Floats, asked: Times) -> Floats:
    return np.append(0.0, sums)[np.searchsorted(times, asked, side="right")]
