"""What a strategy is: five methods and a struct of parameters. There is nothing to inherit from.

There are two kinds. One instance of a ``Strategy`` trades one symbol, row by row; one of a ``BoundaryStrategy`` several
symbols together, when all their bars of an instant are in. Both are deterministic: the same rows give the same signals,
and everything that is remembered between two of them goes through ``snapshot`` and ``restore``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.domain.units import Millis
from finantrade.features.declaration import Feature


class Strategy(Protocol):
    """Rows in, wishes out."""

    Params: ClassVar[type[msgspec.Struct]]
    """Its parameters: a struct that is frozen, keyword-only and forbids unknown fields."""

    def __init__(self, symbol: str, params: Any) -> None:
        """Take the symbol and an instance of ``Params``."""
        ...

    def features(self) -> tuple[str | Feature, ...]:
        """Return the features it needs, by name or declared; ``row.values`` come in exactly this order."""
        ...

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        """Say the wish after a closed bar, or None for no new one. Called only once all its features are ready.

        ``position`` is what is held in its symbol at this moment. Saying the same wish again changes nothing.
        """
        ...

    def snapshot(self) -> bytes:
        """Return all that it remembers between rows; ``b""`` if nothing."""
        ...

    def restore(self, state: bytes, /) -> None:
        """Take back what ``snapshot`` gave."""
        ...


@runtime_checkable
class BoundaryStrategy(Protocol):
    """Rows of several symbols in, wishes out: rotation, pairs, whatever compares symbols with each other."""

    Params: ClassVar[type[msgspec.Struct]]
    """As of a ``Strategy``."""

    def __init__(self, symbols: tuple[str, ...], params: Any) -> None:
        """Take the symbols, in their order by name, and an instance of ``Params``."""
        ...

    def features(self) -> tuple[str | Feature, ...]:
        """Return the features that it needs of every symbol."""
        ...

    def on_boundary(self, rows: Mapping[str, FeatureRow], portfolio: Mapping[str, Position], /) -> Sequence[Signal]:
        """Say the wishes after a boundary, at most one a symbol; a symbol without one keeps its last.

        ``rows`` has those of this close whose features are ready, at least one; ``portfolio`` what is held in every
        symbol. Saying the same wish again changes nothing.
        """
        ...

    def snapshot(self) -> bytes:
        """As of a ``Strategy``."""
        ...

    def restore(self, state: bytes, /) -> None:
        """As of a ``Strategy``."""
        ...


AnyStrategy = Strategy | BoundaryStrategy
StrategyClass = type[Strategy] | type[BoundaryStrategy]


@runtime_checkable
class Sleeping(Protocol):
    """A strategy over several symbols that can tell until when it will say nothing: backtests pass over those rows."""

    def asleep_until(self) -> Millis:
        """Return the close time before which ``on_boundary`` says nothing and remembers nothing; 0 if it is awake."""
        ...


@runtime_checkable
class Foreseeing(Protocol):
    """A strategy that can tell ahead for how long it will say nothing new: backtests pass over those rows."""

    def foresee(self, rows: NDArray[np.float64], /) -> None:
        """Look at the values of the rows that come next, shape (n, features), n > 0.

        Until ``look_no_further`` just these rows come, in order, each through ``on_row`` or ``pass_over``.
        """
        ...

    def look_no_further(self) -> None:
        """Forget what was foreseen and has not come yet: other rows will."""
        ...

    def indifferent(self, at: int, position: Position, wish: Signal | None, /) -> int:
        """Return on how many foreseen rows from ``at`` on it will say nothing new; too few is right, too many never.

        ``position`` stays as it is, and ``wish`` is the object that counts as said, if any. On each row counted
        ``on_row`` would return None or that very object.
        """
        ...

    def pass_over(self, rows: int, position: Position, /) -> None:
        """Remember the next foreseen rows, to all of which it is indifferent, as ``on_row`` would have."""
        ...
