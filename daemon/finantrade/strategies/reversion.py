"""Bet on a return to the mean: enter where the price is unusually far from its average, leave where it is back.

1. Long at a close more than ``entry_deviations`` standard deviations below the average of ``bars`` bars (that is below
   the lower Bollinger band of that width), with an RSI below ``rsi_extreme``; short at the mirror image of it.
2. If asked for, only where no trend is strong (ADX at most ``adx_most``), and longs only above a slow average, shorts
   only below it.
3. Out at a close within ``exit_deviations`` of the average. The stop is set ``stop_atr`` average true ranges from the
   close of the entry; a take-profit at the average as it then was, if asked for, leaves as a maker.

Sources: Bollinger, *Bollinger on Bollinger Bands* (2001); Wilder, *New Concepts in Technical Trading Systems* (1978);
Chan, *Algorithmic Trading* (2013), chapter 2.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from finantrade.features.kind import named
from finantrade.strategies.quantities import Bars, Deviations, Index, Ranges, every
from finantrade.strategies.rule import Rule, RuleParams


class ReversionParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars, distances from the average in standard deviations, the stop in average true ranges."""

    bars: Annotated[Bars, Meta(description="Average and deviation are taken over so many bars.")] = 48
    entry_deviations: Annotated[Deviations, Meta(description="Enter so many standard deviations away.")] = 2.0
    exit_deviations: Annotated[
        float, Meta(ge=0, le=20, description="Leave when this near to the average again, in standard deviations.")
    ] = 0.0
    rsi_bars: Annotated[Bars, Meta(description="Length of the RSI, in bars.")] = 14
    rsi_extreme: Annotated[Index, Meta(description="Longs need an RSI below this, shorts one above 100 less this.")] = (
        30.0
    )
    adx_most: Annotated[Index | None, Meta(description="Stand aside above this ADX of 14 bars; or none.")] = None
    trend_bars: Annotated[
        Bars | None, Meta(description="Longs only above the average of so many bars, shorts below; or none.")
    ] = None
    stop_atr: Annotated[Ranges, Meta(description="Stop from the close of the entry, in average true ranges.")] = 4.0
    take_profit_at_mean: Annotated[
        bool, Meta(description="Set a take-profit at the average as it is at the entry.")
    ] = False
    allow_short: Annotated[bool, Meta(description="Sell what is unusually high, too.")] = False

    def __post_init__(self) -> None:
        if self.exit_deviations >= self.entry_deviations:
            found = f"{self.exit_deviations} and {self.entry_deviations}"
            raise ValueError(f"expected exit_deviations < entry_deviations, found {found}")
        if self.rsi_extreme > 50:
            raise ValueError(f"expected rsi_extreme of at most 50, found {self.rsi_extreme}")

    def rules(self) -> RuleParams:
        """Return the rules that these stand for."""
        z, rsi, mean = named("zscore", self.bars), named("rsi", self.rsi_bars), named("sma", self.bars)
        target = mean if self.take_profit_at_mean else None
        shorts: dict[str, Any] = {} if not self.allow_short else {
            "enter_short": every(
                f"{z} > {self.entry_deviations!r}", f"{rsi} > {100 - self.rsi_extreme!r}", *self._filters("<")
            ),
            "exit_short": f"{z} < {self.exit_deviations!r}",
            "stop_short": f"close + {self.stop_atr!r} * atr_14",
            "take_profit_short": target,
        }  # fmt: skip
        return RuleParams(
            enter_long=every(f"{z} < -{self.entry_deviations!r}", f"{rsi} < {self.rsi_extreme!r}", *self._filters(">")),
            exit_long=f"{z} > -{self.exit_deviations!r}",
            stop=f"close - {self.stop_atr!r} * atr_14",
            take_profit=target,
            **shorts,
        )

    def _filters(self, sign: str) -> tuple[str | None, str | None]:
        calm = None if self.adx_most is None else f"adx_14 <= {self.adx_most!r}"
        return calm, None if self.trend_bars is None else f"close {sign} {named('ema', self.trend_bars)}"


class Reversion(Rule):
    """Long of what is unusually low, short of what is unusually high where that is allowed."""

    Params: ClassVar[type[msgspec.Struct]] = ReversionParams

    __slots__ = ()

    def __init__(self, symbol: str, params: ReversionParams) -> None:
        super().__init__(symbol, params.rules())
