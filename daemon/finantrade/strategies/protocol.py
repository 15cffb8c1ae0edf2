"""What a strategy is: five methods and a struct of parameters. There is nothing to inherit from.

One instance trades one symbol. It is deterministic: the same rows give the same signals, and everything that it
remembers between two rows goes through ``snapshot`` and ``restore``.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
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
