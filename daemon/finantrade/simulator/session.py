"""A simulated exchange for people: what to play is settled first, then it runs until it is told to stop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from finantrade.domain.units import Millis, iso, parse_time
from finantrade.market.datasets import STORED, load
from finantrade.market.manifest import Manifest
from finantrade.market.store.reading import default_store
from finantrade.simulator.clocks import RunningClock
from finantrade.simulator.exchange import Exchange, serving
from finantrade.simulator.faults.catalogue import fault_of
from finantrade.simulator.faults.fault import Fault
from finantrade.simulator.stored import beside, shortest
from finantrade.simulator.venue import INVENTED, Venue, step_for

HISTORY_BARS = 1_000
"""Bars that are past when the exchange begins, if nobody says otherwise: enough to warm features up."""


class BadStart(ValueError):
    """The time to begin at is none, or not in the data."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    dataset: str
    datadir: Path | None = None
    pairs: tuple[str, ...] = ()
    timeframe: str | None = None
    rate: float = 60.0
    start: str | None = None
    port: int = 0
    seed: int = 1
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played."""

    wanted: Wanted
    manifest: Manifest
    venue: Venue
    faults: tuple[Fault, ...]
    start: Millis


def plan(wanted: Wanted) -> Plan:
    """Load the data and settle everything. Raises BadFault, BadStart, and what loading a data set raises."""
    faults = tuple(fault_of(text, wanted.seed) for text in wanted.faults)
    root = (wanted.datadir or default_store()) if wanted.dataset.startswith(STORED) else None
    timeframe = wanted.timeframe or (shortest(root, wanted.dataset, wanted.pairs) if root else None)
    dataset = load(wanted.dataset, wanted.datadir, wanted.pairs or None, timeframe)
    candles = tuple(dataset.candles.values())
    known = beside(root, wanted.dataset, dataset.candles, candles[0].timeframe) if root else INVENTED
    venue = Venue(candles, wanted.seed, step_for(wanted.rate, candles[0].timeframe), known)
    return Plan(wanted, dataset.manifest, venue, faults, _start(wanted.start, venue))


async def run(
    chosen: Plan, announce: Callable[[Exchange], None], follow: Callable[[Exchange], Awaitable[None]]
) -> None:
    """Listen, announce it, and play; end when ``follow`` does. Raises OSError where the port is taken."""
    clock = RunningClock(chosen.start, chosen.venue.end, chosen.wanted.rate)
    async with serving(chosen.venue, clock, chosen.faults, port=chosen.wanted.port) as exchange:
        announce(exchange)
        await follow(exchange)


def _start(text: str | None, venue: Venue) -> Millis:
    if text is None:
        return min(venue.first + HISTORY_BARS * venue.timeframe, venue.end - venue.timeframe)
    try:
        start = parse_time(text)
    except ValueError as error:
        raise BadStart(str(error)) from None
    if not venue.first <= start < venue.end:
        raise BadStart(f"expected a time from {iso(venue.first)} to {iso(venue.end)}, found {text}")
    return start
