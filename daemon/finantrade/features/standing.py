"""What is known beside the bars of a symbol at the close of each, as facts are heard one by one.

1. A fact counts from the close of the first bar by which it was *known*, whenever that bar is released: what is heard
   while a boundary is held waits. A bar that closes at the instant at which a fact is known has it.
2. Of a series the newest figure by event time counts; of two of one time the one that was told last.
3. A back-filled bar was missed, and its facts are asked for afterwards like itself: they count from when they would
   have been known, ``LAG_MS`` after their time, so that windows fill with the past as it was. What streams alone tell
   is lost: sums over a back-filled bar are missing, and the stream has to speak again.
4. Sums are those of ``series``: zero where nothing was told while the stream is alive.

``history`` joins whole columns by the same rules. What waits is bounded by ``WAITING`` closes; beyond that the oldest
is forgotten: what it would have given to bars that come later yet is then missing, or older.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import isnan, nan
from typing import Any

import msgspec

from finantrade.domain.context import Liquidation
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.features.declaration import Column
from finantrade.features.series import SERIES, Series, age_limit

NEVER: Millis = -1
ALWAYS: Millis = 2**62
WAITING = 4_096

Newest = tuple[Millis, float]
Key = tuple[Millis, Millis]
"""The close of the first bar that a fact would count at if that is back-filled, and of the first one otherwise."""


def counts_from(fact: Any, known: Millis) -> Millis:
    """Return from when on a fact counts for bars that were missed as it was."""
    declared: Millis = fact.time + fact.LAG_MS
    return known if known < declared else declared


class StandingState(msgspec.Struct, frozen=True):
    """All of it that a restart must not lose, in an order that does not hang on how it came about."""

    values: list[float]
    times: list[Millis]
    waiting: list[tuple[Key, dict[int, Newest]]]
    sums: list[tuple[Millis, dict[int, float]]]
    spoke: Millis


class Standing:
    """The columns of context of one symbol; ``values`` are those of the last bar, in order, NaN where missing.

    ``changed`` says that they may have changed since whoever looks at them reset it, ``turned`` that another of them
    may be missing.
    """

    __slots__ = (
        *("_expires", "_limits", "_queue", "_spoke", "_summed", "_sums", "_tellers", "_timeframe", "_times"),
        *("_waiting", "changed", "turned", "values"),
    )

    def __init__(self, columns: Sequence[Column], timeframe: Millis) -> None:
        self.values = [nan] * len(columns)
        self.changed = self.turned = True
        self._timeframe = timeframe
        self._limits = [age_limit(column, timeframe) for column in columns]
        self._summed = [at for at, column in enumerate(columns) if SERIES[column].summed]
        self._tellers: dict[type[Message], list[tuple[int, Series]]] = {}
        for at, column in enumerate(columns):
            self._tellers.setdefault(SERIES[column].fact, []).append((at, SERIES[column]))
        self._times: list[Millis] = [NEVER] * len(columns)
        self._expires = ALWAYS
        self._waiting: dict[Key, dict[int, Newest]] = {}
        self._queue: list[Key] = []
        self._sums: dict[Millis, dict[int, float]] = {}
        self._spoke = NEVER

    @property
    def heard(self) -> bool:
        """Whether anything was ever told."""
        return self._spoke != NEVER or bool(self._waiting or self._sums) or any(time != NEVER for time in self._times)

    def hear(self, fact: Any, known: Millis) -> None:
        """Take a fact of this symbol or of all, known to the lane at ``known``."""
        tellers = self._tellers.get(type(fact))  # pyright: ignore[reportUnknownArgumentType]  any of those with a lag
        if tellers is None:
            return
        counts = known - known % self._timeframe + self._timeframe - 1
        if type(fact) is Liquidation:
            self._add(fact, tellers, counts)
            return
        since = counts_from(fact, known)
        key = since - since % self._timeframe + self._timeframe - 1, counts
        time: Millis = fact.time
        for at, series in tellers:
            if not series.told_of or series.is_told_by(fact):
                value = series.figure(fact)
                if value == value:  # noqa: PLR0124  not missing
                    self._keep(key, at, time, value)

    def close(self, closes: Millis, *, backfilled: bool) -> None:
        """Bring the values to the close of a bar."""
        if self._queue and self._queue[0][0] <= closes:
            self._take(closes, backfilled=backfilled)
        if closes > self._expires:
            self._expire(closes)
        if self._summed:
            self._sum(closes, backfilled=backfilled)

    def leap(self, closes: Millis, values: list[float], times: list[Millis], spoke: Millis) -> None:
        """Take over what stands at a close, as ``history`` knows it; of what was heard the later part still waits."""
        self.values, self._times, self._spoke = values, times, spoke
        self._waiting = {key: told for key, told in self._waiting.items() if key[1] > closes}
        self._queue = sorted(self._waiting)
        self._sums = {key: told for key, told in self._sums.items() if key > closes}
        self._expires, self.changed, self.turned = NEVER, True, True

    def state(self) -> StandingState:
        """Return all that has to be remembered."""
        waiting = [(key, dict(sorted(self._waiting[key].items()))) for key in sorted(self._waiting)]
        sums = [(key, dict(sorted(told.items()))) for key, told in sorted(self._sums.items())]
        return StandingState(self.values, self._times, waiting, sums, self._spoke)

    def restore(self, state: StandingState) -> None:
        """Go on from what was remembered."""
        self.values, self._times, self._spoke = list(state.values), list(state.times), state.spoke
        self._waiting, self._sums = dict(state.waiting), dict(state.sums)
        self._queue = sorted(self._waiting)
        self._expires, self.changed, self.turned = NEVER, True, True

    def _keep(self, key: Key, at: int, time: Millis, value: float) -> None:
        told = self._waiting.get(key)
        if told is None:
            told = self._waiting[key] = {}
            heappush(self._queue, key)
            if len(self._queue) > WAITING:
                del self._waiting[heappop(self._queue)]
        if at not in told or time >= told[at][0]:
            told[at] = time, value

    def _add(self, fact: Liquidation, tellers: Sequence[tuple[int, Series]], closes: Millis) -> None:
        # That anything was told is a sign of life, whichever side is asked for.
        sums = self._sums.setdefault(closes, {})
        if len(self._sums) > WAITING:
            del self._sums[min(self._sums)]
        for at, series in tellers:
            if series.is_told_by(fact):
                sums[at] = sums.get(at, 0.0) + fact.price * fact.qty

    def _take(self, closes: Millis, *, backfilled: bool) -> None:
        later: list[Key] = []
        while self._queue and self._queue[0][0] <= closes:
            key = heappop(self._queue)
            if key[1] > closes and not backfilled:
                later.append(key)
            else:
                self._fold(self._waiting.pop(key))
        if later:
            self._queue += later
            heapify(self._queue)

    def _fold(self, told: Mapping[int, Newest]) -> None:
        # Plain comparisons, since this is what most of the time of a bar goes to.
        times, values, limits, expires = self._times, self.values, self._limits, self._expires
        for at, (time, value) in told.items():
            if time >= times[at]:
                self.turned = self.turned or values[at] != values[at]
                times[at], values[at] = time, value
                ends = time + limits[at]
                expires = ends if ends < expires else expires
        self._expires = expires
        self.changed = True

    def _expire(self, closes: Millis) -> None:
        self._expires = ALWAYS
        for at, time in enumerate(self._times):
            ends = time + self._limits[at]
            if closes > ends:
                self.values[at], self.changed, self.turned = nan, True, True
            elif not isnan(self.values[at]):
                self._expires = min(self._expires, ends)

    def _sum(self, closes: Millis, *, backfilled: bool) -> None:
        told, before = self._sums.pop(closes, None), self._spoke
        if self._sums:
            earlier = [key for key in self._sums if key < closes]
            before = max(before, *earlier) if earlier else before
            for key in earlier:
                del self._sums[key]
        self._spoke = NEVER if backfilled else before if told is None else closes
        alive = before != NEVER and closes - before <= self._limits[self._summed[0]] and not backfilled
        lost = isnan(self.values[self._summed[0]])
        if lost and not alive:
            return
        self.changed = True
        self.turned = self.turned or alive == lost
        for at in self._summed:
            self.values[at] = (told.get(at, 0.0) if told else 0.0) if alive else nan
