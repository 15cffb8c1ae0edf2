"""Buy a dip inside an up-trend, and hold no longer than a day and a half of half-hour bars."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal


class DipParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enter at an RSI below ``dip``, leave above ``recovered`` or after ``hold`` bars; the stop in average ranges."""

    dip: Annotated[float, msgspec.Meta(gt=0, lt=100)] = 30.0
    recovered: Annotated[float, msgspec.Meta(gt=0, lt=100)] = 55.0
    hold: Annotated[int, msgspec.Meta(ge=1)] = 72
    stop_atr: Annotated[float, msgspec.Meta(gt=0)] = 2.0

    def __post_init__(self) -> None:
        if self.dip >= self.recovered:
            raise ValueError(f"expected dip < recovered, found {self.dip} and {self.recovered}")


class Dip:
    """Long after a dip, flat otherwise."""

    Params: ClassVar[type[msgspec.Struct]] = DipParams

    def __init__(self, symbol: str, params: DipParams) -> None:
        self._symbol = symbol
        self._params = params
        self._bars_held = 0

    def features(self) -> tuple[str, ...]:
        return "close", "rsi_14", "atr_14", "ema_50_4h"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, rsi, atr, trend = row.values
        if position.qty:
            self._bars_held += 1
            if rsi > self._params.recovered or self._bars_held >= self._params.hold:
                return Signal(self._symbol, 0.0, reason="recovered" if rsi > self._params.recovered else "too long")
            return None
        self._bars_held = 0
        if close > trend and rsi < self._params.dip:
            return Signal(self._symbol, 1.0, stop=close - self._params.stop_atr * atr, reason="dip")
        return None

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._bars_held)

    def restore(self, state: bytes, /) -> None:
        self._bars_held = msgspec.msgpack.decode(state, type=int)
