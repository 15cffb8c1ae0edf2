"""What was known beside the bars before a new segment: as stored, and after the last of a series as the journal has it.

A stored fact was known when it was received, or as declared; one of the journal when it entered. Nothing stored is told
that was not known by the last input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from finantrade.domain.codec import CONTEXT_FACTS
from finantrade.domain.context import FundingEstimate, LongShortRatio, Sentiment
from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.journal.store import Journal
from finantrade.market.context_facts import symbol_of
from finantrade.market.fact_order import Fact
from finantrade.market.timeline import Timeline

RECORDED = 500_000
"""Inputs that are looked through for facts: some seconds of reading."""
EVERYBODY = ""
"""Stands for the symbol of what is of the whole market."""

Series = tuple[type[Message], str, str]
"""Kind, whose, and of which crowd or source: each is known at times of its own."""


def past_facts(
    symbols: Iterable[str],
    stored: Callable[[], Timeline],
    journal: Journal,
    latency_ms: Millis,
    until: Millis,
    since: Millis,
) -> dict[str, list[Fact]]:
    """Return by symbol what was known by ``until``, the time of the last input; what is of the whole market to each.

    Of what is stored nothing is told that was known before ``since``. ``latency_ms`` is how late inputs came.
    """
    newest: dict[Series, Millis] = {}
    found: dict[str, list[Fact]] = {}
    for known, fact in stored().between(since, until - latency_ms + 1).facts(0):
        newest[_series(fact)] = max(newest.get(_series(fact), -1), _time(fact))
        found.setdefault(_whose(fact), []).append((known, fact))
    for known, fact in _recorded(journal, latency_ms):
        if _time(fact) > newest.get(_series(fact), -1):
            found.setdefault(_whose(fact), []).append((known, fact))
    everybody = found.get(EVERYBODY, [])
    return {symbol: [*found.get(symbol, ()), *everybody] for symbol in symbols}


def _recorded(journal: Journal, latency_ms: Millis) -> Iterator[Fact]:
    kinds = {kind.__name__ for kind in CONTEXT_FACTS}
    for entry in journal.inputs(max(0, journal.tail.seq - RECORDED), kinds=kinds):
        yield entry.at - latency_ms, entry.message


def _series(fact: Message) -> Series:
    detail = fact.crowd if isinstance(fact, LongShortRatio) else fact.source if isinstance(fact, Sentiment) else ""
    return type(fact), _whose(fact), detail


def _whose(fact: Message) -> str:
    if isinstance(fact, FundingEstimate):
        return fact.symbol
    return EVERYBODY if isinstance(fact, Sentiment) else symbol_of(fact)


def _time(fact: Message) -> Millis:
    time: Millis = getattr(fact, "time")  # noqa: B009  facts of context have one, messages need not
    return time
