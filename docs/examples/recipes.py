"""Four habits from other programs, each with the same plain entry: an RSI of 14 bars below ``dip``, while flat.

``RoiTable`` asks for less profit the longer it waits; ``TrailingOffset`` draws its stop after the price once it is far
enough ahead; ``PositionAdjustment`` buys more where the price has fallen; ``PairLock`` waits after stops.
What closes a position from outside is known by holding nothing where something was held.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal

Share = Annotated[float, Meta(gt=0, lt=1)]
Bars = Annotated[int, Meta(ge=1)]
Level = Annotated[float, Meta(gt=0, lt=100)]


class RoiParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``roi``: bars since the entry, and the profit that is enough from then on, as a share of the entry price."""

    dip: Level = 30.0
    stop: Share = 0.06
    roi: tuple[tuple[int, float], ...] = ((0, 0.06), (12, 0.03), (48, 0.01))

    def __post_init__(self) -> None:
        since = [bars for bars, _ in self.roi]
        if since[:1] != [0] or since != sorted(set(since)):
            raise ValueError(f"roi: expected bars that rise from 0, found {since}")


class RoiTable:
    """A take-profit that comes down with time: a resting limit, moved at a close."""

    Params: ClassVar[type[msgspec.Struct]] = RoiParams

    def __init__(self, symbol: str, params: RoiParams) -> None:
        self._symbol = symbol
        self._params = params
        self._age = 0

    def features(self) -> tuple[str, ...]:
        return "close", "rsi_14"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, rsi = row.values
        if position.entry_price is not None:
            self._age += 1
            return self._wish(float(position.entry_price))
        closed, self._age = self._age > 0, 0
        if rsi < self._params.dip and not closed:
            return self._wish(close)
        return Signal(self._symbol, 0.0, reason="flat")

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._age)

    def restore(self, state: bytes, /) -> None:
        self._age = msgspec.msgpack.decode(state, type=int)

    def _wish(self, entry: float) -> Signal:
        enough = [profit for since, profit in self._params.roi if since <= self._age][-1]
        return Signal(self._symbol, 1.0, entry * (1 - self._params.stop), entry * (1 + enough), "dip")


class TrailingParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares of the entry price, or of the best price since for ``trail``, which begins at a gain of ``offset``."""

    dip: Level = 30.0
    stop: Share = 0.06
    trail: Share = 0.02
    offset: Share = 0.03


class TrailingOffset:
    """A stop that follows the best closed bar: moved at a close, never down."""

    Params: ClassVar[type[msgspec.Struct]] = TrailingParams

    def __init__(self, symbol: str, params: TrailingParams) -> None:
        self._symbol = symbol
        self._params = params
        self._best = 0.0

    def features(self) -> tuple[str, ...]:
        return "close", "high", "rsi_14"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, high, rsi = row.values
        if position.entry_price is not None:
            self._best = max(self._best, high)
            return self._wish(float(position.entry_price))
        closed, self._best = self._best > 0, 0.0
        if rsi < self._params.dip and not closed:
            return self._wish(close)
        return Signal(self._symbol, 0.0, reason="flat")

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._best)

    def restore(self, state: bytes, /) -> None:
        self._best = msgspec.msgpack.decode(state, type=float)

    def _wish(self, entry: float) -> Signal:
        stop = entry * (1 - self._params.stop)
        if self._best >= entry * (1 + self._params.offset):
            stop = max(stop, self._best * (1 - self._params.trail))
        return Signal(self._symbol, 1.0, stop, reason="dip")


class AdjustmentParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Buy ``parts`` times in all, each ``step`` of the first price lower; sell ``gain`` above the average price."""

    dip: Level = 30.0
    parts: Annotated[int, Meta(ge=1, le=20)] = 3
    step: Share = 0.03
    gain: Share = 0.03
    stop: Share = 0.15


class PositionAdjustment:
    """A target that grows in parts; risk fixes the size of the whole at the first."""

    Params: ClassVar[type[msgspec.Struct]] = AdjustmentParams

    def __init__(self, symbol: str, params: AdjustmentParams) -> None:
        self._symbol = symbol
        self._params = params
        self._first = 0.0
        self._bought = 0

    def features(self) -> tuple[str, ...]:
        return "close", "rsi_14"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, rsi = row.values
        if position.entry_price is not None:
            self._first = self._first or float(position.entry_price)
            if self._bought < self._params.parts and close <= self._first * (1 - self._bought * self._params.step):
                self._bought += 1
            return self._wish(self._first, float(position.entry_price))
        closed, self._first, self._bought = self._first > 0, 0.0, 1
        if rsi < self._params.dip and not closed:
            return self._wish(close, close)
        return Signal(self._symbol, 0.0, reason="flat")

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode((self._first, self._bought))

    def restore(self, state: bytes, /) -> None:
        self._first, self._bought = msgspec.msgpack.decode(state, type=tuple[float, int])

    def _wish(self, first: float, average: float) -> Signal:
        target, stop = self._bought / self._params.parts, first * (1 - self._params.stop)
        return Signal(self._symbol, target, stop, average * (1 + self._params.gain), f"part {self._bought}")


class LockParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No entry for ``rest_bars`` after a stop, nor for ``lock_bars`` after ``stops`` of them within ``window_bars``."""

    dip: Level = 30.0
    stop: Share = 0.03
    exit: Level = 60.0
    rest_bars: Bars = 4
    stops: Annotated[int, Meta(ge=1, le=100)] = 3
    window_bars: Bars = 96
    lock_bars: Bars = 48


class LockState(msgspec.Struct):
    """The number of the present bar, whether something was held, the bars of the last stops, and the lock's end."""

    bar: int = 0
    held: bool = False
    stops: list[int] = []
    locked_until: int = 0


class PairLock:
    """An entry that waits after stops: the only thing here that closes from outside is the stop."""

    Params: ClassVar[type[msgspec.Struct]] = LockParams

    def __init__(self, symbol: str, params: LockParams) -> None:
        self._symbol = symbol
        self._params = params
        self._state = LockState()

    def features(self) -> tuple[str, ...]:
        return "close", "rsi_14"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, rsi = row.values
        params, state = self._params, self._state
        state.bar += 1
        if position.entry_price is not None:
            state.held = rsi <= params.exit
            entry = float(position.entry_price)
            return Signal(self._symbol, 1.0, entry * (1 - params.stop), reason="dip") if state.held else self._flat()
        if state.held:
            self._stopped()
        if rsi < params.dip and state.bar > state.locked_until:
            return Signal(self._symbol, 1.0, close * (1 - params.stop), reason="dip")
        return self._flat()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes, /) -> None:
        self._state = msgspec.msgpack.decode(state, type=LockState)

    def _stopped(self) -> None:
        params, state = self._params, self._state
        recent = [bar for bar in state.stops if bar > state.bar - params.window_bars]
        state.held, state.stops = False, [*recent, state.bar][-params.stops :]
        lock = params.lock_bars if len(state.stops) == params.stops else params.rest_bars
        state.locked_until = max(state.locked_until, state.bar + lock)

    def _flat(self) -> Signal:
        return Signal(self._symbol, 0.0, reason="flat")
