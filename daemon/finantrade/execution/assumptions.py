"""What execution took for granted in a run, for want of data: one sentence each, for the report.

What is assumed of the data itself (lags of publication, synthetic series) is in the coverage of a run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from finantrade.config import Config, ExecutionConfig
from finantrade.domain.account import FundingPaid
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill, Liquidated
from finantrade.domain.units import Millis, iso, parse_time


def assumptions(config: Config, decisions: Iterable[Message], begin: Millis) -> list[str]:
    """Return what was assumed in a run that began at ``begin``, by what was configured and decided."""
    said = list(decisions)
    return [*_of_prices(config.execution), *_of_dates(config, begin), *_of_decisions(said)]


def _of_prices(execution: ExecutionConfig) -> Iterator[str]:
    if execution.spread_bps:
        yield f"spread: {execution.spread_bps:g} bps throughout, not quoted"
    if execution.impact_bps:
        yield f"impact: {execution.impact_bps:g} bps for all of a bar's volume, by the square root of the share of it"
    if execution.participation is not None:
        yield f"volume: {execution.participation:g} of a bar's can be filled; of a bar whose volume is unknown, any"
    if execution.margin is None:
        yield "margin: never called, nothing is liquidated"


def _of_dates(config: Config, begin: Millis) -> Iterator[str]:
    for symbol in config.symbols:
        if not config.instruments[symbol].later:
            yield f"trading rules of {symbol}: those configured, at all times"
        margin = config.execution.margin
        if margin is not None and parse_time(margin.tiers[symbol][0].since) > begin:
            since = margin.tiers[symbol][0].since
            yield f"maintenance tiers of {symbol}: those of {since} also before, from {iso(begin)} on"


def _of_decisions(said: Iterable[Message]) -> Iterator[str]:
    settled: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for message in said:
        if isinstance(message, FundingPaid):
            settled[message.symbol] += message.assumed
        elif isinstance(message, Liquidated):
            taken[message.symbol] += message.assumed
        elif isinstance(message, Fill):
            late[message.symbol] += message.backfilled
    yield from (f"funding of {one}: {count} times on the last close, no mark price" for one, count in _some(settled))
    yield from (f"liquidation of {one}: {count} times by the last price, no mark price" for one, count in _some(taken))
    yield from (f"fills of {one}: {count} on bars that came afterwards, at their levels" for one, count in _some(late))


def _some(counts: Counter[str]) -> Iterator[tuple[str, int]]:
    return ((name, count) for name, count in counts.items() if count)
