"""Follow the cross of two exponential averages.

1. Fast above slow: long. Fast below slow: flat, or short where shorts are allowed. Equal: as before.
2. Stop and take-profit, in average true ranges from the close, are set at the cross and kept until the next one. Only
   a position that was closed from outside (by its stop, by the operator) gets new ones, should risk let it re-enter.
3. Where a level cannot be had (it would be at or below zero), flat until the first row on which it can.

Source: Murphy, *Technical Analysis of the Financial Markets*, chapter 9.
"""

from __future__ import annotations

from decimal import Decimal
from math import inf
from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal
from finantrade.strategies.foresight import Occasions

Bars = Annotated[int, Meta(ge=1, le=10_000)]
Ranges = Annotated[float, Meta(gt=0)]


class EmaCrossParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars; distances of stop and take-profit in average true ranges of ``atr`` bars, None for none."""

    fast: Annotated[Bars, Meta(description="Length of the fast average, in bars.")] = 12
    slow: Annotated[Bars, Meta(description="Length of the slow average, in bars.")] = 26
    atr: Annotated[Bars, Meta(description="Length of the average true range, in bars.")] = 14
    stop_atr: Annotated[
        Ranges | None, Meta(description="Stop from the close of the cross, in average true ranges; or none.")
    ] = None
    take_profit_atr: Annotated[
        Ranges | None, Meta(description="Take-profit from the close of the cross, in average true ranges; or none.")
    ] = None
    allow_short: Annotated[bool, Meta(description="Short below the cross, rather than flat.")] = False

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise ValueError(f"expected fast < slow, found fast={self.fast} and slow={self.slow}")


class EmaCross:
    """Long above, flat or short below."""

    Params: ClassVar[type[msgspec.Struct]] = EmaCrossParams

    __slots__ = (
        *("_above", "_below", "_bounded", "_crossed", "_held", "_no_level", "_params", "_signal"),
        *("_falls", "_rises"),
    )

    def __init__(self, symbol: str, params: EmaCrossParams) -> None:
        fast, slow = f"ema_{params.fast}", f"ema_{params.slow}"
        self._params = params
        self._above = Signal(symbol, 1.0, reason=f"{fast} > {slow}")
        self._below = Signal(symbol, -1.0 if params.allow_short else 0.0, reason=f"{fast} < {slow}")
        self._no_level = Signal(symbol, 0.0, reason="no price level")
        self._bounded = params.stop_atr is not None or params.take_profit_atr is not None
        self._crossed: Signal | None = None
        self._held = False
        self._signal: Signal | None = None
        self._rises = self._falls = Occasions(np.zeros(0, dtype=np.bool_))

    def features(self) -> tuple[str, ...]:
        averages = (f"ema_{self._params.fast}", f"ema_{self._params.slow}")
        return (*averages, "close", f"atr_{self._params.atr}") if self._bounded else averages

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        values = row.values
        if values[0] > values[1]:
            wish = self._above
        elif values[0] < values[1]:
            wish = self._below
        else:
            return None
        return self._with_levels(wish, position, values) if self._bounded else wish

    def foresee(self, rows: NDArray[np.float64], /) -> None:
        fast, slow = rows[:, 0], rows[:, 1]
        self._rises, self._falls = Occasions(fast > slow), Occasions(fast < slow)

    def look_no_further(self) -> None:
        """Nothing is remembered of what was foreseen."""

    def indifferent(self, at: int, position: Position, wish: Signal | None, /) -> int:
        side = self._crossed if self._bounded and wish is self._signal else wish
        if side is None or (side is not self._above and side is not self._below):
            return 0
        if self._bounded and self._held != _holds(side.target, position.qty):
            return 0
        return (self._falls if side is self._above else self._rises).wait(at)

    def pass_over(self, rows: int, position: Position, /) -> None:
        """Nothing is remembered from row to row."""

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode((self._signal, self._held)) if self._bounded else b""

    def restore(self, state: bytes, /) -> None:
        self._signal, self._held = _STATE.decode(state) if state else (None, False)
        said = (self._signal.target, self._signal.reason) if self._signal else None
        self._crossed = next((wish for wish in (self._above, self._below) if (wish.target, wish.reason) == said), None)

    def _with_levels(self, wish: Signal, position: Position, values: tuple[float, ...]) -> Signal | None:
        if wish is not self._crossed or self._closed(wish.target, position.qty):
            self._cross(wish, values[2], values[3])
        return self._signal

    def _closed(self, target: float, qty: Decimal) -> bool:
        closed = self._held and not qty
        self._held = _holds(target, qty)
        return closed

    def _cross(self, wish: Signal, close: float, atr: float) -> None:
        stop = self._level(close, atr, self._params.stop_atr, -wish.target)
        take_profit = self._level(close, atr, self._params.take_profit_atr, wish.target)
        self._held = False
        if all(level is None or 0 < level < inf for level in (stop, take_profit)):
            self._crossed = wish
            self._signal = msgspec.structs.replace(wish, stop=stop, take_profit=take_profit)
        else:
            self._crossed, self._signal = None, self._no_level

    @staticmethod
    def _level(close: float, atr: float, ranges: float | None, direction: float) -> float | None:
        return None if ranges is None or not direction else close + direction * ranges * atr


def _holds(target: float, qty: Decimal) -> bool:
    return qty > 0 if target > 0 else qty < 0


_STATE = msgspec.msgpack.Decoder(tuple[Signal | None, bool])
