"""The laws that features are held to, each as what it finds on somebody's own data.

1. **memory**: as plain Python, a kernel touches its own part of the state only, and does not raise (``fence``).
2. **incremental**: bar by bar, in blocks with a snapshot restored between them, as plain Python: the bits of one block.
3. **lookahead**: with the data ended before a bar, every value before it has the same bits. Of what is known beside
   bars all is taken away that was not *available* at the last close, whenever it happened. A vectorised function may
   sum in another order, there a relative ``ROUNDING`` is let pass.
4. **range**: values are within the declared bounds.

The fifth, warm-up, is in ``warming``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.config import Context
from finantrade.domain.context import TakerRatio
from finantrade.domain.market import Bar
from finantrade.domain.units import Millis
from finantrade.features.declaration import Column, Feature, FeatureError
from finantrade.features.feature_set import FeatureSet, Floats
from finantrade.features.fence import KernelFault, fenced_rows
from finantrade.features.history import History
from finantrade.features.series import MOOD, columns_beside
from finantrade.market.bars import bars_of
from finantrade.market.candles import Candles
from finantrade.market.context_facts import KINDS
from finantrade.market.series import Kind
from finantrade.market.table import Table
from finantrade.market.timeline import Timeline

ROUNDING = 1e-9
"""Of the value: what another order of summing may change."""

Vectorised = Callable[..., Floats]
"""Takes the candles of a symbol, and if it has a second parameter what is known beside them; returns a value a bar."""

Tables = Mapping[Context, Table]
"""What is known beside the bars of a symbol, as stored: each row with its time and when it became available."""
NO_TABLES: Tables = {}


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


@dataclass(frozen=True, eq=False)
class Subject:
    """A set, the candles of a symbol with what is known beside them, and the rows that the one block of all gives."""

    features: FeatureSet
    candles: Candles
    rows: Floats
    tables: Tables = field(default_factory=dict[Context, Table])

    @classmethod
    def of(cls, features: FeatureSet, candles: Candles, tables: Tables = NO_TABLES) -> Subject:
        """Compute the rows. Raises ArithmeticError as a kernel may."""
        history = History.of(Timeline.of(tables.values()), candles.symbol, features.composition.beside)
        return cls(features, candles, features.batch(candles, history), tables)

    @cached_property
    def context(self) -> Timeline:
        """All facts beside the candles."""
        return Timeline.of(self.tables.values())

    @cached_property
    def history(self) -> History:
        """The same as its features see it."""
        return self.until(None)

    @cached_property
    def beside(self) -> dict[Column, Floats]:
        """What stands beside each bar."""
        aligned = self.history.beside(self.candles.open_time, self.candles.timeframe)
        return dict(zip(self.features.composition.beside, aligned.values, strict=True))

    def until(self, row: int | None) -> History:
        """Return the history as it was known at the close of a row; all of it where that is None."""
        known = self.context if row is None else self.context.between(0, closes_at(self.candles, row) + 1)
        return History.of(known, self.candles.symbol, self.features.composition.beside)

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
    return Finding(law, candles.symbol, name, row, closes_at(candles, row), *pair, cut, how)


def closes_at(candles: Candles, row: int) -> Millis:
    """Return when a row closes."""
    return int(candles.open_time[row]) + candles.timeframe - 1


def memory(features: FeatureSet, candles: Candles, tables: Tables = NO_TABLES) -> Iterator[Finding]:
    """Run each feature as plain Python; what breaks this law should not be compiled and run."""
    bars, context = bars_of(candles), Timeline.of(tables.values())
    for one in features.features:
        row = 0
        try:
            for _ in fenced_rows((one,), features.timeframe, bars, _beside((one,), candles, context)):
                row += 1
        except KernelFault as fault:
            yield finding(Law.MEMORY, candles, one.name, row, (np.nan, np.nan), str(fault))


def as_plain(features: FeatureSet, candles: Candles, tables: Tables = NO_TABLES) -> Floats | None:
    """Return the rows of plain Python, None where a kernel goes wrong: ``memory`` says which."""
    beside = _beside(features.features, candles, Timeline.of(tables.values()))
    try:
        rows = list(fenced_rows(features.features, features.timeframe, bars_of(candles), beside))
    except KernelFault:
        return None
    return np.array(rows).reshape(len(rows), len(features.names))


def incremental(subject: Subject, cuts: Sequence[int], plain: Floats) -> Iterator[Finding]:
    """Compare the drivers with the block of all; ``cuts`` ascend, ``plain`` has the first rows as plain Python."""
    bars, shape = bars_of(subject.candles), subject.rows.shape
    single = np.array(list(_heard(subject, bars))).reshape(shape)
    yield from _unequal(Law.INCREMENTAL, subject, single, "bar by bar")
    blocks = np.concatenate(list(_blocks(subject, [0, *cuts, len(bars)])))
    yield from _unequal(Law.INCREMENTAL, subject, blocks, "in blocks, a snapshot restored between them")
    yield from _unequal(Law.INCREMENTAL, subject, plain, "as plain Python")


def lookahead(subject: Subject, cut: int) -> Iterator[Finding]:
    """Check that nothing from the row ``cut`` on has been seen before it."""
    ended = subject.features.batch(subject.candles.slice(0, cut), subject.until(cut - 1))
    yield from _unequal(Law.LOOKAHEAD, subject, ended, "with the data ended", cut)


def in_range(subject: Subject) -> Iterator[Finding]:
    """Check that values are within their declared bounds."""
    low = np.array([one.low for one in subject.features.features])
    high = np.array([one.high for one in subject.features.features])
    bound = np.clip(subject.rows, low, high)
    inside = alike(bound, subject.rows, ROUNDING * np.maximum(abs(bound), 1.0))
    clipped = replace(subject, rows=bound)
    yield from clipped.first(Law.RANGE, ~inside, subject.rows, "outside of its declared bounds", None)


def blind(
    name: str, function: Vectorised, candles: Candles, cuts: Sequence[int], tables: Tables = NO_TABLES
) -> Iterator[Finding]:
    """Hold a vectorised function to the third law. Raises FeatureError where it does not give a value a bar."""
    whole = _values(name, function, candles, tables)
    for cut in cuts:
        ended = _values(name, function, candles.slice(0, cut), known_by(tables, closes_at(candles, cut - 1)))
        for row in np.flatnonzero(~alike(whole[:cut], ended, ROUNDING * abs(whole[:cut])))[:1].tolist():
            pair = float(whole[row]), float(ended[row])
            yield finding(Law.LOOKAHEAD, candles, name, row, pair, "with the data ended", cut)


def known_by(tables: Tables, time: Millis) -> dict[Context, Table]:
    """Return what of each table had become available by a time."""
    found: dict[Context, Table] = {}
    for name, table in tables.items():
        known = table.take(table.available() <= time)
        if table.kind is Kind.RATIOS:
            # What takers did is known later than the rest of its row.
            told = known.available(TakerRatio.LAG_MS) <= time
            known = replace(known, values={**known.values, "taker": np.where(told, known.values["taker"], np.nan)})
        found[name] = known
    return found


def tables_of(tables: Sequence[Table], symbol: str) -> dict[Context, Table]:
    """Return those of a symbol and of the whole market, by what a session calls them."""
    known = sorted(tables, key=lambda one: one.symbol == MOOD)
    here = {one.kind: one for one in known if one.symbol == symbol or one.kind is Kind.SENTIMENT}
    return {name: here[kind] for name, kind in KINDS.items() if kind in here}


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
        yield line.extend(subject.candles.slice(start, stop), subject.history)


def _heard(subject: Subject, bars: Sequence[Bar]) -> Iterator[tuple[float, ...]]:
    line, facts = subject.features.start(), subject.context.facts(0)
    upcoming = next(facts, None)
    for bar in bars:
        while upcoming is not None and upcoming[0] <= bar.close_time:
            line.hear(upcoming[1], upcoming[0])
            upcoming = next(facts, None)
        yield line.update(bar)


def _beside(features: Sequence[Feature], candles: Candles, context: Timeline) -> Iterator[tuple[float, ...]]:
    history = History.of(context, candles.symbol, columns_beside(features))
    return history.beside(candles.open_time, candles.timeframe).rows()


def _values(name: str, function: Vectorised, candles: Candles, tables: Tables) -> Floats:
    # Copies: it may write to what it is given.
    columns = {column: values.copy() for column, values in candles.columns().items()}
    given = Candles.of(candles.symbol, candles.timeframe, candles.open_time.copy(), columns)
    beside = {name.value: _copied(table) for name, table in tables.items()}
    takes_beside = len(inspect.signature(function).parameters) > 1
    try:
        values = np.asarray(function(given, beside) if takes_beside else function(given), dtype=np.float64)
    except Exception as error:
        raise FeatureError(f"{name}: raised over {len(candles)} bars: {type(error).__name__}: {error}") from error
    if values.shape != (len(candles),):
        raise FeatureError(f"{name}: expected {len(candles)} values, one a bar, found the shape {values.shape}")
    return values


def _copied(table: Table) -> Table:
    return replace(table, time=table.time.copy(), values={name: column.copy() for name, column in table.values.items()})
