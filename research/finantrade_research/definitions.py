"""Name, unit and meaning of every metric, in one sentence each: for reports, the documentation and the page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from finantrade.cli.figures import count, duration, number, percent


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
        "volatility": Definition(
            "Volatility", Unit.SHARE, "Standard deviation (n - 1) of daily returns, times the root of 365."
        ),
        "sharpe": Definition(
            "Sharpe ratio", Unit.RATIO, "Mean over standard deviation of daily returns, times the root of 365."
        ),
        "sortino": Definition(
            "Sortino ratio", Unit.RATIO, "As Sharpe, over the root mean square of losing days' returns, others as zero."
        ),
        "calmar": Definition("Calmar ratio", Unit.RATIO, "CAGR over the maximum drawdown."),
        "omega": Definition(
            "Omega ratio", Unit.RATIO, "Sum of the returns of winning days over that of losing days, without its sign."
        ),
        "max_drawdown": Definition(
            "Max. drawdown", Unit.SHARE, "Deepest fall of equity below its highest mark so far, over that mark."
        ),
        "max_drawdown_abs": Definition("Max. drawdown, absolute", Unit.QUOTE, "The same fall in quote units."),
        "max_drawdown_duration_ms": Definition(
            "Max. drawdown duration",
            Unit.DURATION,
            "Longest time from a highest mark until equity was back, or the end.",
        ),
        "value_at_risk": Definition(
            "Value at risk, 95 %",
            Unit.SHARE,
            "Loss exceeded on one day in twenty: the 5 % quantile of daily returns.",
        ),
        "expected_shortfall": Definition(
            "Expected shortfall, 95 %", Unit.SHARE, "Mean loss of the worst twentieth of days."
        ),
        "tail_ratio": Definition(
            "Tail ratio", Unit.RATIO, "The 95 % quantile of daily returns over the 5 % quantile, without its sign."
        ),
        "skewness": Definition(
            "Skewness",
            Unit.RATIO,
            "Third standardised moment of daily returns; below zero where losses reach further.",
        ),
        "kurtosis": Definition(
            "Kurtosis", Unit.RATIO, "Fourth standardised moment of daily returns; 3 for normal ones."
        ),
        "best_day": Definition("Best day", Unit.SHARE, "Highest daily return."),
        "worst_day": Definition("Worst day", Unit.SHARE, "Lowest daily return."),
        "trades": Definition("Trades", Unit.COUNT, "Closed round trips, from flat to flat in one symbol."),
        "open_trades": Definition(
            "Open trades", Unit.COUNT, "Positions still held at the end; in equity, in no trade figure."
        ),
        "win_rate": Definition("Win rate", Unit.SHARE, "Share of closed trades with a profit after fees."),
        "profit_factor": Definition(
            "Profit factor", Unit.RATIO, "What winning trades won over what losing trades lost."
        ),
        "payoff_ratio": Definition("Payoff ratio", Unit.RATIO, "Mean profit of winners over mean loss of losers."),
        "expectancy": Definition("Expectancy", Unit.QUOTE, "Mean profit of a closed trade after fees."),
        "sqn": Definition(
            "System quality (SQN)",
            Unit.RATIO,
            "Mean over standard deviation of trades' profits, as shares of what they entered for, times root n.",
        ),
        "kelly": Definition(
            "Kelly fraction", Unit.SHARE, "Win rate less loss rate over the payoff ratio, of those same shares."
        ),
        "best_trade": Definition(
            "Best trade", Unit.SHARE, "Highest profit of a closed trade over what it entered for."
        ),
        "worst_trade": Definition(
            "Worst trade", Unit.SHARE, "Lowest profit of a closed trade over what it entered for."
        ),
        "losing_streak": Definition("Losing streak", Unit.COUNT, "Most closed trades without a profit in a row."),
        "average_duration_ms": Definition(
            "Avg. trade duration", Unit.DURATION, "Mean time from entry to exit of closed trades."
        ),
        "exposure": Definition("Exposure time", Unit.SHARE, "Share of the time in which any position was held."),
        "turnover": Definition(
            "Turnover a year", Unit.RATIO, "Value of all fills over mean equity, over 365 days; not below one day."
        ),
        "fees": Definition("Fees paid", Unit.QUOTE, "Fees of all fills; already in every profit."),
        "funding": Definition(
            "Funding",
            Unit.QUOTE,
            "Funding received less paid; in equity, and in the profit of trades.",
        ),
        "market_change": Definition(
            "Market change", Unit.SHARE, "Mean change of the traded symbols from first open to last close."
        ),
    }
)


def shown(value: float, unit: Unit) -> str:
    """Return a figure as its unit is written."""
    match unit:
        case Unit.SHARE:
            return percent(value)
        case Unit.COUNT:
            return count(int(value))
        case Unit.DURATION:
            return duration(value) or "none"
        case Unit.QUOTE | Unit.RATIO:
            return number(value)
