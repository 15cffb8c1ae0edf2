"""Buy after a fall that looks forced: an enormous bar on enormous volume, and then a bar that closes higher.

Where leveraged positions are liquidated, their market orders drive the price through the book, which liquidates more;
once the forced sellers are done, part of the way is taken back. Here a cascade is known by its trace in the candles,
not by liquidations themselves.

1. The shock: a bar whose range and whose volume are ``shock_deviations`` and ``volume_deviations`` standard deviations
   above their averages over ``bars`` bars, closing below its open.
2. The entry is one bar later, at a close above that of the shock and still below its open.
3. The stop is set ``stop_atr`` average true ranges below the low of both bars, the take-profit where ``retrace`` of the
   way from the entry back to the open of the shock is taken back. Out at a close above the average of ``mean_bars``.

Shorts after forced rises are the mirror image. Source: Brunnermeier and Pedersen, *Market Liquidity and Funding
Liquidity*, Review of Financial Studies 22 (2009), on spirals of forced selling and what follows.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from finantrade.features.kind import named
from finantrade.strategies.quantities import Bars, Deviations, Fraction, Ranges, every
from finantrade.strategies.rule import Rule, RuleParams


class ShockReversalParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars, shocks in standard deviations, the stop in average true ranges."""

    bars: Annotated[Bars, Meta(description="Usual range and volume are taken over so many bars.")] = 192
    shock_deviations: Annotated[Deviations, Meta(description="Least range of the shock, in deviations.")] = 4.0
    volume_deviations: Annotated[Deviations, Meta(description="Least volume of the shock, in deviations.")] = 3.0
    mean_bars: Annotated[Bars, Meta(description="Leave beyond the average of so many bars.")] = 24
    stop_atr: Annotated[Ranges, Meta(description="Stop beyond both bars, in average true ranges of 14 bars.")] = 0.5
    retrace: Annotated[
        Fraction | None, Meta(description="Share of the way back at which profit is taken; or none.")
    ] = 0.5
    allow_short: Annotated[bool, Meta(description="Sell after forced rises, too.")] = False

    def rules(self) -> RuleParams:
        """Return the rules that these stand for."""
        average = named("ema", self.mean_bars)
        target = None if self.retrace is None else f"close + {self.retrace!r} * (lag(open, 1) - close)"
        shorts: dict[str, Any] = {} if not self.allow_short else {
            "enter_short": self._entry(">", "<"),
            "exit_short": f"close < {average}",
            "stop_short": f"max(high, lag(high, 1)) + {self.stop_atr!r} * atr_14",
            "take_profit_short": target,
        }  # fmt: skip
        return RuleParams(
            enter_long=self._entry("<", ">"),
            exit_long=f"close > {average}",
            stop=f"min(low, lag(low, 1)) - {self.stop_atr!r} * atr_14",
            take_profit=target,
            **shorts,
        )

    def _entry(self, fell: str, rose: str) -> str:
        return every(
            f"lag({named('range_zscore', self.bars)}, 1) > {self.shock_deviations!r}",
            f"lag({named('volume_zscore', self.bars)}, 1) > {self.volume_deviations!r}",
            f"lag(close, 1) {fell} lag(open, 1)",
            f"lag(close, 1) {fell} close",
            f"lag(open, 1) {rose} close",
        )


class ShockReversal(Rule):
    """Long after a forced fall, short after a forced rise where that is allowed."""

    Params: ClassVar[type[msgspec.Struct]] = ShockReversalParams

    __slots__ = ()

    def __init__(self, symbol: str, params: ShockReversalParams) -> None:
        super().__init__(symbol, params.rules())
