"""Series beside made candles as a store has them, of every kind: near their prices, without holes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from finantrade.config import Context
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.features.laws import tables_of
from finantrade.market.candles import Candles
from finantrade.market.series import Kind
from finantrade.market.table import Table

QUARTER = 15 * MINUTE


def tables_beside(candles: Candles, seed: int = 3) -> Mapping[Context, Table]:
    """Return what is known beside these candles."""
    rng = np.random.default_rng(seed)
    start, end = int(candles.open_time[0]), int(candles.open_time[-1]) + candles.timeframe
    often, settled, days = (np.arange(start - start % step, end, step) for step in (QUARTER, 8 * HOUR, DAY))
    forced = np.sort(rng.integers(start, end, len(candles)))

    def price(times: np.ndarray) -> np.ndarray:
        return candles.close[np.clip((times - start) // candles.timeframe, 0, len(candles) - 1)]

    def near(times: np.ndarray, share: float) -> np.ndarray:
        return price(times) * (1.0 + rng.normal(0.0, share, len(times)))

    def table(kind: Kind, times: np.ndarray, step: Millis, **columns: np.ndarray) -> Table:
        return Table.of(kind, "fear_greed" if kind is Kind.SENTIMENT else candles.symbol, step, times, columns)

    def ratios(names: tuple[str, ...]) -> dict[str, np.ndarray]:
        return {name: rng.lognormal(0.0, 0.2, len(often)) for name in names}

    def bars(close: np.ndarray) -> dict[str, np.ndarray]:
        return dict.fromkeys(("open", "high", "low", "close"), close)

    amount = 9e4 * np.exp(np.cumsum(rng.normal(0.0, 2e-3, len(often))))
    found = (
        table(Kind.MARK, often, QUARTER, **bars(near(often, 1e-4))),
        table(Kind.PREMIUM, often, QUARTER, **bars(rng.normal(0.0, 1e-4, len(often)))),
        table(
            Kind.FUNDING,
            settled,
            0,
            rate=rng.normal(1e-4, 2e-4, len(settled)),
            interval_h=np.full(len(settled), 8.0),
            mark_price=price(settled),
        ),
        table(Kind.OPEN_INTEREST, often, QUARTER, amount=amount, value=amount * price(often)),
        table(Kind.RATIOS, often, QUARTER, **ratios(("accounts", "top_accounts", "top_positions", "taker"))),
        table(
            Kind.LIQUIDATION_EVENTS,
            forced,
            0,
            side=rng.choice([-1.0, 1.0], len(forced)),
            price=near(forced, 1e-2),
            quantity=rng.lognormal(-1.0, 1.0, len(forced)),
        ),
        table(Kind.SENTIMENT, days, DAY, value=rng.integers(5, 95, len(days)).astype(float)),
    )
    return tables_of(found, candles.symbol)
