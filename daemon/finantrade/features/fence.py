"""Run features as plain Python, each kernel fenced in: it may touch its own part of the state and nothing else.

A compiled kernel that reads beyond its part sees the memory of others, and one that writes there spoils it, without a
word. As plain Python it is stopped at the first touch. So is one that raises where its compiled form would go on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from types import FunctionType
from typing import cast

from finantrade.domain.market import Bar
from finantrade.domain.units import Millis
from finantrade.features.compile import plain
from finantrade.features.composition import compose
from finantrade.features.declaration import Feature, State
from finantrade.features.graph import in_order
from finantrade.features.parts import FIRST_OUTPUT


class KernelFault(Exception):
    """A kernel left its part of the state, or raised: ``feature`` names it."""

    def __init__(self, feature: str, text: str) -> None:
        super().__init__(text)
        self.feature = feature


class Fence:
    """The part of the state from ``low`` to ``high`` (exclusive). Raises IndexError on any other place."""

    __slots__ = ("_high", "_low", "_state")

    def __init__(self, state: State, low: int, high: int) -> None:
        self._state = state
        self._low = low
        self._high = high

    def __getitem__(self, place: int) -> float:
        return self._state[self._inside(place)]

    def __setitem__(self, place: int, value: float) -> None:
        self._state[self._inside(place)] = value

    def _inside(self, place: int) -> int:
        if self._low <= place < self._high:
            return place
        raise IndexError(
            f"expected state from at + 0 to at + {self._high - self._low} (exclusive), as declared, "
            f"found at + {place - self._low}"
        )


def fenced_rows(
    features: Sequence[Feature], timeframe: Millis, bars: Iterable[Bar], beside: Iterable[Sequence[float]] = repeat(())
) -> Iterator[tuple[float, ...]]:
    """Yield the row of each bar. Raises KernelFault on the bar where a kernel goes wrong.

    ``beside`` has for each bar the columns of context that the features rest on; without it they are missing.
    """
    composition = compose(features, timeframe)
    program = plain(composition)
    _fence(cast("FunctionType", program.step), in_order(features))
    state = [0.0] * composition.size
    for slot in composition.missing:
        state[slot] = math.nan
    outputs = slice(FIRST_OUTPUT, FIRST_OUTPUT + composition.outputs)
    update = program.bind(program.step, state, lambda whole: tuple(whole[outputs]), state)
    first = composition.beside_at
    for bar, values in zip(bars, beside, strict=False):
        state[first : first + len(values)] = values
        yield update(bar)


def _fence(step: FunctionType, nodes: Iterable[Feature]) -> None:
    users: dict[str, list[Feature]] = {}
    for node in nodes:
        users.setdefault(node.kernel.__name__, []).append(node)
    for name, found in users.items():
        step.__globals__[name] = _guarded(step.__globals__[name], found)


def _guarded(kernel: Callable[..., float], users: Sequence[Feature]) -> Callable[..., float]:
    def call(state: State | Fence, at: int, *arguments: float) -> float:
        if isinstance(state, Fence):
            return kernel(state, at, *arguments)
        user = next(one for one in users if arguments[len(one.inputs) :] == one.parameters)
        try:
            return kernel(Fence(state, at, at + user.state), at, *arguments)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise KernelFault(user.name, f"{type(error).__name__}: {error}") from error

    return call
