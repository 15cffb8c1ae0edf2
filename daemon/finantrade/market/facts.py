"""The order in which a replay tells what happened.

Every bar is two facts: ``BarOpened`` at its open time, and ``BarArrived`` at its close time; a hole is a ``FeedGap`` at
the open time of the bar that ends it; facts of context come when they became known, from the first opening to the last
close; after everything comes one ``FeedEnded``. Each becomes available ``latency_ms`` later. The order is total, and
that of ``fact_order``.

How it is made without a comparison or a Python step per bar:
1. Symbols of one timeframe share a grid. ``_cuts`` finds the times at which the set of present symbols changes (a first
   bar, a hole, a last bar), and adds one every ``CHUNK`` bars, so that memory stays flat.
2. Between two cuts, in a ``Segment``, every symbol either has each bar or none, so its messages are ``map``s over
   columns, and the order is a fixed interleaving: ``zip`` of all openings, then all closes, row by row. All of that
   runs in C.
3. Different timeframes are such streams merged by key; with one timeframe there is nothing to merge. Context is put
   between by its times alone.
4. To continue after a recorded fact, rows that closed before it are skipped by binary search, and the few facts that
   are left up to it are dropped one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, dropwhile, pairwise, repeat
from math import nan

import numpy as np

from finantrade.domain.market import Bar, BarArrived, BarOpened, FeedEnded, FeedGap
from finantrade.domain.units import Millis
from finantrade.market.candles import VALUES, Candles, Floats, Times, gaps
from finantrade.market.fact_order import END_OF_TIME, Fact, FactKey, Rank, key_of
from finantrade.market.timeline import NO_CONTEXT, Timeline, woven

CHUNK = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Rows in which each symbol of ``group`` (in order of symbols) has every bar; ``gaps`` were told before them."""

    gaps: tuple[Fact, ...]
    group: tuple[Candles, ...]
    latency_ms: Millis

    def __len__(self) -> int:
        return len(self.group[0])

    def facts(self) -> Iterator[Fact]:
        """Yield openings and closes in order."""
        pairs = [_opened_and_arrived(each, self.latency_ms) for each in self.group]
        opened, arrived = zip(*pairs, strict=True)
        return chain.from_iterable(zip(*opened, *arrived, strict=True))


def facts(
    candles: Sequence[Candles],
    latency_ms: Millis,
    after: FactKey | None = None,
    source: str = "replay",
    context: Timeline = NO_CONTEXT,
) -> Iterator[Fact]:
    """Yield every fact of these candles (checked, each symbol once) in order, lazily, those up to ``after`` left out.

    ``context`` is told between them.

    Raises ValueError where there is no bar at all, or a symbol twice.
    """
    timeframes = _timeframes(candles)
    begin = None if after is None else _place(after, timeframes)
    groups = [[each for each in candles if each.timeframe == one] for one in sorted(set(timeframes.values()))]
    streams = [_stream(group, latency_ms, begin.time if begin else 0) for group in groups]
    order = _order(timeframes, latency_ms)
    merged = streams[0] if len(streams) == 1 else merge(*streams, key=order)
    everything = chain(merged, [ending(candles, latency_ms, source)])
    told = beside(candles, context)
    if len(told):
        left = told if begin is None else told.between(begin.time, END_OF_TIME)
        everything = woven(everything, left.facts(latency_ms))
    return everything if begin is None else dropwhile(lambda fact: order(fact) <= begin, everything)


def segments(group: Sequence[Candles], latency_ms: Millis, since: Millis = 0) -> Iterator[Segment]:
    """Yield the segments of candles of one timeframe in order of time, those left out that closed before ``since``."""
    ordered = sorted(group, key=lambda each: each.symbol)
    cuts = _cuts([each.between(since - each.timeframe + 1, END_OF_TIME) for each in ordered])
    rows = [np.searchsorted(each.open_time, cuts).tolist() for each in ordered]
    for bounds in zip(*map(pairwise, rows), strict=True):
        present = [(each, start, stop) for each, (start, stop) in zip(ordered, bounds, strict=True) if start < stop]
        if present:  # not so in a hole that all have in common
            told = [fact for each, start, _ in present for fact in _gap_before(each, start, latency_ms)]
            yield Segment(tuple(told), tuple(each.slice(start, stop) for each, start, stop in present), latency_ms)


def span_of(candles: Sequence[Candles]) -> tuple[Millis, Millis]:
    """Return when the first of these bars opens and the last one closes. Raises ValueError where there are none."""
    opens = [int(each.open_time[0]) for each in candles if len(each)]
    closes = [int(each.open_time[-1]) + each.timeframe - 1 for each in candles if len(each)]
    return min(opens), max(closes)


def beside(candles: Sequence[Candles], context: Timeline) -> Timeline:
    """Return what of a context is told with these candles."""
    first, last = span_of(candles)
    return context.between(first, last + 1)


def ending(candles: Sequence[Candles], latency_ms: Millis, source: str = "replay") -> Fact:
    """Return the fact that comes after all others."""
    return span_of(candles)[1] + latency_ms, FeedEnded(source)


def _timeframes(candles: Sequence[Candles]) -> dict[str, Millis]:
    timeframes = {each.symbol: each.timeframe for each in candles}
    if len(timeframes) != len(candles):
        raise ValueError(f"expected each symbol once, found {', '.join(each.symbol for each in candles)}")
    if not any(map(len, candles)):
        raise ValueError(f"expected bars to replay, found none of {', '.join(timeframes) or 'no symbol'}")
    return timeframes


# A gap is told when the bar after it opens. A symbol no longer replayed is taken to have the shortest timeframe.
def _place(key: FactKey, timeframes: Mapping[str, Millis]) -> FactKey:
    if key.rank is not Rank.GAP:
        return key
    return key._replace(time=key.time + timeframes.get(key.symbol, min(timeframes.values())))


def _order(timeframes: Mapping[str, Millis], latency_ms: Millis) -> Callable[[Fact], FactKey]:
    return lambda fact: _place(key_of(fact[1], fact[0] - latency_ms), timeframes)


def _stream(group: Sequence[Candles], latency_ms: Millis, since: Millis) -> Iterator[Fact]:
    return chain.from_iterable(chain(each.gaps, each.facts()) for each in segments(group, latency_ms, since))


def _cuts(group: Sequence[Candles]) -> Times:
    edges = [edge for each in group if len(each) for edge in _edges(each.open_time, each.timeframe)]
    if not edges:
        return np.empty(0, dtype=np.int64)
    changes = np.concatenate(edges)
    chunks: Times = np.arange(int(changes.min()), int(changes.max()), CHUNK * group[0].timeframe, dtype=np.int64)
    return np.unique(np.concatenate((changes, chunks)))


def _edges(times: Times, timeframe: Millis) -> tuple[Times, ...]:
    hole = np.flatnonzero(np.diff(times) != timeframe)
    return times[:1], times[hole] + timeframe, times[hole + 1], times[-1:] + timeframe


def _gap_before(candles: Candles, row: int, latency_ms: Millis) -> Iterator[Fact]:
    for gap in gaps(candles.slice(row - 1, row + 1)) if row else ():
        at = gap.end + candles.timeframe + latency_ms
        yield at, FeedGap(candles.symbol, gap.start, gap.end, gap.bars)


def _opened_and_arrived(candles: Candles, latency_ms: Millis) -> tuple[Iterator[Fact], Iterator[Fact]]:
    symbol, times, closes = repeat(candles.symbol), candles.open_time, candles.open_time + (candles.timeframe - 1)
    opens, ends, values = _times(times), _times(closes), [_values(candles.column(name)) for name in VALUES]
    opened = map(BarOpened, symbol, opens, values[0])
    arrived = map(BarArrived, map(Bar, symbol, opens, ends, *values))
    opened_at, arrived_at = _times(times + latency_ms), _times(closes + latency_ms)
    return zip(opened_at, opened, strict=True), zip(arrived_at, arrived, strict=True)


# An array makes each Python number when it is asked for, from memory freed a moment ago: on the whole a third faster
# than ``tolist``, which makes all of them first.
def _times(column: Times) -> Iterable[int]:
    return array("q", column.tobytes())


def _values(column: Floats) -> Iterable[float]:
    return repeat(nan) if np.isnan(column).all() else array("d", column.tobytes())
