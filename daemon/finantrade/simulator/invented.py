"""What no recording of bars holds, made up around its prices: premium, funding, open interest, ratios, liquidations.

Each figure is a slow wave of the time, with a period and phase of its own by seed and symbol, so that it can be told
for any moment without a past. Funding is what a venue makes of the premium: near a fixed interest, clamped, every 8 h.
None of this ever happened on a market; ``exchangeInfo`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi, sin

from finantrade.domain.context import (
    FEAR_AND_GREED,
    Crowd,
    FundingEstimate,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.market import Bar, Quote, TradePrice
from finantrade.domain.orders import Side
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.market.series import Kind
from finantrade.simulator.chance import chance
from finantrade.simulator.recording import Recording

FUNDING_INTERVAL = 8 * HOUR
INTEREST = 0.0001
MOST_FUNDING = 0.003
WIDEST_PREMIUM = 0.0008
LIQUIDATIONS = 0.05
"""The share of seconds in which somebody is liquidated."""
STAMP_JITTER_MS = 8
TAKEN = 1_000.0
"""What takers buy and sell in a period, in base units."""


class Invented:
    """The figures of one symbol."""

    def __init__(self, recording: Recording, seed: int) -> None:
        self.symbol = recording.symbol
        self._recording = recording
        self._seed = seed
        self._waves: dict[str, tuple[float, float]] = {}

    def stamps(
        self, kind: Kind, column: str, step: Millis, first: Millis, last: Millis, now: Millis
    ) -> Sequence[Millis]:
        """Return the moments from ``first`` to ``last`` at which there are figures: what is invented has no holes."""
        return range(-(-first // step) * step, min(last, now) + 1, step)

    def premium(self, now: Millis) -> float:
        """Return perpetual over index, as a share."""
        slow, fast = self._wave("premium", 11 * HOUR, now), self._wave("premium-fast", 7 * MINUTE, now)
        return round(WIDEST_PREMIUM * (0.8 * slow + 0.2 * fast), 8)

    def mark(self, now: Millis) -> MarkPrice | None:
        """Return mark and index price, None in a hole of the recording."""
        price = self._recording.price(now)
        if price is None:
            return None
        return MarkPrice(self.symbol, now, self._marked(price, now), self._indexed(price, now))

    def marked(self, bar: Bar, now: Millis) -> Bar:
        """Return the candle of the mark price beside a candle of prices, up to ``now``."""
        return self._beside(bar, now, self._marked)

    def indexed(self, bar: Bar, now: Millis) -> Bar:
        """Return the candle of the index price beside a candle of prices, up to ``now``."""
        return self._beside(bar, now, self._indexed)

    def premium_bar(self, bar: Bar, now: Millis) -> Bar:
        """Return the candle of the premium beside a candle of prices, up to ``now``."""
        until = min(bar.close_time, now)
        quarters = [bar.open_time + (until - bar.open_time) * part // 4 for part in range(5)]
        values = [self.premium(moment) for moment in quarters]
        return Bar(self.symbol, bar.open_time, bar.close_time, values[0], max(values), min(values), values[-1], 0.0)

    def estimate(self, now: Millis) -> FundingEstimate:
        """Return the running funding rate."""
        settles_at = (now // FUNDING_INTERVAL + 1) * FUNDING_INTERVAL
        return FundingEstimate(self.symbol, now, self._rate(now), settles_at)

    def settled(self, time: Millis) -> FundingRate | None:
        """Return the settlement of this moment, None in a hole of the recording."""
        mark = self.mark(time)
        if mark is None:
            return None
        return FundingRate(self.symbol, time, self._rate(time), FUNDING_INTERVAL, mark.mark)

    def stamp_of(self, settlement: FundingRate) -> Millis:
        """Return its stamp as a venue writes it, some milliseconds after the moment itself."""
        return settlement.time + int(STAMP_JITTER_MS * chance(self._seed, "stamp", self.symbol, settlement.time))

    def interest(self, now: Millis) -> OpenInterest | None:
        """Return the open contracts, None in a hole of the recording."""
        price = self._recording.price(now)
        if price is None:
            return None
        slow, fast = self._wave("interest", 9 * DAY, now), self._wave("interest-fast", 5 * HOUR, now)
        qty = round(80_000 * (1 + 0.2 * slow + 0.03 * fast), 3)
        return OpenInterest(self.symbol, now, qty, round(qty * price, 2))

    def ratio(self, crowd: Crowd, now: Millis) -> LongShortRatio | None:
        """Return longs by shorts of a crowd, None where they were not recorded."""
        return LongShortRatio(self.symbol, now, crowd, round(1.4 + 0.6 * self._wave(crowd, 3 * DAY, now), 4))

    def takers(self, now: Millis) -> TakerRatio | None:
        """Return what takers bought and sold, None where it was not recorded."""
        leaning, half = 0.25 * self._wave("takers", 2 * HOUR, now), TAKEN / 2
        bought, sold = round(half * (1 + leaning), 3), round(half * (1 - leaning), 3)
        return TakerRatio(self.symbol, now, round(bought / sold, 4), bought, sold)

    def liquidations(self, after: Millis, until: Millis) -> Sequence[Liquidation]:
        """Return who was liquidated from after a moment up to another: of the invented ones, in its last second."""
        one = self.liquidation(until)
        return () if one is None else (one,)

    def liquidation(self, now: Millis) -> Liquidation | None:
        """Return who was liquidated in this second: mostly nobody."""
        price = self._recording.price(now)
        if price is None or self._drawn("liquidated", now) >= LIQUIDATIONS:
            return None
        side = Side.SELL if self._drawn("side", now) < 0.5 else Side.BUY
        away = 0.002 * self._drawn("away", now) * (-1 if side is Side.SELL else 1)
        qty = round(0.01 + 5 * self._drawn("size", now) ** 4, 3)
        return Liquidation(self.symbol, now, side, round(price * (1 + away), self._recording.digits), qty)

    def trade(self, now: Millis) -> TradePrice | None:
        """Return the last trade."""
        price = self._recording.price(now)
        return None if price is None else TradePrice(self.symbol, now, price)

    def traded_qty(self, now: Millis) -> float:
        """Return how much was traded there."""
        return round(0.001 + self._drawn("traded", now), 3)

    def quote(self, now: Millis) -> Quote | None:
        """Return bid and ask, one tick apart, the last price being one of them."""
        price = self._recording.price(now)
        if price is None:
            return None
        tick = 10.0**-self._recording.digits
        bid = price if self._drawn("bid", now) < 0.5 else price - tick
        sizes = (round(0.001 + 20 * self._drawn(side, now), 3) for side in ("bid-size", "ask-size"))
        bid_qty, ask_qty = sizes
        digits = self._recording.digits
        return Quote(self.symbol, now, round(bid, digits), bid_qty, round(bid + tick, digits), ask_qty)

    def _beside(self, bar: Bar, now: Millis, of: Callable[[float, Millis], float]) -> Bar:
        until = min(bar.close_time, now)
        first, last = of(bar.open, bar.open_time), of(bar.close, until)
        middle = (bar.open_time + until) // 2
        high, low = of(bar.high, middle), of(bar.low, middle)
        return Bar(
            self.symbol, bar.open_time, bar.close_time, first, max(high, first, last), min(low, first, last), last,
            0.0, 0.0, bar.trades, 0.0, 0.0,
        )  # fmt: skip

    def _rate(self, now: Millis) -> float:
        premium = self.premium(now)
        clamped = min(max(INTEREST - premium, -0.0005), 0.0005)
        return round(min(max(premium + clamped, -MOST_FUNDING), MOST_FUNDING), 8)

    def _marked(self, price: float, now: Millis) -> float:
        return round(price * (0.3 + 0.7 / (1 + self.premium(now))), 8)

    def _indexed(self, price: float, now: Millis) -> float:
        return round(price / (1 + self.premium(now)), 8)

    def _wave(self, name: str, period: Millis, now: Millis) -> float:
        if name not in self._waves:
            stretched = period * (0.8 + 0.4 * chance(self._seed, name, self.symbol, "period"))
            self._waves[name] = stretched, chance(self._seed, name, self.symbol, "phase")
        length, phase = self._waves[name]
        return sin(2 * pi * (now / length + phase))

    def _drawn(self, name: str, now: Millis) -> float:
        return chance(self._seed, name, self.symbol, now // SECOND)


def sentiment(seed: int, day: Millis) -> Sentiment:
    """Return the mood of the market on the day that begins then."""
    slow = sin(2 * pi * (day / (60 * DAY) + chance(seed, "mood")))
    return Sentiment(FEAR_AND_GREED, day, float(round(50 + 35 * slow + 10 * chance(seed, "mood", day))))
