"""Hold the strongest of several symbols: compare their momentum at fixed times, and move into the leaders.

1. Every ``rebalance_h`` hours, counted from 00:00 UTC on 1 January 1970: rank the symbols by their return over
   ``momentum_bars`` bars, the last ``skip_bars`` left out; equal ones by name.
2. Long of the ``longs`` strongest whose return is above ``least_return_pct``; short of the ``shorts`` weakest whose
   return is below its negative. All others flat.
3. Stops, if asked for, are set ``stop_atr`` average true ranges from the close at which a symbol enters the selection,
   and kept while it is held. What was stopped out gets new ones at the next comparison that selects it; risk decides
   whether that may re-enter.
4. Where a selected symbol has no row at that close, its rank is not known: the comparison waits for the next close at
   which all of those have one. A symbol that was not selected and has no row is no candidate.

Sources: Jegadeesh and Titman, *Returns to Buying Winners and Selling Losers*, Journal of Finance 48 (1993); the
absolute threshold from Antonacci, *Dual Momentum Investing* (2014); for crypto Liu, Tsyvinski, Wu, *Common Risk Factors
in Cryptocurrency*, Journal of Finance 77 (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import sign
from finantrade.domain.orders import Signal
from finantrade.domain.units import HOUR, Millis
from finantrade.features.kind import named
from finantrade.strategies.quantities import Bars, Ranges


class RotationParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars, times in hours, returns in per cent, the stop in average true ranges."""

    momentum_bars: Annotated[Bars, Meta(description="Return over so many bars is what is compared.")] = 672
    skip_bars: Annotated[int, Meta(ge=0, le=5_000, description="Newest bars that are left out of the return.")] = 0
    rebalance_h: Annotated[int, Meta(ge=1, le=720, description="Hours between two comparisons, from 00:00 UTC.")] = 24
    longs: Annotated[int, Meta(ge=0, le=500, description="How many of the strongest are held.")] = 1
    shorts: Annotated[int, Meta(ge=0, le=500, description="How many of the weakest are sold.")] = 0
    least_return_pct: Annotated[
        float, Meta(ge=0, le=1_000, description="Longs need a return above this, shorts one below its negative.")
    ] = 0.0
    stop_atr: Annotated[
        Ranges | None, Meta(description="Stop from the close of the entry, in average true ranges; or none.")
    ] = None
    atr_bars: Annotated[Bars, Meta(description="Length of the average true range, in bars.")] = 48

    def __post_init__(self) -> None:
        if not self.longs + self.shorts:
            raise ValueError("expected longs or shorts of at least 1, found 0 of both")


class RotationState(msgspec.Struct):
    """What is remembered between boundaries: the wishes of the selection, and when it is compared next."""

    selected: dict[str, Signal]
    due: Millis


class Rotation:
    """Long of the strongest, short of the weakest where asked for."""

    Params: ClassVar[type[msgspec.Struct]] = RotationParams

    __slots__ = ("_due", "_params", "_selected", "_symbols")

    def __init__(self, symbols: tuple[str, ...], params: RotationParams) -> None:
        if params.longs + params.shorts > len(symbols):
            wanted = f"longs={params.longs} and shorts={params.shorts}"
            raise ValueError(f"expected at least as many symbols as are held, found {len(symbols)} for {wanted}")
        self._symbols = symbols
        self._params = params
        self._selected: dict[str, Signal] = {}
        self._due: Millis = 0

    def features(self) -> tuple[str, ...]:
        skip, momentum = self._params.skip_bars, named("roc", self._params.momentum_bars)
        skipped = (named("roc", skip),) if skip else ()
        stops = ("close", named("atr", self._params.atr_bars)) if self._params.stop_atr is not None else ()
        return (momentum, *skipped, *stops)

    def on_boundary(self, rows: Mapping[str, FeatureRow], portfolio: Mapping[str, Position], /) -> Sequence[Signal]:
        now = next(iter(rows.values())).close_time + 1
        if now < self._due:
            return ()
        interval = self._params.rebalance_h * HOUR
        if not self._due and now % interval:
            self._due = (now // interval + 1) * interval
            return ()
        if any(symbol not in rows for symbol in self._selected):
            return ()
        self._due = (now // interval + 1) * interval
        chosen = self._chosen(rows)
        self._selected = {
            symbol: self._wish(symbol, side, rows[symbol].values, portfolio[symbol]) for symbol, side in chosen.items()
        }
        return [self._selected.get(symbol) or Signal(symbol, 0.0, reason="outranked") for symbol in rows]

    def asleep_until(self) -> Millis:
        return self._due - 1

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(RotationState(self._selected, self._due))

    def restore(self, state: bytes, /) -> None:
        saved = msgspec.msgpack.decode(state, type=RotationState)
        self._selected, self._due = saved.selected, saved.due

    def _chosen(self, rows: Mapping[str, FeatureRow]) -> dict[str, int]:
        """Return the side of every symbol that is selected, a long before a short: it cannot be both."""
        returns = {symbol: self._return(row.values) for symbol, row in rows.items()}
        ranked = sorted(returns, key=lambda symbol: (-returns[symbol], symbol))
        least = self._params.least_return_pct
        strong = _first(self._params.longs, ranked, lambda symbol: returns[symbol] > least)
        weak = _first(self._params.shorts, reversed(ranked), lambda symbol: returns[symbol] < -least)
        return {**dict.fromkeys(strong, 1), **dict.fromkeys(weak, -1)}

    def _return(self, values: tuple[float, ...]) -> float:
        whole = values[0]
        return 100 * ((100 + whole) / (100 + values[1]) - 1) if self._params.skip_bars else whole

    def _wish(self, symbol: str, side: int, values: tuple[float, ...], position: Position) -> Signal:
        before = self._selected.get(symbol)
        if before is not None and before.target == side and sign(position.qty) == side:
            return before
        reason = "strongest" if side > 0 else "weakest"
        if self._params.stop_atr is None:
            return Signal(symbol, float(side), reason=reason)
        stop = values[-2] - side * self._params.stop_atr * values[-1]
        if stop <= 0:
            return Signal(symbol, 0.0, reason="no price level")
        return Signal(symbol, float(side), stop, reason=reason)


def _first(count: int, ranked: Iterable[str], wanted: Callable[[str], bool]) -> list[str]:
    return list(islice(filter(wanted, ranked), count))
