"""The strategy of docs/from_freqtrade.md: a dip inside an up-trend of four hours, a table of profits, a stop."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal


class TrendDipParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    buy_rsi: Annotated[int, Meta(ge=10, le=50, description="Enter where the RSI comes back above this.")] = 30
    sell_rsi: Annotated[int, Meta(ge=50, le=90, description="Leave where it rises above this.")] = 70
    stoploss: Annotated[float, Meta(gt=-1, lt=0, description="As a share of the entry price.")] = -0.08
    minimal_roi: tuple[tuple[int, float], ...] = ((0, 0.10), (240, 0.05), (1440, 0.02))
    timeframe_minutes: Annotated[int, Meta(ge=1, description="Length of a bar, by which the table counts.")] = 30


class TrendDip:
    Params: ClassVar[type[msgspec.Struct]] = TrendDipParams

    def __init__(self, symbol: str, params: TrendDipParams) -> None:
        self._symbol = symbol
        self._params = params
        self._rsi = 100.0  # before the first bar nothing has crossed upwards
        self._bars_held = 0

    def features(self) -> tuple[str, ...]:
        return "close", "rsi_14", "ema_50_4h", "volume"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, rsi, trend, volume = row.values
        before, self._rsi = self._rsi, rsi
        if position.entry_price is not None:
            self._bars_held += 1
            if before <= self._params.sell_rsi < rsi:
                return Signal(self._symbol, 0.0, reason="exit_signal")
            return self._long(float(position.entry_price))
        closed, self._bars_held = self._bars_held > 0, 0
        if before <= self._params.buy_rsi < rsi and close > trend and volume > 0 and not closed:
            return self._long(close)
        return Signal(self._symbol, 0.0)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode((self._rsi, self._bars_held))

    def restore(self, state: bytes, /) -> None:
        self._rsi, self._bars_held = msgspec.msgpack.decode(state, type=tuple[float, int])

    def _long(self, entry: float) -> Signal:
        minutes = self._bars_held * self._params.timeframe_minutes
        roi = [enough for since, enough in self._params.minimal_roi if since <= minutes][-1]
        return Signal(self._symbol, 1.0, entry * (1 + self._params.stoploss), entry * (1 + roi), "dip_in_trend")
