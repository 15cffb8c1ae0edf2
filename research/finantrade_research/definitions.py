"""Name, unit and meaning of every metric, in one sentence each: for reports, the documentation and the page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Unit(StrEnum):
    """What a metric counts: a fraction of one, quote units, a bare ratio, things, or milliseconds."""

    SHARE = "share"
    QUOTE = "quote"
    RATIO = "ratio"
    COUNT = "count"
    DURATION = "ms"


class Definition(NamedTuple):
    """How a metric is called, counted and defined."""

    label: str
    unit: Unit
    meaning: str


DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "total_return": Definition(
            "Total return", Unit.SHARE, "Final equity over the initial balance, less one; open positions at the market."
        ),
        "profit_abs": Definition("Profit", Unit.QUOTE, "Final equity less the initial balance."),
        "cagr": Definition("CAGR", Unit.SHARE, "Growth of equity over 365 days at the same pace; not below one day."),
        "sharpe": Definition(
            "Sharpe ratio", Unit.RATIO, "Mean over standard deviation of daily returns, times the root of 365."
        ),
        "sortino": Definition(
            "Sortino ratio", Unit.RATIO, "As Sharpe, over the root mean square of losing days' returns, others as zero."
        ),
        "calmar": Definition("Calmar ratio", Unit.RATIO, "CAGR over the maximum drawdown."),
        "max_drawdown": Definition(
            "Max. drawdown", Unit.SHARE, "Deepest fall of equity below its highest mark so far, over that mark."
        ),
        "max_drawdown_abs": Definition("Max. drawdown, absolute", Unit.QUOTE, "The same fall in quote units."),
        "max_drawdown_duration_ms": Definition(
            "Max. drawdown duration",
            Unit.DURATION,
            "Longest time from a highest mark until equity was back, or the end.",
        ),
        "trades": Definition("Trades", Unit.COUNT, "Closed round trips, from flat to flat in one symbol."),
        "open_trades": Definition(
            "Open trades", Unit.COUNT, "Positions still held at the end; in equity, in no trade figure."
        ),
        "win_rate": Definition("Win rate", Unit.SHARE, "Share of closed trades with a profit after fees."),
        "profit_factor": Definition(
            "Profit factor", Unit.RATIO, "What winning trades won over what losing trades lost."
        ),
        "expectancy": Definition("Expectancy", Unit.QUOTE, "Mean profit of a closed trade after fees."),
        "best_trade": Definition(
            "Best trade", Unit.SHARE, "Highest profit of a closed trade over what it entered for."
        ),
        "worst_trade": Definition(
            "Worst trade", Unit.SHARE, "Lowest profit of a closed trade over what it entered for."
        ),
        "average_duration_ms": Definition(
            "Avg. trade duration", Unit.DURATION, "Mean time from entry to exit of closed trades."
        ),
        "exposure": Definition("Exposure time", Unit.SHARE, "Share of the time in which any position was held."),
        "fees": Definition("Fees paid", Unit.QUOTE, "Fees of all fills; already in every profit."),
        "market_change": Definition(
            "Market change", Unit.SHARE, "Mean change of the traded symbols from first open to last close."
        ),
    }
)
