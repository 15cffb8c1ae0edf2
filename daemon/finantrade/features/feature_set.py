"""A set of features as a whole: its schema, its warm-up, and the lines that keep its state, one a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from finantrade.domain.units import Millis
from finantrade.features.compile import Announce, Program, compiled, warn
from finantrade.features.composition import Composition, compose
from finantrade.features.declaration import Column, Feature, FeatureError
from finantrade.features.description import Description, descriptions
from finantrade.features.feature_line import Columns, FeatureLine, Floats, Groups
from finantrade.features.graph import in_order, warmups
from finantrade.features.history import History
from finantrade.features.series import columns_beside


class FeatureSet:
    """Features in the order asked for, over bars of ``timeframe`` ms; compiled when first started.

    ``schema_id`` (32 hex digits) changes with any declaration, kernel text or order. ``warmup`` is the number of bars
    after which every value is there, given data without holes. Raises FeatureError for sets that cannot work;
    ``announce`` hears when the kernel could not be cached.
    """

    def __init__(self, features: Sequence[Feature], timeframe: Millis, announce: Announce = warn) -> None:
        self.features = tuple(features)
        self.names = tuple(feature.name for feature in features)
        if len(set(self.names)) != len(self.names):
            raise FeatureError(f"expected every feature once, found {', '.join(self.names)}")
        self.timeframe = timeframe
        self._warmups = warmups(in_order(features), timeframe)
        self.warmup = max((self._warmups[name] for name in self.names), default=1)
        self.composition: Composition = compose(self.features, timeframe)
        self.schema_id = self.composition.digest
        self._announce = announce

    @cached_property
    def program(self) -> Program:
        """The compiled program; the first use in a process takes seconds, or a moment where it is cached."""
        return compiled(self.composition, self._announce)

    def start(self) -> FeatureLine:
        """Return a fresh line of state, for one symbol."""
        groups = [groups for _, groups in self.beside]
        return FeatureLine(self.composition, self.program, self.timeframe, self.warmup, groups)

    @cached_property
    def beside(self) -> tuple[tuple[Column, Groups], ...]:
        """The columns of context that it rests on, each with the groups of features that go without it."""
        needs = [(str(one.group), columns_beside((one,))) for one in self.features]
        return tuple(
            (column, tuple(dict.fromkeys(group for group, columns in needs if column in columns)))
            for column in self.composition.beside
        )

    def batch(self, candles: Columns, history: History | None = None) -> Floats:
        """Return the rows of all candles, shape (n, k): to the bit what a fresh line's updates give.

        ``history`` has the facts that such a line would hear.
        """
        return self.start().extend(candles, history)

    def describe(self) -> tuple[Description, ...]:
        """Return every feature of the set as it is told to people."""
        return descriptions(self.features, self.timeframe)
