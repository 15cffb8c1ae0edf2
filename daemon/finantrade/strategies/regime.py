"""Trade calm and lively markets differently, and wild ones not at all.

1. The regime is where the realised volatility of ``volatility_bars`` bars stands among its last ``window_bars`` values:
   calm below ``calm_below``, wild at ``wild_from`` and above, lively between.
2. Calm: the price is expected to return. Long ``entry_deviations`` standard deviations below the average of
   ``mean_bars`` bars, out at the average.
3. Lively: it is expected to go on. Long at a close above the highest high of the ``entry_bars`` before, out at a close
   below the average of ``mean_bars``.
4. Wild: out, and nothing is entered. The regime of the present bar manages the position, whichever entered it; the
   stop, ``stop_atr`` average true ranges from the close of the entry, stays.

Shorts are the mirror image. Sources: Hamilton, *A New Approach to the Economic Analysis of Nonstationary Time Series*,
Econometrica 57 (1989), on regimes; Moreira and Muir, *Volatility-Managed Portfolios*, Journal of Finance 72 (2017), on
standing aside where volatility is high.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from finantrade.features.kind import named
from finantrade.strategies.quantities import Bars, Deviations, Ranges, Share
from finantrade.strategies.rule import Rule, RuleParams


class RegimeParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths in bars; regimes by the place of volatility among its own past, from 0 to 1."""

    volatility_bars: Annotated[Bars, Meta(description="Realised volatility is taken over so many bars.")] = 48
    window_bars: Annotated[Bars, Meta(description="Its place is found among so many of its values.")] = 672
    calm_below: Annotated[Share, Meta(description="Below this place the market is calm.")] = 0.4
    wild_from: Annotated[Share, Meta(description="From this place on it is wild.")] = 0.9
    mean_bars: Annotated[Bars, Meta(description="Length of the average, in bars.")] = 48
    entry_deviations: Annotated[Deviations, Meta(description="In calm: enter so many deviations away.")] = 2.0
    entry_bars: Annotated[Bars, Meta(description="Lively: the range whose breach is an entry, in bars.")] = 48
    stop_atr: Annotated[Ranges, Meta(description="Stop from the close of the entry, in average true ranges.")] = 3.0
    allow_short: Annotated[bool, Meta(description="Take the mirror image of every entry, too.")] = False

    def __post_init__(self) -> None:
        if self.calm_below > self.wild_from:
            found = f"calm_below={self.calm_below} and wild_from={self.wild_from}"
            raise ValueError(f"expected calm_below <= wild_from, found {found}")

    def rules(self) -> RuleParams:
        """Return the rules that these stand for."""
        z, far = named("zscore", self.mean_bars), repr(self.entry_deviations)
        lowest, highest = named("lowest", self.entry_bars), named("highest", self.entry_bars)
        shorts: dict[str, Any] = {} if not self.allow_short else {
            "enter_short": self._by_regime(f"{z} > {far}", f"close < lag({lowest}, 1)"),
            "exit_short": self._exit(f"{z} < 0", f"{z} > 0"),
            "stop_short": f"close + {self.stop_atr!r} * atr_14",
        }  # fmt: skip
        return RuleParams(
            enter_long=self._by_regime(f"{z} < -{far}", f"close > lag({highest}, 1)"),
            exit_long=self._exit(f"{z} > 0", f"{z} < 0"),
            stop=f"close - {self.stop_atr!r} * atr_14",
            **shorts,
        )

    @property
    def _place(self) -> str:
        return named("vol_percentile", self.volatility_bars, self.window_bars)

    def _by_regime(self, calm: str, lively: str) -> str:
        within = f"{self.calm_below!r} <= {self._place} < {self.wild_from!r}"
        return f"({self._place} < {self.calm_below!r} and {calm}) or ({within} and {lively})"

    def _exit(self, calm: str, lively: str) -> str:
        return f"{self._by_regime(calm, lively)} or {self._place} >= {self.wild_from!r}"


class Regime(Rule):
    """Returns in calm, goes on when lively, stands aside when wild."""

    Params: ClassVar[type[msgspec.Struct]] = RegimeParams

    __slots__ = ()

    def __init__(self, symbol: str, params: RegimeParams) -> None:
        super().__init__(symbol, params.rules())
