"""The laws that features are held to, each as what it finds on somebody's own data.

1. **memory**: as plain Python, a kernel touches its own part of the state only, and does not raise (``fence``).
2. **incremental**: bar by bar, in blocks with a snapshot restored between them, as plain Python: the bits of one block.
3. **lookahead**: with the data ended before a bar, every value before it has the same bits. A vectorised function may
   sum in another order, there a relative ``ROUNDING`` is let pass.
4. **range**: values are within the declared bounds.

The fifth, warm-up, is in ``warming``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.units import Millis
from finantrade.features.declaration import FeatureError
from finantrade.features.feature_set import FeatureSet, Floats
from finantrade.features.fence import KernelFault, fenced_rows
from finantrade.market.bars import bars_of
from finantrade.market.candles import Candles

ROUNDING = 1e-9
"""Of the value: what another order of summing may change."""

Vectorised = Callable[[Candles], Floats]
"""Takes the candles of a symbol, returns one value a bar."""


class Law(StrEnum):
    MEMORY = "memory"
    INCREMENTAL = "incremental"
    LOOKAHEAD = "lookahead"
    WARM_UP = "warm-up"
    RANGE = "range"


class Finding(msgspec.Struct, frozen=True):
    """The first value of a feature that breaks a law: ``row`` is its bar, from 0, which closes at ``close_time``.

    ``cut`` is the row at which the data was ended or begun, None where it was whole; ``how`` says what was done.
    """

    law: Law
    symbol: str
    feature: str
    row: int
    close_time: Millis
    expected: float
    found: float
    cut: int | None
    how: str


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A set, the candles of a symbol, and the rows that the one block of all gives."""

    features: FeatureSet
    candles: Candles
    rows: Floats

    @classmethod
    def of(cls, features: FeatureSet, candles: Candles) -> Subject:
        """Compute the rows. Raises ArithmeticError as a kernel may."""
        return cls(features, candles, features.batch(candles))

    def first(self, law: Law, wrong: NDArray[np.bool_], found: Floats, how: str, cut: int | None) -> Iterator[Finding]:
        """Yield the first wrong value of each feature; ``wrong`` and ``found`` begin with the first row."""
        for column in np.flatnonzero(wrong.any(axis=0)).tolist():
            row = int(np.argmax(wrong[:, column]))
            pair = float(self.rows[row, column]), float(found[row, column])
            yield finding(law, self.candles, self.features.names[column], row, pair, how, cut)


def finding(
    law: Law, candles: Candles, name: str, row: int, pair: tuple[float, float], how: str, cut: int | None = None
) -> Finding:
    """Return what was found at a row, ``pair`` being the expected and the found value."""
    closes = int(candles.open_time[row]) + candles.timeframe - 1
    return Finding(law, candles.symbol, name, row, closes, *pair, cut, how)


def memory(features: FeatureSet, candles: Candles) -> Iterator[Finding]:
    """Run each feature as plain Python; what breaks this law should not be compiled and run."""
    bars = bars_of(candles)
    for one in features.features:
        row = 0
        try:
            for _ in fenced_rows((one,), features.timeframe, bars):
                row += 1
        except KernelFault as fault:
            yield finding(Law.MEMORY, candles, one.name, row, (np.nan, np.nan), str(fault))


def as_plain(features: FeatureSet, candles: Candles) -> Floats | None:
    """Return the rows of plain Python, None where a kernel goes wrong: ``memory`` says which."""
    try:
        rows = list(fenced_rows(features.features, features.timeframe, bars_of(candles)))
    except KernelFault:
        return None
    return np.array(rows).reshape(len(rows), len(features.names))


def incremental(subject: Subject, cuts: Sequence[int], plain: Floats) -> Iterator[Finding]:
    """Compare the drivers with the block of all; ``cuts`` ascend, ``plain`` has the first rows as plain Python."""
    features, bars, shape = subject.features, bars_of(subject.candles), subject.rows.shape
    line = features.start()
    single = np.array([line.update(bar) for bar in bars]).reshape(shape)
    yield from _unequal(Law.INCREMENTAL, subject, single, "bar by bar")
    blocks = np.concatenate(list(_blocks(subject, [0, *cuts, len(bars)])))
    yield from _unequal(Law.INCREMENTAL, subject, blocks, "in blocks, a snapshot restored between them")
    yield from _unequal(Law.INCREMENTAL, subject, plain, "as plain Python")


def lookahead(subject: Subject, cut: int) -> Iterator[Finding]:
    """Check that nothing from the row ``cut`` on has been seen before it."""
    ended = subject.features.batch(subject.candles.slice(0, cut))
    yield from _unequal(Law.LOOKAHEAD, subject, ended, "with the data ended", cut)


def in_range(subject: Subject) -> Iterator[Finding]:
    """Check that values are within their declared bounds."""
    low = np.array([one.low for one in subject.features.features])
    high = np.array([one.high for one in subject.features.features])
    bound = np.clip(subject.rows, low, high)
    inside = alike(bound, subject.rows, ROUNDING * np.maximum(abs(bound), 1.0))
    clipped = Subject(subject.features, subject.candles, bound)
    yield from clipped.first(Law.RANGE, ~inside, subject.rows, "outside of its declared bounds", None)


def blind(name: str, function: Vectorised, candles: Candles, cuts: Sequence[int]) -> Iterator[Finding]:
    """Hold a vectorised function to the third law. Raises FeatureError where it does not give a value a bar."""
    whole = _values(name, function, candles)
    for cut in cuts:
        ended = _values(name, function, candles.slice(0, cut))
        for row in np.flatnonzero(~alike(whole[:cut], ended, ROUNDING * abs(whole[:cut])))[:1].tolist():
            pair = float(whole[row]), float(ended[row])
            yield finding(Law.LOOKAHEAD, candles, name, row, pair, "with the data ended", cut)


def alike(expected: Floats, found: Floats, tolerance: Floats) -> NDArray[np.bool_]:
    """Return where two values are missing both, the same, or no further apart than tolerated."""
    both_missing = np.isnan(expected) & np.isnan(found)
    with np.errstate(invalid="ignore"):  # infinities less each other
        return both_missing | (expected == found) | (abs(expected - found) <= tolerance)


def _unequal(law: Law, subject: Subject, found: Floats, how: str, cut: int | None = None) -> Iterator[Finding]:
    expected = np.ascontiguousarray(subject.rows[: len(found)])
    return subject.first(law, expected.view(np.uint64) != found.view(np.uint64), found, how, cut)


def _blocks(subject: Subject, edges: Sequence[int]) -> Iterator[Floats]:
    line = subject.features.start()
    for start, stop in pairwise(edges):
        following = subject.features.start()
        following.restore(line.snapshot())
        line = following
        yield line.extend(subject.candles.slice(start, stop))


def _values(name: str, function: Vectorised, candles: Candles) -> Floats:
    # A copy: it may write to what it is given.
    columns = {column: values.copy() for column, values in candles.columns().items()}
    given = Candles.of(candles.symbol, candles.timeframe, candles.open_time.copy(), columns)
    try:
        values = np.asarray(function(given), dtype=np.float64)
    except Exception as error:
        raise FeatureError(f"{name}: raised over {len(candles)} bars: {type(error).__name__}: {error}") from error
    if values.shape != (len(candles),):
        raise FeatureError(f"{name}: expected {len(candles)} values, one a bar, found the shape {values.shape}")
    return values
