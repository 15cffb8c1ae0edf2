"""Follow a trend: enter where the price leaves the range of many bars, leave where it falls back through that of fewer.

1. Long at a close above the highest high of the ``entry_bars`` before, with the close above a slow average if one is
   asked for; short below the lowest low.
2. The stop is set ``stop_atr`` average true ranges from the close of the entry, and kept.
3. Out at a close beyond the opposite extreme of the ``exit_bars`` before; or, if a trail is asked for, at one more than
   ``trail_atr`` average true ranges from the best price of those bars (the chandelier exit).

Source: the channel rule of Donchian as the Turtles traded it (Faith, *Way of the Turtle*, 2007: 20 and 55 bars in, 10
and 20 out, stop at 2 ranges); Le Beau's chandelier exit. Why it may work: Moskowitz, Ooi, Pedersen, *Time Series
Momentum*, Journal of Financial Economics 104 (2012).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from finantrade.features.kind import named
from finantrade.strategies.quantities import Bars, Ranges, either, every
from finantrade.strategies.rule import Rule, RuleParams


class TrendParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars, distances in average true ranges of ``atr_bars`` bars."""

    entry_bars: Annotated[Bars, Meta(description="Range whose breach is an entry, in bars.")] = 55
    exit_bars: Annotated[Bars, Meta(description="Range whose breach the other way is the exit, in bars.")] = 20
    trend_bars: Annotated[Bars | None, Meta(description="Average that entries must be beyond, in bars; or none.")] = 200
    atr_bars: Annotated[Bars, Meta(description="Length of the average true range, in bars.")] = 20
    stop_atr: Annotated[Ranges, Meta(description="Stop from the close of the entry, in average true ranges.")] = 2.0
    trail_atr: Annotated[
        Ranges | None, Meta(description="Exit so far from the best price of the exit range, in ranges; or none.")
    ] = None
    allow_short: Annotated[bool, Meta(description="Sell breaches of the low, too.")] = False

    def __post_init__(self) -> None:
        if self.exit_bars >= self.entry_bars:
            found = f"exit_bars={self.exit_bars} and entry_bars={self.entry_bars}"
            raise ValueError(f"expected exit_bars < entry_bars, found {found}")

    def rules(self) -> RuleParams:
        """Return the rules that these stand for."""
        atr = named("atr", self.atr_bars)
        return RuleParams(
            enter_long=every(f"close > lag({named('highest', self.entry_bars)}, 1)", self._beyond(">")),
            exit_long=either(f"close < lag({named('lowest', self.exit_bars)}, 1)", self._trail("highest", "<", "-")),
            stop=f"close - {self.stop_atr!r} * {atr}",
            **self._shorts(atr) if self.allow_short else {},
        )

    def _shorts(self, atr: str) -> dict[str, Any]:
        lowest, highest = named("lowest", self.entry_bars), named("highest", self.exit_bars)
        return {
            "enter_short": every(f"close < lag({lowest}, 1)", self._beyond("<")),
            "exit_short": either(f"close > lag({highest}, 1)", self._trail("lowest", ">", "+")),
            "stop_short": f"close + {self.stop_atr!r} * {atr}",
        }

    def _beyond(self, sign: str) -> str | None:
        return None if self.trend_bars is None else f"close {sign} {named('ema', self.trend_bars)}"

    def _trail(self, best: str, sign: str, way: str) -> str | None:
        if self.trail_atr is None:
            return None
        return f"close {sign} {named(best, self.exit_bars)} {way} {self.trail_atr!r} * {named('atr', self.atr_bars)}"


class Trend(Rule):
    """Long above the range, short below where that is allowed."""

    Params: ClassVar[type[msgspec.Struct]] = TrendParams

    __slots__ = ()

    def __init__(self, symbol: str, params: TrendParams) -> None:
        super().__init__(symbol, params.rules())
