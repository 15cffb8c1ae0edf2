"""What is told of a symbol beside its candles: recorded where there is a series of it, invented elsewhere.

A series that is there is taken as it is: where it has a hole, nothing is told. Of mark, index and premium there are
candles, which form as those of the price do. What is invented goes by a recorded premium as far as that reaches. The
running funding rate, which nobody records, walks from each settlement to the next. Takers' volumes are made to fit a
recorded ratio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from finantrade.domain.context import (
    Crowd,
    FundingEstimate,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    TakerRatio,
)
from finantrade.domain.units import Millis
from finantrade.market.candles import PRICES, Candles
from finantrade.market.context_facts import CROWD_COLUMNS
from finantrade.market.fact_order import ORDERED
from finantrade.market.series import Kind
from finantrade.market.table import Table
from finantrade.simulator.beside import Rows
from finantrade.simulator.invented import FUNDING_INTERVAL, TAKEN, Invented
from finantrade.simulator.recording import Recording

BARS = (Kind.MARK, Kind.INDEX, Kind.PREMIUM)


class Figures(Invented):
    """The figures of one symbol."""

    def __init__(self, recording: Recording, seed: int, series: Mapping[Kind, Table]) -> None:
        super().__init__(recording, seed)
        self.bars = {kind: Recording(candles_of(series[kind]), seed) for kind in BARS if kind in series}
        self._rows = {kind: Rows(table) for kind, table in series.items() if kind not in BARS}

    def stamps(
        self, kind: Kind, column: str, step: Millis, first: Millis, last: Millis, now: Millis
    ) -> Sequence[Millis]:
        if kind not in self._rows:
            return super().stamps(kind, column, step, first, last, now)
        return self._rows[kind].stamps(column, 1 if kind is Kind.FUNDING else step, first, last, now)

    def premium(self, now: Millis) -> float:
        recorded = self.bars[Kind.PREMIUM].price(now) if Kind.PREMIUM in self.bars else None
        return super().premium(now) if recorded is None else recorded

    def mark(self, now: Millis) -> MarkPrice | None:
        invented = super().mark(now)
        if not self.bars.keys() & {Kind.MARK, Kind.INDEX}:
            return invented
        mark = self.bars[Kind.MARK].price(now) if Kind.MARK in self.bars else invented and invented.mark
        if mark is None:
            return None
        index = self.bars[Kind.INDEX].price(now) if Kind.INDEX in self.bars else mark / (1 + self.premium(now))
        return None if index is None else MarkPrice(self.symbol, now, mark, round(index, 8))

    def estimate(self, now: Millis) -> FundingEstimate:
        rows, usual = self._rows.get(Kind.FUNDING), (now // FUNDING_INTERVAL + 1) * FUNDING_INTERVAL
        if rows is None:
            return super().estimate(now)
        rate, following = rows.on_the_way("rate", now), rows.after(now)
        return FundingEstimate(self.symbol, now, round(rate, 8), min(usual, following or usual))

    def settled(self, time: Millis) -> FundingRate | None:
        rows = self._rows.get(Kind.FUNDING)
        if rows is None:
            return super().settled(time)
        rate, mark = rows.at("rate", time), rows.at("mark_price", time)
        return None if rate is None else FundingRate(self.symbol, time, rate, None, np.nan if mark is None else mark)

    def interest(self, now: Millis) -> OpenInterest | None:
        rows = self._rows.get(Kind.OPEN_INTEREST)
        if rows is None:
            return super().interest(now)
        amount, value, price = rows.at("amount", now), rows.at("value", now), self._recording.price(now)
        if amount is None or (value is None and price is None):
            return None
        return OpenInterest(self.symbol, now, amount, round(amount * (price or 0.0), 2) if value is None else value)

    def ratio(self, crowd: Crowd, now: Millis) -> LongShortRatio | None:
        rows = self._rows.get(Kind.RATIOS)
        if rows is None:
            return super().ratio(crowd, now)
        ratio = rows.at(CROWD_COLUMNS[crowd], now)
        return None if ratio is None else LongShortRatio(self.symbol, now, crowd, ratio)

    def takers(self, now: Millis) -> TakerRatio | None:
        rows = self._rows.get(Kind.RATIOS)
        if rows is None:
            return super().takers(now)
        ratio = rows.at("taker", now)
        if ratio is None:
            return None
        return TakerRatio(self.symbol, now, ratio, TAKEN * ratio / (1 + ratio), TAKEN / (1 + ratio))

    def liquidations(self, after: Millis, until: Millis) -> Sequence[Liquidation]:
        rows = self._rows.get(Kind.LIQUIDATION_EVENTS)
        if rows is None:
            return super().liquidations(after, until)
        return [
            Liquidation(self.symbol, time, ORDERED[row["side"]], row["price"], row["quantity"])
            for time, row in rows.between(after, until)
        ]


def candles_of(table: Table) -> Candles:
    """Return rows of prices, or of what is priced like them, as candles without volume."""
    columns = {name: table.values[name] for name in PRICES} | {"volume": np.zeros(len(table))}
    return Candles.of(table.symbol, table.interval, table.time, columns)
