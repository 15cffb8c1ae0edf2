"""Let several strategies vote, and trade what they agree on.

1. Each member judges every row as if it traded alone, and its wish were always had at that close; its stop and
   take-profit are judged on closes, since nothing rests in the market for it. Its vote is its target.
2. The sum is the mean of the votes by weight, between -1 and 1. From flat, a sum of at least ``enter_from`` is long,
   one of at most its negative short. A position is kept until the sum, counted its way, is below ``leave_below``; what
   was stopped out waits for that, too (`stance`).

Sources: Clemen, *Combining Forecasts*, International Journal of Forecasting 5 (1989); Timmermann, *Forecast
Combinations*, Handbook of Economic Forecasting 1 (2006): simple means are hard to beat.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, cast

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.features.declaration import Feature
from finantrade.features.kind import named
from finantrade.strategies.params import build_params
from finantrade.strategies.protocol import Strategy
from finantrade.strategies.quantities import Bars, Ranges
from finantrade.strategies.rule import Names
from finantrade.strategies.stance import Limits, Stance, StanceState
from finantrade.strategies.voter import Voter, VoterState


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strategy that votes."""

    name: Annotated[str, Meta(description="A shipped strategy that decides row by row.")]
    weight: Annotated[float, Meta(gt=0, le=1_000, description="What its vote counts beside the others.")] = 1.0
    params: Annotated[dict[str, Any], Meta(description="Its parameters.")] = {}

    def made(self, symbol: str, where: str, names: Names | None) -> Strategy:
        """Return the strategy. Raises ValueError for a name that cannot vote, and for parameters that do not fit.

        Rules may name what is found in ``names``, else what is in the catalogue.
        """
        # Imported here: the registry names the ensemble, too.
        from finantrade.strategies.registry import get_over  # noqa: PLC0415

        cls = get_over(self.name, names)
        if not hasattr(cls, "on_row") or issubclass(cls, Ensemble):
            raise ValueError(f"{where}.name: expected a strategy that decides row by row, found {self.name!r}")
        return cast("type[Strategy]", cls)(symbol, build_params(cls, self.params, f"{where}.params"))


class EnsembleParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sums of votes between 0 and 1, the stop in average true ranges of ``atr_bars`` bars."""

    members: Annotated[tuple[Member, ...], Meta(min_length=1, max_length=20, description="The strategies that vote.")]
    enter_from: Annotated[float, Meta(gt=0, le=1, description="Least sum of votes for an entry.")] = 0.5
    leave_below: Annotated[float, Meta(ge=-1, le=1, description="The position is kept until its sum is below.")] = 0.25
    stop_atr: Annotated[
        Ranges | None, Meta(description="Stop from the close of the entry, in average true ranges; or none.")
    ] = None
    atr_bars: Annotated[Bars, Meta(description="Length of the average true range, in bars.")] = 14
    allow_short: Annotated[bool, Meta(description="Take sums below zero as entries, too.")] = False
    names: ClassVar[Names | None] = None

    def __post_init__(self) -> None:
        if self.leave_below > self.enter_from:
            found = f"leave_below={self.leave_below} and enter_from={self.enter_from}"
            raise ValueError(f"expected leave_below <= enter_from, found {found}")
        for index, member in enumerate(self.members):
            member.made("", f"members[{index}]", self.names)


class EnsembleState(msgspec.Struct):
    """What is remembered between rows."""

    stance: StanceState
    voters: list[VoterState]


class Ensemble:
    """Trades the weighted votes of others."""

    Params: ClassVar[type[msgspec.Struct]] = EnsembleParams

    __slots__ = ("_atr", "_features", "_stance", "_total", "_voters")

    def __init__(self, symbol: str, params: EnsembleParams) -> None:
        strategies = [
            member.made(symbol, f"members[{index}]", params.names) for index, member in enumerate(params.members)
        ]
        own = ("close", named("atr", params.atr_bars)) if params.stop_atr is not None else ("close",)
        self._features = tuple(dict.fromkeys([*own, *(one for each in strategies for one in each.features())]))
        self._atr = len(own) - 1
        at = {feature: index for index, feature in enumerate(self._features)}
        self._voters = [
            Voter(symbol, strategy, member.weight, [at[feature] for feature in strategy.features()])
            for member, strategy in zip(params.members, strategies, strict=True)
        ]
        self._total = _summed(one.weight for one in self._voters)
        reasons = ("voted short", "outvoted", "voted long")
        limits = Limits(params.enter_from, params.leave_below, params.stop_atr, params.allow_short, reasons)
        self._stance = Stance(symbol, limits)

    @staticmethod
    def over(names: Names) -> type[Ensemble]:
        """Return the same strategy, among whose members rules may name what is found there."""
        found = names

        class OwnParams(EnsembleParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
            names: ClassVar[Names | None] = found

        class OwnEnsemble(Ensemble):
            Params = OwnParams
            __slots__ = ()

        return OwnEnsemble

    def features(self) -> tuple[str | Feature, ...]:
        return self._features

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, atr = row.values[0], row.values[self._atr]
        for voter in self._voters:
            voter.see(row, close)
        votes = _summed(one.weight * one.vote for one in self._voters)
        return self._stance.decide(votes / self._total, position, close, atr)

    def foresee(self, rows: NDArray[np.float64], /) -> None:
        closes = np.ascontiguousarray(rows[:, 0])
        for voter in self._voters:
            voter.foresee(rows, closes)

    def look_no_further(self) -> None:
        for voter in self._voters:
            voter.look_no_further()

    def indifferent(self, at: int, position: Position, wish: Signal | None, /) -> int:
        if not self._stance.settled(position, wish):
            return 0
        return min(voter.indifferent(at) for voter in self._voters)

    def pass_over(self, rows: int, position: Position, /) -> None:
        for voter in self._voters:
            voter.pass_over(rows)

    def snapshot(self) -> bytes:
        voters = [voter.snapshot() for voter in self._voters]
        return msgspec.msgpack.encode(EnsembleState(self._stance.snapshot(), voters))

    def restore(self, state: bytes, /) -> None:
        saved = msgspec.msgpack.decode(state, type=EnsembleState)
        self._stance.restore(saved.stance)
        for voter, one in zip(self._voters, saved.voters, strict=True):
            voter.restore(one)


def _summed(values: Iterator[float]) -> float:
    # One by one: `sum` of floats gives other bits from Python 3.12 on.
    total = 0.0
    for value in values:
        total += value
    return total
