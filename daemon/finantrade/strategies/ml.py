"""Trade the probability that a model gives: enter where it is high, leave where it has become low.

1. The model says how probable a rise is, from the features that it was trained on. Its probability p is taken as a
   conviction of 2 p - 1, from -1 to 1.
2. Entered, kept and left as any conviction (`stance`): long from a probability of ``enter_from`` on, kept until it is
   below ``leave_below``; short, where allowed, at the mirror image of both.

The model is a ``Predictor`` that is handed in: a strategy knows neither files nor libraries. Without one it is refused.

Source: Lopez de Prado, *Advances in Financial Machine Learning* (2018), chapters 3 and 10.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Protocol

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.features.kind import named
from finantrade.strategies.foresight import Occasions
from finantrade.strategies.params import ParamsError
from finantrade.strategies.quantities import Bars, Ranges
from finantrade.strategies.stance import Limits, Stance, StanceState

Probability = Annotated[float, Meta(ge=0.5, le=1)]


class Predictor(Protocol):
    """A trained model at work: the same values give the same bits, one by one or in a block."""

    features: tuple[str, ...]
    """The features that it takes, in order."""

    def probability(self, values: tuple[float, ...], /) -> float:
        """Return how probable a rise is, from 0 to 1, NaN where it cannot tell."""
        ...

    def probabilities(self, rows: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Return the same of many rows, shape (n, features) to (n,)."""
        ...


class MlParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Probabilities of a rise between 0.5 and 1, the stop in average true ranges of ``atr_bars`` bars."""

    model: Annotated[str, Meta(min_length=1, description="The model that is asked.")]
    enter_from: Annotated[Probability, Meta(description="Least probability for an entry.")] = 0.6
    leave_below: Annotated[Probability, Meta(description="The position is kept until it is below.")] = 0.5
    stop_atr: Annotated[Ranges, Meta(description="Stop from the close of the entry, in average true ranges.")] = 3.0
    atr_bars: Annotated[Bars, Meta(description="Length of the average true range, in bars.")] = 14
    allow_short: Annotated[bool, Meta(description="Sell where a fall is as probable.")] = False

    def __post_init__(self) -> None:
        if not 0.5 < self.enter_from >= self.leave_below:
            found = f"leave_below={self.leave_below} and enter_from={self.enter_from}"
            raise ValueError(f"expected leave_below <= enter_from and enter_from above 0.5, found {found}")


class Ml:
    """Trades a probability."""

    Params: ClassVar[type[msgspec.Struct]] = MlParams

    __slots__ = ("_asked", "_features", "_occasions", "_predictor", "_stance")

    def __init__(self, symbol: str, params: MlParams, predictor: Predictor | None = None) -> None:
        if predictor is None:
            text = f"expected the model {params.model!r} to be handed in, found none: this version loads no models"
            raise ParamsError([("model", text)])
        self._predictor = predictor
        self._features = tuple(dict.fromkeys(("close", named("atr", params.atr_bars), *predictor.features)))
        self._asked = [self._features.index(name) for name in predictor.features]
        reasons = ("probable fall", "improbable", "probable rise")
        enter, leave = 2 * params.enter_from - 1, 2 * params.leave_below - 1
        self._stance = Stance(symbol, Limits(enter, leave, params.stop_atr, params.allow_short, reasons))
        self._occasions: dict[tuple[int, int], Occasions] = {}

    def features(self) -> tuple[str, ...]:
        return self._features

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        asked = tuple([row.values[index] for index in self._asked])
        conviction = 2 * self._predictor.probability(asked) - 1
        return self._stance.decide(conviction, position, row.values[0], row.values[1])

    def foresee(self, rows: NDArray[np.float64], /) -> None:
        asked = np.ascontiguousarray(rows[:, self._asked])
        self._occasions = self._stance.occasions(2 * self._predictor.probabilities(asked) - 1)

    def look_no_further(self) -> None:
        """Nothing is remembered of what was foreseen."""

    def indifferent(self, at: int, position: Position, wish: Signal | None, /) -> int:
        return self._occasions[self._stance.place].wait(at) if self._stance.settled(position, wish) else 0

    def pass_over(self, rows: int, position: Position, /) -> None:
        """Nothing is remembered from row to row while the conviction stays on its side."""

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._stance.snapshot())

    def restore(self, state: bytes, /) -> None:
        self._stance.restore(msgspec.msgpack.decode(state, type=StanceState))
