"""Trade the way out of a narrow range, where volume and the structure of swings confirm it.

1. The range: just before, the last ``near_bars`` bars spanned at most ``most_compression`` of what the last
   ``range_bars`` did.
2. The way out: a close above the highest high of the ``near_bars`` before.
3. Confirmed by volume ``volume_deviations`` standard deviations above its average over ``range_bars``, and by a close
   above a confirmed swing high within the last ``structure_bars`` bars (break of structure or change of character).
4. The stop is set ``stop_atr`` average true ranges beyond the last swing low, the take-profit ``reward`` times as far
   from the close as the stop. Out at a change of character against the position.

Shorts are the mirror image. Sources: Edwards and Magee, *Technical Analysis of Stock Trends*, on volume at breakouts;
Crabel, *Day Trading with Short Term Price Patterns and Opening Range Breakout* (1990), on narrow ranges.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from finantrade.features.kind import named
from finantrade.strategies.quantities import Bars, Ranges, Share, Window, every
from finantrade.strategies.rule import Rule, RuleParams


class BreakoutParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars, volume in standard deviations, the stop in average true ranges."""

    near_bars: Annotated[Bars, Meta(description="The range that is broken out of, in bars.")] = 20
    range_bars: Annotated[Bars, Meta(description="What that range and the volume are compared with, in bars.")] = 100
    most_compression: Annotated[Share, Meta(description="Greatest share of the wide range in the near one.")] = 0.5
    volume_deviations: Annotated[
        float, Meta(ge=-5, le=20, description="Least volume of the breakout, in deviations above its average.")
    ] = 1.0
    swing_side: Annotated[int, Meta(ge=1, le=50, description="Bars on each side that confirm a swing.")] = 3
    structure_bars: Annotated[Window, Meta(description="A swing must have been broken within so many bars.")] = 3
    stop_atr: Annotated[
        float, Meta(ge=0, le=100, description="Stop beyond the last opposite swing, in average true ranges.")
    ] = 0.5
    reward: Annotated[
        Ranges | None, Meta(description="Take-profit, in distances of the stop from the close; or none.")
    ] = None
    allow_short: Annotated[bool, Meta(description="Sell ways out downwards, too.")] = False

    def __post_init__(self) -> None:
        if self.near_bars >= self.range_bars:
            found = f"near_bars={self.near_bars} and range_bars={self.range_bars}"
            raise ValueError(f"expected near_bars < range_bars, found {found}")

    def rules(self) -> RuleParams:
        """Return the rules that these stand for."""
        turn = named("change_of_character", self.swing_side)
        low, high = named("swing_low", self.swing_side), named("swing_high", self.swing_side)
        below, above = f"({low} - {self.stop_atr!r} * atr_14)", f"({high} + {self.stop_atr!r} * atr_14)"
        shorts: dict[str, Any] = {} if not self.allow_short else {
            "enter_short": self._way_out("lowest", "<"),
            "exit_short": f"{turn} > 0",
            "stop_short": above,
            "take_profit_short": self._reward(above),
        }  # fmt: skip
        return RuleParams(
            enter_long=self._way_out("highest", ">"),
            exit_long=f"{turn} < 0",
            stop=below,
            take_profit=self._reward(below),
            **shorts,
        )

    def _way_out(self, extreme: str, sign: str) -> str:
        broken = f"{named('break_of_structure', self.swing_side)} + {named('change_of_character', self.swing_side)}"
        compression = named("compression", self.near_bars, self.range_bars)
        return every(
            f"close {sign} lag({named(extreme, self.near_bars)}, 1)",
            f"lag({compression}, 1) <= {self.most_compression!r}",
            f"{named('volume_zscore', self.range_bars)} >= {self.volume_deviations!r}",
            f"any_of({broken} {sign} 0, {self.structure_bars})",
        )

    def _reward(self, stop: str) -> str | None:
        return None if self.reward is None else f"close + {self.reward!r} * (close - {stop})"


class Breakout(Rule):
    """Long on the way up out of a range, short on the way down where that is allowed."""

    Params: ClassVar[type[msgspec.Struct]] = BreakoutParams

    __slots__ = ()

    def __init__(self, symbol: str, params: BreakoutParams) -> None:
        super().__init__(symbol, params.rules())
